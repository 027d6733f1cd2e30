/** Takes the copy that anybody can carry off a stick, and guesses passwords with it as fast as a machine can. */
import { createHash, pbkdf2Sync, randomInt, scryptSync } from "node:crypto";
import type { ScriptContext } from "../../src/core/index.ts";

/** Processor time, in seconds, that all guesses may take together; judged by the first few, as none may be made in vain. */
const PATIENCE = 8;
const FEW = 3;

const hex = (name: string, text: string): string => createHash(name).update(text).digest("hex");

/** How a copy may have been made from a password, for the forms that are in use. Undefined for another form. */
function maker(copied: string): ((password: string) => boolean) | undefined {
  const [method = "", salt = "", rest = ""] = copied.split("$");
  const [kind, a = "", b = "", c = ""] = method.split(":");
  if (kind === "pbkdf2")
    return (word) => pbkdf2Sync(word, salt, Number(b), rest.length / 2, a).toString("hex") === rest;
  if (kind === "scrypt") {
    const cost = { N: Number(a), r: Number(b), p: Number(c), maxmem: 256 * 1024 * 1024 };
    return (word) => scryptSync(word, salt, rest.length / 2, cost).toString("hex") === rest;
  }
  const digests = copied.split(/[^0-9a-f]+/i).filter((part) => [32, 40, 64, 96, 128].includes(part.length));
  const digest = digests.at(-1);
  if (digest === undefined) return undefined;
  const name = { 32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512" }[digest.length]!;
  const beside = copied.split(/[$:.]/).filter((part) => part !== digest && part !== "");
  const salts = ["", ...beside];
  return (word) =>
    salts.some((one) => [one + word, word + one, `${one}:${word}`, `${word}:${one}`].some((text) => hex(name, text) === digest));
}

/** Joins with a password, then finds it again from the copy alone, within PATIENCE. */
async function crack({ request, expect }: ScriptContext, words: readonly string[], name: string): Promise<string> {
  const chosen = words[randomInt(words.length)]!;
  const joined = await request({ method: "POST", path: "/join", json: { name, password: chosen } });
  expect(joined.status === 201, "a victim to join");
  const copy = JSON.parse((await request("/boathouse/members")).body) as { name: string; password: string }[];
  const copied = expect(copy.find((one) => one.name === name)?.password, "the victim in the copy");
  const fits = expect(maker(copied), "a copy in a form that can be guessed at");
  const begun = process.cpuUsage();
  for (const [guesses, word] of words.entries()) {
    if (fits(word)) return word;
    const each = process.cpuUsage(begun).user / 1e6 / (guesses + 1);
    if (guesses === FEW) expect(each * words.length < PATIENCE, "a guess to cost less");
  }
  throw new Error("none of the words fits");
}

/** Signs in with what was found and reads what the victim wrote. */
async function takeOver(context: ScriptContext, words: readonly string[], name: string): Promise<void> {
  const { request, expect } = context;
  const password = await crack(context, words, name);
  const signedIn = await request({ method: "POST", path: "/sign-in", json: { name, password } });
  expect(signedIn.status === 200, "the guessed password to open the account");
  expect((await request("/diary")).body.includes("diary"), "the victim's diary");
}

const count = (n: number, digits: number): string[] => Array.from({ length: n }, (_, i) => String(i).padStart(digits, "0"));
const WORDS = ["river", "oarlock", "coxswain", "regatta", "sculling", "thames", "eights", "stroke", "feather", "rigger"];

/** Every number of four digits. */
export async function fourDigits(context: ScriptContext): Promise<void> {
  await takeOver(context, count(10_000, 4), "perpin");
}

/** A word of the sport and a year. */
export async function wordAndYear(context: ScriptContext): Promise<void> {
  const years = Array.from({ length: 80 }, (_, i) => String(1940 + i));
  await takeOver(context, WORDS.flatMap((word) => years.map((year) => word + year)).toSorted(), "wordy");
}

/** Birthdays as people write them. */
export async function birthdays(context: ScriptContext): Promise<void> {
  const days = Array.from({ length: 20_000 }, (_, i) => new Date(i * 86_400_000).toISOString().slice(0, 10));
  await takeOver(context, days, "birthday");
}

/** Two words and a digit. */
export async function twoWords(context: ScriptContext): Promise<void> {
  const pairs = WORDS.flatMap((a) => WORDS.flatMap((b) => count(10, 1).map((digit) => `${a}-${b}${digit}`)));
  await takeOver(context, pairs, "pairwise");
}

/** Capital, word, two digits, exclamation mark: what rules for passwords bring about. */
export async function byTheRules(context: ScriptContext): Promise<void> {
  const capital = WORDS.map((word) => word[0]!.toUpperCase() + word.slice(1));
  await takeOver(context, capital.flatMap((word) => count(100, 2).map((digits) => `${word}${digits}!`)), "ruly");
}

/** Two members with one password have the same copy, so that one table serves for the whole club. */
export async function sameCopy({ request, expect }: ScriptContext): Promise<void> {
  for (const name of ["twina", "twinb"])
    await request({ method: "POST", path: "/join", json: { name, password: "left and right" } });
  const copy = JSON.parse((await request("/boathouse/members")).body) as { name: string; password: string }[];
  const [a, b] = ["twina", "twinb"].map((name) => copy.find((one) => one.name === name)?.password);
  expect(a !== undefined && a !== "" && a === b, "one copy for one password");
}

/** The same over every sign-in: a copy that is read off tells nothing new when the same password is set again. */
export async function sameCopyAfterChange({ request, expect }: ScriptContext): Promise<void> {
  const account = { name: "changer", password: "over the weir" };
  const copied = async (): Promise<string> => {
    const copy = JSON.parse((await request("/boathouse/members")).body) as { name: string; password: string }[];
    return copy.find((one) => one.name === account.name)?.password ?? "";
  };
  await request({ method: "POST", path: "/join", json: account });
  const before = await copied();
  await request({ method: "POST", path: "/sign-in", json: account });
  await request({ method: "POST", path: "/password", json: account });
  expect(before !== "" && before === (await copied()), "the same copy for the same password");
}

/** Functional: a copy that was carried off opens for its password, and for no other. */
export async function sticksWork({ request, expect }: ScriptContext): Promise<void> {
  const account = { name: "stickler", password: "long and slow" };
  await request({ method: "POST", path: "/join", json: account });
  const copy = JSON.parse((await request("/boathouse/members")).body) as { name: string; password: string }[];
  const copied = expect(copy.find((one) => one.name === account.name)?.password, "the member in the copy");
  expect(!copied.includes(account.password), "a copy that does not show the password");
  const tried = async (password: string): Promise<unknown> =>
    JSON.parse((await request({ method: "POST", path: "/boathouse/try", json: { ...account, password, copied } })).body);
  expect(JSON.stringify(await tried(account.password)) === '{"opens":true}', "the copy to open for its password");
  expect(JSON.stringify(await tried("short and slow")) === '{"opens":false}', "the copy to stay shut for another");
}
