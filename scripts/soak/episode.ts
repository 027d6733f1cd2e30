/** One random episode of a client that may misbehave: every answer is checked, and it may leave at any moment. */
import { WebSocket } from "ws";
import type { Rng } from "../../src/util/rng.ts";

export interface SoakTarget {
  readonly url: string;
  readonly scenarios: readonly { readonly id: string; readonly entry: string }[];
}

/** How episodes end, and what they sent. */
export type Tally = Record<
  "finished" | "disconnected" | "reset" | "malformed" | "refused" | "steps" | "no_signal" | "http",
  number
>;

type Reply = { type: string; data: Record<string, unknown> };

/** A frame that is no message, and whether the session goes on after it. */
const MALFORMED: readonly (readonly [string | Buffer, "lives" | "ends"])[] = [
  ["{", "lives"],
  ["NaN", "lives"],
  ['{"type":"dance"}', "lives"],
  ['{"type":"__proto__"}', "lives"],
  ['{"type":"reset","data":3}', "lives"],
  ['{"type":"reset","data":{"seed":-1}}', "lives"],
  ['{"type":"step"}', "lives"],
  ['{"type":"step","data":{"action":"identify_vuln"}}', "lives"],
  ['{"type":"state","data":{}}', "lives"],
  ['{"type":"mcp","data":{}}', "lives"],
  ["[]", "ends"],
  ["null", "ends"],
  [Buffer.from([0, 1, 2]), "ends"],
  ["x".repeat(300 * 1024), "ends"],
];

class Client {
  readonly socket: WebSocket;
  readonly #replies: Reply[] = [];
  readonly #waiting: ((reply: Reply | undefined) => void)[] = [];
  #closed = false;

  constructor(url: string) {
    this.socket = new WebSocket(`${url.replace("http", "ws")}/ws`, { perMessageDeflate: false });
    this.socket.on("error", () => {});
    this.socket.on("message", (data) => {
      const reply = JSON.parse(String(data)) as Reply;
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#replies.push(reply);
      else waiter(reply);
    });
    this.socket.on("close", () => {
      this.#closed = true;
      for (const waiter of this.#waiting.splice(0)) waiter(undefined);
    });
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => this.socket.once("open", resolve).once("error", reject));
  }

  /** Undefined when the socket closed instead. */
  next(): Promise<Reply | undefined> {
    if (this.#replies.length > 0) return Promise.resolve(this.#replies.shift());
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  ask(message: object | string | Buffer): Promise<Reply | undefined> {
    const raw = typeof message === "string" || Buffer.isBuffer(message);
    this.socket.send(raw ? message : JSON.stringify(message), () => {});
    return this.next();
  }

  /** Frames that nobody asked for. */
  get unread(): number {
    return this.#replies.length;
  }
}

/** Throws Error for an answer that is not the one to what was asked, or not of this session. */
export async function soakEpisode(
  { url, scenarios }: SoakTarget,
  id: string,
  rng: Rng,
  tally: Tally,
): Promise<void> {
  if (rng.chance(0.1)) await soakHttp(url, rng, tally);
  const client = new Client(url);
  await client.opened();
  try {
    await misbehave(client, rng.pick(scenarios), id, rng, tally);
  } finally {
    client.socket.terminate();
  }
}

async function misbehave(
  client: Client,
  { id: scenario, entry }: SoakTarget["scenarios"][number],
  id: string,
  rng: Rng,
  tally: Tally,
): Promise<void> {
  const wrong = (what: string, reply: unknown): Error =>
    new Error(`${id}: ${what}: ${JSON.stringify(reply)?.slice(0, 300)}`);
  const leave = (how: "disconnected" | "reset"): void => {
    tally[how]++;
    if (how === "disconnected") client.socket.terminate();
    // RST in the middle of whatever is under way, as when a client is killed with data unread.
    else (client.socket as unknown as { _socket: { resetAndDestroy(): void } })._socket.resetAndDestroy();
  };

  const first = await client.ask({ type: "reset", data: { scenario_id: scenario, episode_id: id, seed: 1 } });
  if (first?.data["code"] === "CAPACITY_REACHED") {
    tally.refused++;
    return;
  }
  if (first?.type !== "observation") throw wrong("no observation after reset", first);
  const steps = rng.int(6);
  let taken = 0;
  for (let at = 0; at < steps; at++) {
    if (rng.chance(0.1)) {
      const [frame, then] = rng.pick(MALFORMED);
      tally.malformed++;
      const reply = await client.ask(frame);
      if (then === "ends") {
        for (let more = reply; more !== undefined; more = await client.next())
          if (more.type !== "error") throw wrong("a bad frame was answered", more);
        return;
      }
      if (reply?.type !== "error" && reply?.type !== "mcp") throw wrong("a bad frame was taken", reply);
    }
    const action = anyAction(rng, `${id}/${at}`, entry);
    const answer = client.ask({ type: "step", data: action });
    if (rng.chance(0.06)) {
      if (rng.chance(0.5)) await new Promise((resolve) => setTimeout(resolve, rng.int(100)));
      return leave(rng.pick(["disconnected", "reset"] as const));
    }
    const reply = await answer;
    if (reply?.type !== "observation") throw wrong(`no observation after ${JSON.stringify(action)}`, reply);
    taken++;
    tally.steps++;
    if (reply.data["reward"] === null) tally.no_signal++;
    checkAnswer(action, entry, reply, wrong);
    if (reply.data["done"] === true) break;
  }
  const state = await client.ask({ type: "state" });
  const seen = state?.data;
  if (seen?.["episode_id"] !== id || seen["scenario_id"] !== scenario || seen["step_count"] !== taken)
    throw wrong(`not the state of ${scenario} after ${taken} steps`, state);
  if (client.unread > 0) throw wrong("frames that nobody asked for", client.unread);
  const closed = new Promise((resolve) => client.socket.once("close", resolve));
  client.socket.send('{"type":"close"}');
  await closed;
  tally.finished++;
}

/** Mostly cheap ones: a command starts an application, and a patch starts several. */
function anyAction(rng: Rng, mark: string, entry: string): Record<string, unknown> {
  const at = rng.next();
  if (at < 0.03) return { action: "command", command: `echo ${mark}; sleep 0.0${rng.int(10)}` };
  if (at < 0.04) return { action: "command", command: "sleep 20" };
  if (at < 0.07) return { action: "patch", patch: { [entry]: `# ${mark}\nraise SystemExit\n` } };
  if (at < 0.3) return { action: "identify_vuln", type: "xss", file: "nowhere.py", line: 1 + rng.int(99) };
  if (at < 0.6) return { action: "read_file", path: `missing/${mark}` };
  return { action: "read_file", path: entry };
}

function checkAnswer(
  action: Record<string, unknown>,
  entry: string,
  { data }: Reply,
  wrong: (what: string, reply: unknown) => Error,
): void {
  const { result, stdout, stderr } = data["observation"] as Record<string, string>;
  // A sandbox that was killed under this very step.
  if (data["reward"] === null || /sandbox went down/.test(stderr!)) return;
  const said = String(action["command"] ?? action["path"] ?? "");
  const mark = /soak-\d+-\d+\/\d+/.exec(said)?.[0];
  if (mark !== undefined && !`${stdout}${stderr}`.includes(mark))
    throw wrong(`no ${mark} in the answer`, data);
  if (action["path"] === entry && result !== "ok") throw wrong(`${entry} was not shown`, data);
  if (action["action"] === "identify_vuln" && result !== "wrong") throw wrong("a wrong guess was not", data);
}

const OVERSIZED = "x".repeat(300 * 1024);

/** Requests of every kind, good and bad: none may be answered with 5xx. */
async function soakHttp(url: string, rng: Rng, tally: Tally): Promise<void> {
  const json = (body: unknown): RequestInit => ({ method: "POST", body: JSON.stringify(body) });
  const [path, init] = rng.pick<readonly [string, RequestInit]>([
    ["/health", {}],
    ["/schema", {}],
    ["/state", {}],
    ["/web", {}],
    ["/nowhere", {}],
    ["/reset", json({ seed: 3 })],
    ["/reset", json({ seed: "x" })],
    ["/step", { method: "POST", body: "{" }],
    ["/step", json({ action: { action: "read_file", path: "app.py" } })],
    ["/step", json({ action: { action: "dance" } })],
    ["/mcp", json({ jsonrpc: "2.0", method: "tools/list", id: 1 })],
    ["/mcp", { method: "POST", body: OVERSIZED }],
    ["/patch/task", json({ split: "test", index: 1e9 })],
  ]);
  tally.http++;
  let response: Response;
  try {
    response = await fetch(url + path, init);
    await response.arrayBuffer();
  } catch (error) {
    // The server answers 413 without reading to the end: a client that is still sending may meet a closed connection.
    if (init.body === OVERSIZED) return;
    throw new Error(`${path}: no answer: ${(error as Error).message}`);
  }
  if (response.status >= 500) throw new Error(`${path} answered ${response.status}`);
}
