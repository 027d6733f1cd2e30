/** How difficult scenarios are, as measured by what agents without a model reach; kept beside the scenarios. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Scenario } from "../core/scenario.ts";
import { contentHash } from "../util/hash.ts";
import { projectRoot } from "../util/root.ts";

export const DIFFICULTIES = ["easy", "medium", "hard"] as const;
export type Difficulty = (typeof DIFFICULTIES)[number];

const ScoreSchema = z.strictObject({
  episodes: z.int().positive(),
  /** Mean over the episodes that have a signal; at most 1.5. Null when none has. */
  reward: z.number().nullable(),
  /** Shares of the episodes that have a signal. */
  identified: z.number(),
  blocked: z.number(),
  /** Episodes in which the infrastructure failed. */
  no_signal: z.int().nonnegative(),
});
export type BaselineScore = z.infer<typeof ScoreSchema>;

const MeasuredSchema = z.strictObject({
  /** Hash of what was measured: a label of other content is none. */
  content: z.string(),
  /** Null where the oracle did not win everything, so that nothing follows. */
  difficulty: z.enum(DIFFICULTIES).nullable(),
  scores: z.strictObject({
    random: ScoreSchema,
    grep: ScoreSchema,
    pattern: ScoreSchema,
    oracle: ScoreSchema,
  }),
});
export type Measured = z.infer<typeof MeasuredSchema>;

const FileSchema = z.record(z.string(), MeasuredSchema);
/** By the id of a scenario or a family. */
export type MeasuredBody = z.infer<typeof FileSchema>;

export const DIFFICULTY_FILE = join(projectRoot(), "scenarios", "difficulty.json");

/** Null when it has not been measured, or the scenario has changed since. Of a family, `scenario` is the first. */
export const currentDifficulty = (measured: Measured | undefined, scenario: Scenario): Difficulty | null =>
  measured?.content === contentHash(scenario) ? measured.difficulty : null;

/** Nothing measured when there is no file. Throws InputError for a file of another form. */
export async function readDifficulty(path = DIFFICULTY_FILE): Promise<MeasuredBody> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${path}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = FileSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError(`${path}: ${issue.path.join(".")}: ${issue.message}`);
}

/** Adds to what the file holds. */
export async function writeDifficulty(measured: MeasuredBody, path = DIFFICULTY_FILE): Promise<void> {
  const all = { ...(await readDifficulty(path)), ...measured };
  const sorted = Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const beside = `${path}.${process.pid}`;
  await writeFile(beside, `${JSON.stringify(sorted, null, 1)}\n`);
  await rename(beside, path);
}
