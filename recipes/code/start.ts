/** Where practice begins: a checkpoint that is given, or one made here by a short supervised fine-tuning. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import type { RecipeContext } from "../../src/runs/recipe.ts";
import { NonFiniteGuard } from "../../src/train/guard.ts";
import { dumpBatch } from "../patch/record.ts";
import { copyTokenizer, startPolicy } from "./policy.ts";
import type { ModelSettings, SftSchema } from "./settings.ts";
import { fineTune } from "./train.ts";
import type { Workshop } from "./workshop.ts";

export interface StartSettings {
  readonly seed: number;
  readonly model: ModelSettings;
  readonly sft: z.output<typeof SftSchema>;
  readonly threads: number;
}

/** Trains the start into the run's folder `name`, unless it is there already, and returns the folder. */
export async function makeStart(
  workshop: Workshop,
  { seed, model, sft, threads }: StartSettings,
  { run, emit, signal }: RecipeContext,
  name: string,
): Promise<string> {
  const folder = join(run.dir, name);
  if (existsSync(folder)) return folder;
  const { language, tokenizer } = workshop;
  const backend = startPolicy({ language, model, seed, job: "sft", threads });
  try {
    const started = performance.now();
    emit({ kind: "stage-start", stage: name, total: sft.steps });
    await fineTune(
      {
        workshop,
        backend,
        seed,
        startStep: 0,
        guard: new NonFiniteGuard(dumpBatch(run.dir)),
        onStep: async (step, metrics) => {
          const note = `loss ${metrics["loss"]!.toFixed(3)}`;
          emit({ kind: "stage-step", stage: name, done: step + 1, total: sft.steps, note });
          signal.throwIfAborted();
          return true;
        },
      },
      sft,
    );
    emit({ kind: "stage-end", stage: name, seconds: (performance.now() - started) / 1000 });
    return await run.publish(name, async (path) => {
      await backend.save(path, { optimizer: false });
      await copyTokenizer(tokenizer, path);
    });
  } finally {
    await backend.close().catch(() => 0);
  }
}
