/** Clients that step as fast as they are answered, and what the server's process holds in memory. */
import { readFileSync } from "node:fs";
import { WebSocket } from "ws";

const RESET = JSON.stringify({ type: "reset", data: { seed: 1 } });
const STEP = JSON.stringify({ type: "step", data: { message: "hello" } });

const ask = (socket: WebSocket, frame: string): Promise<string> =>
  new Promise((resolve, reject) => {
    socket.once("message", (data) => resolve(String(data)));
    socket.once("close", () => reject(new Error("the server closed a session")));
    socket.send(frame);
  }).finally(() => socket.removeAllListeners("close")) as Promise<string>;

/** Opens sessions and resets each. */
export async function openSessions(url: string, count: number): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  for (let i = 0; i < count; i++) {
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, { perMessageDeflate: false });
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    await ask(socket, RESET);
    sockets.push(socket);
  }
  return sockets;
}

export interface Load {
  readonly stepsPerSecond: number;
  /** Milliseconds from sending a step to its answer. */
  readonly p50: number;
  readonly p99: number;
}

/** More than the fastest server answers in a round. */
const MOST_STEPS = 4_000_000;
const EXPECTED = Buffer.from('"echoed":"hello"');

/**
 * All sessions at once for `seconds`. Throws when an answer is not the observation of that step.
 *
 * With 256 steps under way, one pause of a process is in 256 times to an answer, and two of them in a round of some ten
 * thousand steps are its p99. So this side makes no garbage for each step: no promise, no listener, no text.
 */
export async function load(sockets: readonly WebSocket[], seconds: number): Promise<Load> {
  const took = new Float64Array(MOST_STEPS);
  let count = 0;
  const begun = performance.now();
  const until = begun + seconds * 1000;
  const play = (socket: WebSocket): Promise<void> =>
    new Promise((resolve, reject) => {
      let sent = performance.now();
      const end = (error?: Error): void => {
        socket.off("message", answered).off("close", closed);
        if (error === undefined) resolve();
        else reject(error);
      };
      const closed = (): void => end(new Error("the server closed a session"));
      const answered = (data: Buffer): void => {
        const now = performance.now();
        took[count++] = now - sent;
        if (!data.includes(EXPECTED))
          return end(new Error(`not an observation: ${String(data).slice(0, 200)}`));
        if (now >= until) return end();
        sent = now;
        socket.send(STEP);
      };
      socket.on("message", answered).on("close", closed);
      socket.send(STEP);
    });
  await Promise.all(sockets.map(play));
  const wall = (performance.now() - begun) / 1000;
  const sorted = took.subarray(0, count).sort();
  const at = (share: number): number => sorted[Math.min(count - 1, Math.floor(count * share))]!;
  return { stepsPerSecond: count / wall, p50: at(0.5), p99: at(0.99) };
}

export async function closeSessions(sockets: readonly WebSocket[]): Promise<void> {
  await Promise.all(
    sockets.map((socket) => {
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.send('{"type":"close"}');
      return closed;
    }),
  );
}

/** Resident memory of a process in KB. */
export function residentKb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
}
