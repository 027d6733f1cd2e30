/** Rearranges the blocks of passes without the key, as one may where each is sealed for itself and nothing is signed. */
import type { ScriptContext } from "../../src/core/index.ts";

const SIZE = 16;
const fill = (count: number): string => "x".repeat(count);

async function passFor({ request, expect }: ScriptContext, owner: string, plate = "AB 1"): Promise<string> {
  const { cookies } = await request({ method: "POST", path: "/passes", json: { owner, plate }, headers: { Cookie: "" } });
  return expect(/^pass=([^;]*)/.exec(cookies.at(-1) ?? "")?.[1], "a pass");
}

const blocks = (pass: string): string[] => pass.match(/.{1,32}/g) ?? [];

async function shows({ request, expect }: ScriptContext, pass: string, path: string, secret: string): Promise<void> {
  const { body } = await request({ path, headers: { Cookie: `pass=${pass}` } });
  expect(body.includes(secret), "the forged pass to be believed");
}

/** `;role` begins a block, and the block of another pass follows: "warden" and what fills a last block. */
export async function fillingOfALastBlock(context: ScriptContext): Promise<void> {
  const pad = SIZE - "warden".length;
  const [, wanted = ""] = blocks(await passFor(context, fill(SIZE) + "warden" + String.fromCharCode(pad).repeat(pad)));
  const head = blocks(await passFor(context, fill(SIZE - ";AB 1;".length))).slice(0, 1);
  await shows(context, head.join("") + wanted, "/takings", "{{canary:today}}");
}

/** Without a control character: spaces are cut off, and a pass whose length is even ends with a block of filling. */
export async function spaces(context: ScriptContext): Promise<void> {
  const [, wanted = ""] = blocks(await passFor(context, fill(SIZE) + "warden".padEnd(SIZE) + "y"));
  const head = blocks(await passFor(context, fill(SIZE - ";AB 1;".length))).slice(0, 1);
  const even = blocks(await passFor(context, fill(2 * SIZE - ";AB 1;driver".length)));
  await shows(context, head.join("") + wanted + even.at(-1), "/takings", "{{canary:today}}");
}

/** Drops the first blocks, so that another name begins the pass. */
async function rename(context: ScriptContext, name: string, secret: string): Promise<void> {
  const pass = blocks(await passFor(context, fill(SIZE) + name.padEnd(SIZE)));
  await shows(context, pass.slice(1).join(""), "/letters", secret);
}

export async function harbourmaster(context: ScriptContext): Promise<void> {
  await rename(context, "harbourmaster", "{{canary:letter}}");
}

export async function nightwatch(context: ScriptContext): Promise<void> {
  await rename(context, "nightwatch", "{{canary:round}}");
}

/** The role comes out of the plate. */
export async function roleFromAPlate(context: ScriptContext): Promise<void> {
  const pass = blocks(await passFor(context, fill(SIZE - 1), "warden".padEnd(SIZE) + "z"));
  const head = blocks(await passFor(context, fill(SIZE - ";AB 1;".length))).slice(0, 1);
  const even = blocks(await passFor(context, fill(2 * SIZE - ";AB 1;driver".length)));
  await shows(context, head.join("") + pass[1] + even.at(-1), "/takings", "{{canary:today}}");
}

/**
 * Blocks that are chained are not signed either: one bit changed in a block changes the same bit of the next. Falls back
 * to dropping a block where nothing is chained.
 */
export async function changedBits(context: ScriptContext): Promise<void> {
  const almost = "iarbourmaster";
  const pass = Buffer.from(await passFor(context, almost), "hex");
  for (const at of [0, 16]) {
    const changed = Buffer.from(pass);
    changed[at] = changed[at]! ^ "i".charCodeAt(0) ^ "h".charCodeAt(0);
    const { body } = await context.request({ path: "/letters", headers: { Cookie: `pass=${changed.toString("hex")}` } });
    if (body.includes("{{canary:letter}}")) return;
  }
  await harbourmaster(context);
}

/** Two alike blocks show that each is sealed for itself; then the key of another's letters is the place of a block. */
export async function seenRepetition(context: ScriptContext): Promise<void> {
  const pass = blocks(await passFor(context, fill(2 * SIZE) + "nightwatch".padEnd(SIZE)));
  context.expect(pass[0] === pass[1], "alike blocks");
  await shows(context, pass.slice(2).join(""), "/letters", "{{canary:round}}");
}
