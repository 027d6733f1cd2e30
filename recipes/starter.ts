/** Makes the starter checkpoint: a policy from random weights that can form actions, by supervised fine-tuning alone. */
import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { applyPatch } from "../src/core/patch.ts";
import { correctPatches } from "../src/core/scenario.ts";
import {
  collectLexicon,
  loadDialect,
  saveDialect,
  SPECIAL_TOKENS,
  Vocabulary,
  type Dialect,
} from "../src/envs/patch/dialect/index.ts";
import { trainTokenizer } from "../src/model/tokenizer-train.ts";
import { Tokenizer } from "../src/model/tokenizer.ts";
import { defineRecipe } from "../src/runs/recipe.ts";
import { NonFiniteGuard } from "../src/train/guard.ts";
import { learningRateAt } from "../src/train/schedule.ts";
import { trainSft } from "../src/train/sft.ts";
import { makeRng } from "../src/util/rng.ts";
import { patchFacts } from "./patch/card.ts";
import { demonstrationBatch } from "./patch/demonstrations.ts";
import { SMALL_MUON } from "../src/train/local/small.ts";
import { ModelSchema, startPolicy } from "./patch/policy.ts";
import { copyDialect, dumpBatch, logStep, readGuardState, writeGuardState } from "./patch/record.ts";
import { drawTraining } from "./patch/scenarios.ts";

const schema = z.strictObject({
  seed: z.int().default(1),
  /** A checkpoint folder to go on from, with its dialect; empty: from random weights. */
  start: z.string().default(""),
  model: ModelSchema.prefault({}),
  /** Applications from which the tokenizer and the lexicon are learnt. */
  corpus: z.int().positive().default(4000),
  vocabulary: z.int().min(600).default(1536),
  steps: z.int().positive().default(1600),
  batch: z.int().positive().default(16),
  learningRate: z.number().positive().default(0.002),
  warmup: z.int().nonnegative().default(40),
  saveEvery: z.int().positive().default(100),
  precision: z.enum(["fp32", "bf16"]).default("fp32"),
  threads: z.int().positive().default(2),
});

export const recipe = defineRecipe({
  name: "starter",
  description:
    "Train the starter checkpoint from random weights by supervised fine-tuning (about an hour on 2 cores)",
  schema,
  async run(config, { run, emit, signal }) {
    const home = join(run.dir, "dialect");
    if (run.resumedFrom === null)
      await (config.start === "" ? learnDialect(config, home) : copyDialect(config.start, home));
    const dialect = await loadDialect(home);
    const backend = startPolicy({
      dialect,
      shape: config.model,
      seed: config.seed,
      optimizer: SMALL_MUON,
      maxGradNorm: 1,
      precision: config.precision,
      threads: config.threads,
    });
    try {
      if (run.resumedFrom !== null) await backend.load(run.resumedFrom.path, { optimizer: true });
      else if (config.start !== "") await backend.load(config.start, { optimizer: false });
      const guard = new NonFiniteGuard(dumpBatch(run.dir), await readGuardState(run.resumedFrom?.path));
      const startStep = (run.resumedFrom?.step ?? -1) + 1;
      emit({ kind: "stage-start", stage: "sft", total: config.steps, done: startStep });
      const started = performance.now();
      let last: Readonly<Record<string, number>> = {};
      await trainSft({
        backend,
        batch: (step) => demonstrationBatch(dialect.vocabulary, `starter/${config.seed}`, step, config.batch),
        learningRate: (step) =>
          learningRateAt(step, {
            peak: config.learningRate,
            warmupSteps: config.warmup,
            totalSteps: config.steps,
            floor: 0.02,
          }),
        steps: config.steps,
        guard,
        startStep,
        onStep: async (step, metrics) => {
          last = metrics;
          logStep(run, step, metrics);
          emit({
            kind: "stage-step",
            stage: "sft",
            done: step + 1,
            total: config.steps,
            note: `loss ${metrics["loss"]!.toFixed(3)}`,
          });
          if ((step + 1) % config.saveEvery === 0 || signal.aborted) {
            await run.saveCheckpoint(step, async (folder) => {
              await backend.save(folder, { optimizer: true });
              await copyDialect(home, folder);
              await writeGuardState(folder, guard.state);
            });
          }
          signal.throwIfAborted();
          return true;
        },
      });
      emit({ kind: "stage-end", stage: "sft", seconds: (performance.now() - started) / 1000 });
      const checkpoint = await run.publish("checkpoint", async (folder) => {
        await backend.save(folder, { optimizer: false });
        await copyDialect(home, folder);
      });
      const base =
        config.start === "" ? undefined : { name: basename(resolve(config.start)), folder: config.start };
      const model = patchFacts({
        folder: checkpoint,
        name: "ironbark-starter",
        base,
        data: ["demonstrations"],
        measured: [],
      });
      return { metrics: { train: last, checkpoint, leaked_tensors: await backend.close() }, model };
    } finally {
      await backend.close().catch(() => 0);
    }
  },
});

/** Tokenizer and lexicon from training applications, unpatched and patched. */
async function learnDialect(config: z.output<typeof schema>, folder: string): Promise<Dialect> {
  const rng = makeRng(`corpus/${config.seed}`);
  const corpus = Array.from({ length: config.corpus }, () => drawTraining(rng));
  const texts = corpus.flatMap((scenario) =>
    [scenario.files, ...correctPatches(scenario).map((patch) => applyPatch(scenario.files, patch))].flatMap(
      Object.values<string>,
    ),
  );
  const json = trainTokenizer(texts, config.vocabulary, SPECIAL_TOKENS);
  const vocabulary = new Vocabulary(new Tokenizer(json));
  const lexicon = collectLexicon(vocabulary, corpus, 2);
  await mkdir(folder, { recursive: true });
  await saveDialect(folder, json, lexicon);
  return { vocabulary, lexicon };
}
