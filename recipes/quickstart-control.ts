/** The control of the quickstart: the same start and wall time spent on more supervised fine-tuning, judged alike. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { InputError } from "../src/core/errors.ts";
import { defineRecipe } from "../src/runs/recipe.ts";
import { NonFiniteGuard } from "../src/train/guard.ts";
import { trainSft } from "../src/train/sft.ts";
import { assess } from "./patch/assess.ts";
import { demonstrationBatch } from "./patch/demonstrations.ts";
import { finish } from "./patch/finish.ts";
import { SMALL_MUON } from "../src/train/local/small.ts";
import { ModelSchema } from "./patch/policy.ts";
import { dumpBatch, logStep } from "./patch/record.ts";
import { EvalSchema, StartSchema } from "./patch/settings.ts";
import { onStage } from "./patch/stage.ts";

const schema = z.strictObject({
  seed: z.int().default(1),
  start: StartSchema,
  model: ModelSchema.prefault({}),
  /** Seconds of training; 0 takes them from the quickstart's summary. */
  seconds: z.number().nonnegative().default(0),
  quickstart: z.string().default("runs/quickstart/summary.json"),
  batch: z.int().positive().default(16),
  learningRate: z.number().positive().default(5e-4),
  precision: z.enum(["fp32", "bf16"]).default("fp32"),
  eval: EvalSchema.prefault({}),
  threads: z.int().positive().default(2),
  sandboxes: z.int().positive().default(2),
});

export const recipe = defineRecipe({
  name: "quickstart-control",
  description: "The quickstart's control: as long from the same start on more supervised fine-tuning",
  schema,
  async run(config, { run, emit, signal }) {
    const budget = config.seconds > 0 ? config.seconds : trainSeconds(config.quickstart);
    return onStage({ ...config, optimizer: SMALL_MUON }, emit, async ({ dialect, backend, judge }) => {
      const before = await assess(judge, "before");
      const started = performance.now();
      const elapsed = (): number => (performance.now() - started) / 1000;
      emit({ kind: "stage-start", stage: "sft", total: Math.ceil(budget) });
      await trainSft({
        backend,
        batch: (step) => demonstrationBatch(dialect.vocabulary, `control/${config.seed}`, step, config.batch),
        // The rate falls with the time that is spent, since the number of steps is not known beforehand.
        learningRate: (step) =>
          config.learningRate * Math.min(1, (step + 1) / 20) * Math.max(0.02, 1 - elapsed() / budget),
        guard: new NonFiniteGuard(dumpBatch(run.dir)),
        startStep: 0,
        steps: Infinity,
        onStep: async (step, metrics) => {
          logStep(run, step, metrics);
          emit({
            kind: "stage-step",
            stage: "sft",
            done: Math.floor(Math.min(elapsed(), budget)),
            total: Math.ceil(budget),
            note: `loss ${metrics["loss"]!.toFixed(3)}`,
          });
          signal.throwIfAborted();
          return elapsed() < budget;
        },
      });
      const seconds = elapsed();
      emit({ kind: "stage-end", stage: "sft", seconds });
      return finish({
        run,
        judge,
        backend,
        dialect,
        before,
        trainSeconds: seconds,
        data: ["demonstrations"],
      });
    });
  },
});

function trainSeconds(summary: string): number {
  const hint = "run the quickstart first, or give --set seconds=N";
  let text: string;
  try {
    text = readFileSync(summary, "utf8");
  } catch (cause) {
    throw new InputError(`${summary}: cannot be read`, { cause, hint });
  }
  const seconds = (JSON.parse(text) as { metrics?: { train_seconds?: number } }).metrics?.train_seconds;
  if (typeof seconds !== "number") throw new InputError(`${summary}: no metrics.train_seconds`, { hint });
  return seconds;
}
