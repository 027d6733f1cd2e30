/** Many episodes of misbehaving clients against a server whose sandboxes are killed now and then; counts what is left. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { mapLimit } from "../../src/util/concurrency.ts";
import { makeRng } from "../../src/util/rng.ts";
import { descendants, takeCensus, type Census } from "./census.ts";
import { soakEpisode, type SoakTarget, type Tally } from "./episode.ts";

export interface SoakOptions {
  readonly episodes: number;
  readonly seed?: number;
  /** Clients at the same time. Default 24. */
  readonly atOnce?: number;
  readonly onProgress?: (done: number, total: number, census: Census) => void;
}

export interface SoakResult {
  readonly episodes: number;
  readonly seconds: number;
  readonly tally: Tally;
  readonly sandboxes_killed: number;
  /** After warming up, and after the last episode: each at rest and with the garbage collected. */
  readonly before: Census;
  readonly after: Census;
  /** Of each trial: from killing a client in the middle of a command until its processes are gone. */
  readonly freed_ms: readonly number[];
  /** One sentence each: 5xx, an answer of another session, a server that ended. */
  readonly problems: readonly string[];
}

/** Between two kills of a sandbox, in episodes. */
const KILL_EVERY = 50;
const WARM_UP = 60;
const TRIALS = 10;
const MAX_PROBLEMS = 20;

/** Starts a server of its own and ends it. */
export async function soak({
  episodes,
  seed = 0,
  atOnce = 24,
  onProgress,
}: SoakOptions): Promise<SoakResult> {
  const script = fileURLToPath(new URL("./serve.ts", import.meta.url));
  const child = spawn(process.execPath, ["--expose-gc", "--import", "tsx", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit") as Promise<[number | null, string | null]>;
  const pid = child.pid!;
  const problems: string[] = [];
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const target = JSON.parse(line) as SoakTarget & { folder: string };
    const tally: Tally = {
      finished: 0,
      disconnected: 0,
      reset: 0,
      malformed: 0,
      refused: 0,
      steps: 0,
      no_signal: 0,
      http: 0,
    };
    let killed = 0;
    const play = async (name: string, counts: Tally): Promise<void> => {
      try {
        await soakEpisode(target, name, makeRng(`${seed}/${name}`), counts);
      } catch (error) {
        if (problems.length < MAX_PROBLEMS) problems.push((error as Error).message);
      }
    };
    const names = (round: number, count: number): string[] =>
      Array.from({ length: count }, (_, i) => `soak-${round}-${i}`);

    await mapLimit(names(0, WARM_UP), atOnce, (name) => play(name, { ...tally }));
    const before = await settled(pid, target.folder);
    const begun = performance.now();
    let done = 0;
    await mapLimit(names(1, episodes), atOnce, async (name) => {
      await play(name, tally);
      done++;
      if (done % KILL_EVERY === 0 && killSandbox(pid, makeRng(`${seed}/kill/${done}`).next())) killed++;
      if (done % 500 === 0) onProgress?.(done, episodes, takeCensus(pid, target.folder));
    });
    const seconds = (performance.now() - begun) / 1000;
    const after = await settled(pid, target.folder);
    const freed: number[] = [];
    for (let trial = 0; trial < TRIALS; trial++) freed.push(await timeToFree(target.url, pid, trial));
    return { episodes, seconds, tally, sandboxes_killed: killed, before, after, freed_ms: freed, problems };
  } finally {
    child.kill("SIGTERM");
    const [code, signal] = await ended;
    if (code !== 0) problems.push(`the server ended with ${String(code ?? signal)}`);
  }
}

/** Asks for garbage collection and waits until nothing that is freed has been for a second. */
async function settled(pid: number, folder: string): Promise<Census> {
  let last = "";
  for (let still = 0; still < 4;) {
    process.kill(pid, "SIGUSR2");
    await new Promise((resolve) => setTimeout(resolve, 250));
    const { rss_mb: _, ...now } = takeCensus(pid, folder);
    still = JSON.stringify(now) === last ? still + 1 : 0;
    last = JSON.stringify(now);
  }
  return takeCensus(pid, folder);
}

/** One process below the server, whichever `draw` in [0, 1) says: an application, a runner, or what isolates it. */
function killSandbox(pid: number, draw: number): boolean {
  const below = descendants(pid).filter(({ command }) => /bwrap|python|sleep/.test(command));
  const victim = below[Math.floor(draw * below.length)];
  if (victim === undefined) return false;
  try {
    process.kill(victim.pid, "SIGKILL");
    return true;
  } catch {
    // It had ended by itself.
    return false;
  }
}

/** Milliseconds until the command of a client that was killed in the middle of it is gone. */
async function timeToFree(url: string, pid: number, trial: number): Promise<number> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
  await once(socket, "open");
  // Told apart from other sleeps by its length.
  const seconds = `${300 + trial}.25`;
  const running = (): boolean =>
    descendants(pid).some(({ command }) => command.includes(`sleep\0${seconds}`));
  const action = { action: "command", command: `sleep ${seconds}` };
  socket.send(JSON.stringify({ type: "step", data: action }));
  while (!running()) await new Promise((resolve) => setTimeout(resolve, 10));
  const killed = performance.now();
  socket.terminate();
  while (running()) await new Promise((resolve) => setTimeout(resolve, 5));
  return Math.round(performance.now() - killed);
}
