/** Adds to a signed order without the key: SHA-256 goes on from any digest that it has given. */
import type { ScriptContext } from "../../src/core/index.ts";

const primes = Array.from({ length: 311 }, (_, n) => n + 2).filter((n) => !Array.from({ length: n - 2 }, (_, d) => d + 2).some((d) => n % d === 0));
const K = primes.slice(0, 64).map((prime) => Math.floor((Math.cbrt(prime) % 1) * 2 ** 32) | 0);
const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** One block of 64 bytes into the state of eight words (FIPS 180-4, section 6.2.2). */
function compress(state: readonly number[], block: Buffer): number[] {
  const w = Array.from({ length: 16 }, (_, i) => block.readInt32BE(i * 4));
  for (let i = 16; i < 64; i++) {
    const [a, b] = [w[i - 15]!, w[i - 2]!];
    const [small, large] = [turn(a, 7) ^ turn(a, 18) ^ (a >>> 3), turn(b, 17) ^ turn(b, 19) ^ (b >>> 10)];
    w.push((w[i - 16]! + small + w[i - 7]! + large) | 0);
  }
  let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i]! + w[i]!;
    const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => (word + state[i]!) | 0);
}

/** What SHA-256 adds to a message of this many bytes before it computes. */
function padding(bytes: number): Buffer {
  const pad = Buffer.alloc(((119 - (bytes % 64)) % 64) + 9);
  pad[0] = 0x80;
  pad.writeUInt32BE(bytes * 8, pad.length - 4);
  return pad;
}

/** The digest of message + padding + more, from the digest of a message of `bytes` bytes. */
function goOn(digest: string, bytes: number, more: Buffer): string {
  const before = bytes + padding(bytes).length;
  const rest = Buffer.concat([more, padding(before + more.length)]);
  let state = Array.from({ length: 8 }, (_, i) => Number.parseInt(digest.slice(i * 8, i * 8 + 8), 16) | 0);
  for (let at = 0; at < rest.length; at += 64) state = compress(state, rest.subarray(at, at + 64));
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** Tries key lengths until the shop takes the longer order; its answer must hold `secret`. */
async function extend({ request, expect }: ScriptContext, link: string, more: string, secret: string): Promise<void> {
  const [, , data = "", digest = ""] = link.split("/");
  expect(/^[0-9a-f]{64}$/.test(digest), "a digest of SHA-256 in the link");
  const order = Buffer.from(data, "base64url");
  for (let key = 8; key <= 40; key++) {
    const longer = Buffer.concat([order, padding(key + order.length), Buffer.from(more)]);
    const path = `/p/${longer.toString("base64url")}/${goOn(digest, key + order.length, Buffer.from(more))}`;
    const { status, body } = await request(path);
    if (status === 200 && body.includes(secret)) return;
  }
  throw new Error("no length of the key fits");
}

async function linkTo({ request, expect }: ScriptContext, name: string, size = "a3"): Promise<string> {
  const { body } = await request({ method: "POST", path: "/links", json: { name, size } });
  return expect(/"link":"([^"]+)"/.exec(body)?.[1], "a link");
}

async function linkInNewsletter({ request, expect }: ScriptContext, title: string): Promise<string> {
  const { body } = await request("/newsletter");
  return expect(new RegExp(`${title}: (/p/\\S+)`).exec(body)?.[1], "a link");
}

export async function unreleased(context: ScriptContext): Promise<void> {
  await extend(context, await linkTo(context, "circus"), "&name=proof-41", "{{canary:proof}}");
}

export async function master(context: ScriptContext): Promise<void> {
  await extend(context, await linkTo(context, "circus"), "&master=yes", "{{canary:circus}}");
}

export async function masterOfTheUnreleased(context: ScriptContext): Promise<void> {
  await extend(context, await linkTo(context, "tram", "a0"), "&master=yes&name=proof-41", "{{canary:plates}}");
}

export async function fromTheNewsletter(context: ScriptContext): Promise<void> {
  await extend(context, await linkInNewsletter(context, "The tram to the sea"), "&name=proof-41", "{{canary:proof}}");
}

export async function masterFromTheNewsletter(context: ScriptContext): Promise<void> {
  await extend(context, await linkInNewsletter(context, "The tram to the sea"), "&master=yes", "{{canary:tram}}");
}

/** Over more than one block, and with names in percent signs. */
export async function longAddition(context: ScriptContext): Promise<void> {
  const more = `&note=${"long ".repeat(30)}&%6eame=proof%2D41`;
  await extend(context, await linkTo(context, "tram"), more, "{{canary:proof}}");
}
