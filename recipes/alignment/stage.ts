/** One stage of an alignment run: done once, logged behind the stages before it, its result kept in a folder of the run. */
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Trace } from "../../src/core/trace.ts";
import type { RecipeContext } from "../../src/runs/recipe.ts";
import { NonFiniteGuard } from "../../src/train/guard.ts";
import type { LocalBackend } from "../../src/train/local/backend.ts";
import type { ChatLanguage } from "../../src/envs/alignment/index.ts";
import { dumpBatch, logStep } from "../patch/record.ts";
import { copyTokenizer, startModel } from "./model.ts";
import type { ModelSettings } from "./settings.ts";
import type { Stage } from "./train.ts";

export interface StageOptions<Result> {
  readonly context: RecipeContext;
  /** Of the folder. */
  readonly name: string;
  /** Number of the stage, for the curves. */
  readonly index: number;
  /** Steps of the stages before it. */
  readonly offset: number;
  readonly steps: number;
  readonly language: ChatLanguage;
  readonly tokenizer: string;
  readonly model: ModelSettings;
  readonly job: "sft" | "rl";
  readonly seed: number;
  readonly threads: number;
  readonly from?: string;
  readonly train: (stage: Stage) => Promise<unknown>;
  /** With the trained weights, before they are let go. */
  readonly judge: (backend: LocalBackend) => Promise<Result>;
  readonly note: (metrics: Readonly<Record<string, number>>) => string;
}

export interface StageResult<Result> {
  /** The checkpoint. */
  readonly folder: string;
  readonly result: Result;
}

const RESULT = "result.json";

/** A stage that is interrupted begins again; one that is done is read. */
export async function playStage<Result>(options: StageOptions<Result>): Promise<StageResult<Result>> {
  const { context, name, index, offset, steps, language, tokenizer, model, job, seed, threads } = options;
  const { run, emit, signal } = context;
  const folder = join(run.dir, name);
  const last = offset + steps - 1;
  const isDone = existsSync(folder) && run.resumedFrom !== null && run.resumedFrom.step >= last;
  if (isDone) return { folder, result: JSON.parse(readFileSync(join(folder, RESULT), "utf8")) as Result };
  const started = performance.now();
  emit({ kind: "stage-start", stage: name, total: steps });
  const from = options.from === undefined ? {} : { from: options.from };
  const backend = await startModel({ language, settings: model, seed, job, threads, ...from });
  try {
    const onStep = async (
      step: number,
      metrics: Readonly<Record<string, number>>,
      traces: readonly Trace[],
    ): Promise<void> => {
      logStep(run, offset + step, { ...metrics, stage: index, stage_step: step });
      for (const { task, sample, reward, labels, turns } of traces)
        run.logRollout(offset + step, {
          task,
          sample,
          reward: reward.value,
          components: reward.components,
          labels,
          turns,
        });
      emit({ kind: "stage-step", stage: name, done: step + 1, total: steps, note: options.note(metrics) });
      signal.throwIfAborted();
    };
    const guard = new NonFiniteGuard<object>(dumpBatch(run.dir));
    await options.train({ backend, language, seed, guard, onStep });
    const result = await options.judge(backend);
    await run.publish(name, async (path) => {
      await backend.save(path, { optimizer: false });
      await copyTokenizer(model.start === "" ? tokenizer : model.start, path);
      await writeFile(join(path, RESULT), JSON.stringify(result));
    });
    if (steps > 0)
      await run.saveCheckpoint(last, (path) => writeFile(join(path, "stage.json"), JSON.stringify({ name })));
    emit({ kind: "stage-end", stage: name, seconds: (performance.now() - started) / 1000 });
    return { folder, result };
  } finally {
    await backend.close().catch(() => 0);
  }
}
