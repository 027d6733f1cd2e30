/** What the recipes of practice have in common: a start, steps that can be interrupted, an evaluation before and after. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import type { RecipeContext, RecipeOutcome } from "../../src/runs/recipe.ts";
import { writeFileAtomic } from "../../src/runs/files.ts";
import { programReward } from "../../src/rewards/programs.ts";
import { NonFiniteGuard } from "../../src/train/guard.ts";
import type { LocalBackend } from "../../src/train/local/backend.ts";
import { dumpBatch, logStep, readGuardState, writeGuardState } from "../patch/record.ts";
import { evaluate } from "./attempts.ts";
import { copyTokenizer, startPolicy } from "./policy.ts";
import { resultTable, summariseOutcomes, toOutcomes, type PolicyResults } from "./results.ts";
import type { EvalSchema, PracticeSchema, RewardSchema } from "./settings.ts";
import { makeStart, type StartSettings } from "./start.ts";
import type { Practice } from "./train.ts";
import { inWorkshop, type WorkshopSettings } from "./workshop.ts";

export interface PracticeSettings extends StartSettings, WorkshopSettings {
  /** A checkpoint of `code-sft`; empty: one is made first. */
  readonly start: string;
  readonly reward: z.output<typeof RewardSchema>;
  readonly practice: z.output<typeof PracticeSchema>;
  readonly eval: z.output<typeof EvalSchema>;
  readonly saveEvery: number;
}

export interface Trainer {
  readonly job: "ppo" | "grpo";
  readonly valueRate?: number;
  /** With the starting weights loaded, before anything is resumed. */
  begin(backend: LocalBackend): Promise<void>;
  /** `resumed`: the checkpoint's folder. */
  train(practice: Practice<object>, resumed: string | undefined): Promise<void>;
  /** State of its own that travels with a checkpoint. */
  save?(folder: string): Promise<void>;
}

export async function runPractice(
  config: PracticeSettings,
  context: RecipeContext,
  trainer: Trainer,
): Promise<RecipeOutcome> {
  const { run, emit, signal } = context;
  const { seed, model, threads, practice, reward } = config;
  const { job } = trainer;
  return inWorkshop(config, run.dir, config.start, async (workshop) => {
    const start = config.start === "" ? await makeStart(workshop, config, context, "start") : config.start;
    const { language, tokenizer } = workshop;
    const valueRate = trainer.valueRate ?? 1;
    const backend = startPolicy({ language, model, seed, job, valueRate, threads });
    const judge = async (): Promise<PolicyResults> => {
      const { outcomes, infra } = toOutcomes(
        await evaluate(workshop, backend.sampler, { seed, ...config.eval }),
      );
      return { outcomes: [outcomes], infra };
    };
    try {
      await backend.load(start, { optimizer: false });
      await trainer.begin(backend);
      const before = await once(join(run.dir, "before.json"), judge);
      const resumed = run.resumedFrom;
      if (resumed !== null) await backend.load(resumed.path, { optimizer: true });
      const guard = new NonFiniteGuard<object>(dumpBatch(run.dir), await readGuardState(resumed?.path));
      const startStep = (resumed?.step ?? -1) + 1;
      emit({ kind: "stage-start", stage: job, total: practice.steps, done: startStep });
      const started = performance.now();
      const onStep: Practice<object>["onStep"] = async (step, metrics, traces) => {
        logStep(run, step, metrics);
        for (const { task, sample, reward: got, labels, turns } of traces)
          run.logRollout(step, {
            task,
            sample,
            reward: got.value,
            components: got.components,
            labels,
            turns,
          });
        const note = `reward ${metrics["reward"]!.toFixed(2)}, a test ${Math.round(100 * (metrics["any_test"] ?? 0))} %`;
        emit({ kind: "stage-step", stage: job, done: step + 1, total: practice.steps, note });
        if ((step + 1) % config.saveEvery === 0 || signal.aborted) {
          await run.saveCheckpoint(step, async (folder) => {
            await backend.save(folder, { optimizer: true });
            await writeGuardState(folder, guard.state);
            await trainer.save?.(folder);
          });
        }
        signal.throwIfAborted();
        return true;
      };
      await trainer.train(
        {
          workshop,
          backend,
          seed,
          startStep,
          guard,
          onStep,
          practice,
          reward: () => (grade) => programReward(reward, grade),
        },
        resumed?.path,
      );
      emit({ kind: "stage-end", stage: job, seconds: (performance.now() - started) / 1000 });
      const after = await judge();
      emit({ kind: "note", text: resultTable({ before, after }, seed) });
      const checkpoint = await run.publish("checkpoint", async (folder) => {
        await backend.save(folder, { optimizer: false });
        await copyTokenizer(tokenizer, folder);
      });
      return {
        metrics: {
          before: summariseOutcomes(before, seed),
          after: summariseOutcomes(after, seed),
          programs_run: workshop.arena.work.graded,
          checkpoint,
          leaked_tensors: await backend.close(),
        },
      };
    } finally {
      await backend.close().catch(() => 0);
    }
  });
}

/** What a resumed run need not do again. */
async function once<T>(file: string, make: () => Promise<T>): Promise<T> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as T;
  const value = await make();
  writeFileAtomic(file, JSON.stringify(value));
  return value;
}
