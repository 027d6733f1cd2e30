/** What the patch recipes keep in a run folder besides weights. */
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Curriculum } from "../../src/rollout/curriculum.ts";
import type { Run } from "../../src/runs/index.ts";

const DIALECT_FILES = ["tokenizer.json", "tokenizer_config.json", "lexicon.json"];

export async function copyDialect(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of DIALECT_FILES) await copyFile(join(from, file), join(to, file));
}

/** Numbers that depend on the clock are logged apart, so that a resumed run's metrics are equal byte for byte. */
export function logStep(run: Run, step: number, metrics: Readonly<Record<string, number>>): void {
  const isTiming = ([name]: readonly [string, unknown]): boolean => name.startsWith("time/");
  run.logMetrics(step, Object.fromEntries(Object.entries(metrics).filter((entry) => !isTiming(entry))));
  const timings = Object.entries(metrics).filter(isTiming);
  if (timings.length > 0) run.logTimings(step, Object.fromEntries(timings));
}

/** For NonFiniteGuard: the batch whose gradient was not finite, as JSON. */
export const dumpBatch =
  (runDir: string) =>
  async (step: number, batch: readonly object[]): Promise<void> => {
    const folder = join(runDir, "nonfinite");
    await mkdir(folder, { recursive: true });
    const plain = JSON.stringify(batch, (key, value: unknown) => (key === "masks" ? undefined : value));
    await writeFile(join(folder, `step-${String(step).padStart(6, "0")}.json`), plain);
  };

/** Small states that travel with a checkpoint, each a JSON file of its own. */
async function readState<T>(folder: string | undefined, file: string): Promise<T | undefined> {
  return folder === undefined ? undefined : (JSON.parse(await readFile(join(folder, file), "utf8")) as T);
}

const GUARD_FILE = "guard.json";
type GuardState = { inARow: number; total: number };

export async function writeGuardState(folder: string, state: GuardState): Promise<void> {
  await writeFile(join(folder, GUARD_FILE), JSON.stringify(state));
}

export const readGuardState = (folder: string | undefined): Promise<GuardState | undefined> =>
  readState(folder, GUARD_FILE);

const CURRICULUM_FILE = "curriculum.json";

export async function writeCurriculum(folder: string, curriculum: Curriculum): Promise<void> {
  await writeFile(join(folder, CURRICULUM_FILE), JSON.stringify(curriculum.state()));
}

export const readCurriculum = (folder: string | undefined): Promise<Record<string, number> | undefined> =>
  readState(folder, CURRICULUM_FILE);
