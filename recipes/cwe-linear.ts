/** The linear baseline for weaknesses of CVE descriptions: TF-IDF and one-vs-rest, calibrated, judged on later months. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { saveCalibration } from "../src/model/calibration.ts";
import { linearClassifier } from "../src/model/linear/classifier.ts";
import { loadLinear, saveLinear, type LinearModel } from "../src/model/linear/folder.ts";
import { defineRecipe } from "../src/runs/recipe.ts";
import { fitLinear, type CandidateResult } from "../src/train/linear/fit.ts";
import { cweFacts } from "./cwe/card.ts";
import { DataSchema, prepareData } from "./cwe/data.ts";
import { judge } from "./cwe/test.ts";

const CandidateSchema = z.strictObject({
  loss: z.enum(["squared-hinge", "logistic"]),
  c: z.number().positive(),
});

const RESULTS_FILE = "results.json";

/** The candidates that an interrupted run has tried and the best model among them. */
function readTried(
  folder: string | undefined,
): { results: CandidateResult[]; best: LinearModel } | undefined {
  if (folder === undefined) return undefined;
  const results = JSON.parse(readFileSync(join(folder, RESULTS_FILE), "utf8")) as CandidateResult[];
  return { results, best: loadLinear(folder) };
}

export const recipe = defineRecipe({
  name: "cwe-linear",
  description: "Train the linear baseline that names the weakness of a CVE description",
  schema: z.strictObject({
    seed: z.int().default(1),
    data: DataSchema.prefault({}),
    tfidf: z
      .strictObject({
        pairs: z.boolean().default(true),
        minTexts: z.int().positive().default(2),
        maxTerms: z.int().positive().default(200_000),
      })
      .prefault({}),
    /** Tried one after another; the best on validation is kept. */
    candidates: z.tuple([CandidateSchema], CandidateSchema).default([
      { loss: "squared-hinge", c: 1 },
      { loss: "logistic", c: 10 },
    ]),
    /** Most passes over the rows for one label. */
    passes: z.int().positive().default(8),
    /** Share of validation that the model should answer; for the rest it is "unsure". */
    coverage: z.number().min(0).max(1).default(0.8),
  }),
  run: async (config, { run, emit, signal }) => {
    const home = join(run.dir, "dataset");
    const { dataset, catalogue } = await prepareData(config.data, config.seed, home, emit);
    const { labels, splits } = dataset;
    const before = readTried(run.resumedFrom?.path);
    const results = [...(before?.results ?? [])];
    const { model, calibration } = await fitLinear(labels, splits.train, splits.validation, {
      tfidf: config.tfidf,
      candidates: config.candidates,
      maxPasses: config.passes,
      coverage: config.coverage,
      seed: config.seed,
      ...(before === undefined ? {} : { tried: before }),
      onCandidate: async (result, best) => {
        results.push(result);
        const { seconds, ...rest } = result;
        run.logMetrics(results.length, { ...rest });
        run.logTimings(results.length, { seconds });
        await run.saveCheckpoint(results.length, (folder) => {
          saveLinear(folder, best);
          writeFileSync(join(folder, RESULTS_FILE), JSON.stringify(results));
        });
      },
      emit,
      signal,
    });
    const checkpoint = await run.publish("checkpoint", (folder) => {
      saveLinear(folder, model);
      saveCalibration(folder, calibration);
      copyFileSync(join(home, "cwe.jsonl"), join(folder, "cwe.jsonl"));
    });
    const { metrics, intervals, n } = await judge(
      linearClassifier(model, calibration),
      splits.test,
      catalogue,
      config.seed,
    );
    const summary = { ...metrics, n, intervals, calibration, training: model.training, checkpoint };
    const card = {
      folder: checkpoint,
      name: "ironbark-cwe-linear",
      dataset: home,
      rows: splits.train.length,
    };
    return { metrics: summary, model: cweFacts({ ...card, on: "test", metrics: summary }) };
  },
});
