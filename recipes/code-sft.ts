/** A policy that writes programs, from random weights, by supervised fine-tuning on the solutions of our own tasks. */
import { z } from "zod";
import { defineRecipe } from "../src/runs/recipe.ts";
import { NonFiniteGuard } from "../src/train/guard.ts";
import { evaluate } from "./code/attempts.ts";
import { copyTokenizer, startPolicy } from "./code/policy.ts";
import { resultTable, summariseOutcomes, toOutcomes } from "./code/results.ts";
import {
  AnswerSchema,
  EvalSchema,
  LoraSchema,
  ModelSchema,
  SftSchema,
  StartSchema,
  TaskSchema,
} from "./code/settings.ts";
import { fineTune } from "./code/train.ts";
import { inWorkshop } from "./code/workshop.ts";
import { dumpBatch, logStep, readGuardState, writeGuardState } from "./patch/record.ts";

const schema = z.strictObject({
  seed: z.int().default(1),
  start: StartSchema.describe("Checkpoint folder to go on from; empty: random weights"),
  /** Trains an adapter of this kind, for instance `lora={}`, rather than the weights; for a start. */
  lora: LoraSchema.nullable().default(null),
  tasks: TaskSchema.prefault({}),
  model: ModelSchema.prefault({}),
  answers: AnswerSchema.prefault({}),
  sft: SftSchema.prefault({}),
  eval: EvalSchema.prefault({}),
  saveEvery: z.int().positive().default(50),
  threads: z.int().positive().default(2),
  sandboxes: z.int().positive().default(2),
});

export const recipe = defineRecipe({
  name: "code-sft",
  description:
    "Supervised fine-tuning on programming tasks from random weights, evaluated by running the programs",
  schema,
  run: (config, { run, emit, signal }) =>
    inWorkshop(config, run.dir, config.start, async (workshop) => {
      const { language, tokenizer } = workshop;
      const { seed, model, threads, sft, lora, start } = config;
      const backend = startPolicy({ language, model, seed, job: "sft", lora, threads });
      try {
        const resumed = run.resumedFrom;
        if (start !== "") await backend.load(start, { optimizer: false });
        if (resumed !== null) await backend.load(resumed.path, { optimizer: true });
        const guard = new NonFiniteGuard(dumpBatch(run.dir), await readGuardState(resumed?.path));
        const startStep = (resumed?.step ?? -1) + 1;
        emit({ kind: "stage-start", stage: "sft", total: sft.steps, done: startStep });
        const started = performance.now();
        const onStep = async (step: number, metrics: Readonly<Record<string, number>>): Promise<boolean> => {
          logStep(run, step, metrics);
          const note = `loss ${metrics["loss"]!.toFixed(3)}`;
          emit({ kind: "stage-step", stage: "sft", done: step + 1, total: sft.steps, note });
          if ((step + 1) % config.saveEvery === 0 || signal.aborted) {
            await run.saveCheckpoint(step, async (folder) => {
              await backend.save(folder, { optimizer: true });
              await writeGuardState(folder, guard.state);
            });
          }
          signal.throwIfAborted();
          return true;
        };
        await fineTune({ workshop, backend, seed, startStep, guard, onStep }, sft);
        emit({ kind: "stage-end", stage: "sft", seconds: (performance.now() - started) / 1000 });
        const { outcomes, infra } = toOutcomes(
          await evaluate(workshop, backend.sampler, { seed, ...config.eval }),
        );
        const results = { outcomes: [outcomes], infra };
        emit({ kind: "note", text: resultTable({ sft: results }, seed) });
        const checkpoint = await run.publish("checkpoint", async (folder) => {
          await backend.save(folder, { optimizer: false });
          await copyTokenizer(tokenizer, folder);
        });
        const leaked_tensors = await backend.close();
        return { metrics: { heldOut: summariseOutcomes(results, seed), checkpoint, leaked_tensors } };
      } finally {
        await backend.close().catch(() => 0);
      }
    }),
});
