/** Starts headless Chromium and speaks its DevTools protocol with one page. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";

export interface Page {
  /** Rejects when the browser answers with an error or not at all. */
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** Resolves with the next event of that name, or undefined when it does not come in time. */
  next(event: string, timeoutMs: number): Promise<unknown>;
  on(event: string, handler: (params: never) => void): void;
  readonly version: string;
  close(): Promise<void>;
}

const ANSWER_MS = 60_000;

export function findChromium(): string | undefined {
  const places = [
    process.env["CHROMIUM"],
    ...["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`),
  ];
  return places.find((path) => path !== undefined && existsSync(path));
}

/** Every host name but localhost leads to `port` on this machine: nothing leaves it. */
export async function openPage(path: string, port: number): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), "ironbark-chromium-"));
  const child = spawn(
    path,
    [
      "--headless",
      // Chromium's own sandbox does not work for root, as in most containers; the pages are ours.
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
      `--host-resolver-rules=MAP * 127.0.0.1:${port}`,
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const endpoint = await debuggingEndpoint(child);
  const { origin, host } = new URL(endpoint.replace("ws:", "http:"));
  const targets = (await (await fetch(`${origin}/json/list`)).json()) as { type: string; id: string }[];
  const { Browser: version } = (await (await fetch(`${origin}/json/version`)).json()) as { Browser: string };
  const id = targets.find(({ type }) => type === "page")!.id;
  const socket = new WebSocket(`ws://${host}/devtools/page/${id}`);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return { ...session(socket), version, close: () => end(child, socket, profile) };
}

function debuggingEndpoint(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr!.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", () => reject(new Error(`Chromium ended: ${said.slice(-300)}`)));
    child.once("error", reject);
  });
}

function session(socket: WebSocket): Pick<Page, "send" | "next" | "on"> {
  const waiting = new Map<number, (message: { result?: object; error?: { message: string } }) => void>();
  const handlers = new Map<string, Set<(params: never) => void>>();
  let last = 0;
  socket.on("message", (data: Buffer) => {
    const message = JSON.parse(data.toString()) as { id?: number; method?: string; params?: unknown };
    if (message.id !== undefined) waiting.get(message.id)?.(message as object);
    else for (const handler of handlers.get(message.method!) ?? []) handler(message.params as never);
  });
  const on: Page["on"] = (event, handler) => {
    const known = handlers.get(event) ?? new Set();
    handlers.set(event, known.add(handler));
  };
  return {
    on,
    send: (method, params = {}) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        const timer = setTimeout(() => reject(new Error(`${method}: no answer`)), ANSWER_MS);
        waiting.set(id, ({ result, error }) => {
          clearTimeout(timer);
          waiting.delete(id);
          if (error === undefined) resolve((result ?? {}) as Record<string, unknown>);
          else reject(new Error(`${method}: ${error.message}`));
        });
        socket.send(JSON.stringify({ id, method, params }));
      }),
    next: (event, timeoutMs) =>
      new Promise((resolve) => {
        const done = (params: unknown): void => {
          clearTimeout(timer);
          handlers.get(event)?.delete(done as never);
          resolve(params);
        };
        const timer = setTimeout(() => done(undefined), timeoutMs);
        on(event, done as never);
      }),
  };
}

async function end(child: ChildProcess, socket: WebSocket, profile: string): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  // Asked, it also ends its own children; they write to the profile until then.
  socket.send(JSON.stringify({ id: 0, method: "Browser.close" }));
  await gone;
  socket.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
}
