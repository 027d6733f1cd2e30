/** Labels are kept, and count only for what was measured. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { contentHash } from "../util/hash.ts";
import { tinyScenario } from "../testing/index.ts";
import { currentDifficulty, readDifficulty, writeDifficulty, type Measured } from "./difficulty.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ironbark-"));
  path = join(folder, "difficulty.json");
});
afterEach(() => rm(folder, { recursive: true }));

const score = { episodes: 1, reward: 0.3, identified: 1, blocked: 0, no_signal: 0 };
const scenario = tinyScenario();
const measured: Measured = {
  content: contentHash(scenario),
  difficulty: "medium",
  scores: { random: score, grep: score, pattern: score, oracle: score },
};

it("keeps what was there and replaces what is measured again", async () => {
  expect(await readDifficulty(path)).toEqual({});
  await writeDifficulty({ b: measured, a: measured }, path);
  await writeDifficulty({ b: { ...measured, difficulty: "hard" } }, path);
  expect(await readDifficulty(path)).toEqual({ a: measured, b: { ...measured, difficulty: "hard" } });
  expect(Object.keys(JSON.parse(await readFile(path, "utf8")) as object)).toEqual(["a", "b"]);
});

it("has no label for a scenario that has changed", () => {
  expect(currentDifficulty(measured, scenario)).toBe("medium");
  expect(currentDifficulty(measured, { ...scenario, title: "another" })).toBe(null);
  expect(currentDifficulty(undefined, scenario)).toBe(null);
});

it.each([
  ["{", /not JSON/],
  ['{"a": {"content": "x"}}', /a\.difficulty: /],
])("refuses %s", async (text, message) => {
  await writeFile(path, text);
  await expect(readDifficulty(path)).rejects.toThrow(message);
});
