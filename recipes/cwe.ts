/** The classifier of weaknesses: a pretrained encoder, fine-tuned, mixed with a linear model on terms, calibrated. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { DatasetRow } from "../src/data/cwe/index.ts";
import { saveCalibration } from "../src/model/calibration.ts";
import { loadClassifier } from "../src/model/classifier.ts";
import { scoreRows } from "../src/model/linear/score.ts";
import { transform } from "../src/model/linear/tfidf.ts";
import { mixScores, saveMixture } from "../src/model/mixture.ts";
import { encodeTexts } from "../src/model/text-ids.ts";
import { defineRecipe } from "../src/runs/recipe.ts";
import { fitCalibration } from "../src/train/calibrate.ts";
import { fitMixture } from "../src/train/mix.ts";
import { baseOf } from "./classifier/base.ts";
import { fineTune } from "./classifier/fine-tune.ts";
import { labelled, shares } from "./classifier/rows.ts";
import { saveClassifier } from "./classifier/save.ts";
import { EncoderSchema } from "./classifier/settings.ts";
import { BaselineSchema, trainBaseline } from "./cwe/baseline.ts";
import { cweFacts } from "./cwe/card.ts";
import { DataSchema, prepareData } from "./cwe/data.ts";
import { definitions } from "./cwe/definitions.ts";
import { judgePart, type PartScores } from "./cwe/parts.ts";
import { reportCwe } from "./cwe/report.ts";
import { saveTerms, TermsSchema, trainTerms } from "./cwe/terms.ts";
import { judge } from "./cwe/test.ts";

export const recipe = defineRecipe({
  name: "cwe",
  description: "Train the classifier that names the weakness of a CVE description (about an hour on 2 cores)",
  schema: z.strictObject({
    seed: z.int().default(1),
    data: DataSchema.prefault({}),
    /** Weight of each label's name and definition as one more training text; 0: left out. */
    definitions: z.number().nonnegative().default(1),
    terms: TermsSchema.prefault({}),
    encoder: EncoderSchema.prefault({}),
    /** The linear baseline, which every report shows. */
    baseline: BaselineSchema.prefault({}),
    /** Share of validation that the model should answer; for the rest it is "unsure". */
    coverage: z.number().min(0).max(1).default(0.8),
  }),
  run: async (config, context) => {
    const { run, emit } = context;
    const { seed, coverage } = config;
    const home = join(run.dir, "dataset");
    const { dataset, catalogue } = await prepareData(config.data, seed, home, emit);
    const { labels, splits } = dataset;
    const rows = [...splits.train, ...definitions(labels, catalogue, config.definitions)];
    const terms = await trainTerms(labels, rows, config.terms, seed, context);
    const train = labelled(rows, labels, false);
    const validation = labelled(splits.validation, labels, false);
    const tuned = await fineTune(labels, train, validation, config.encoder, seed, context);
    const trainingSeconds = run.seconds();
    try {
      const { engine, tokenizer, maxTokens, stop, steps } = tuned;
      const idsOf = (texts: readonly string[]): number[][] => encodeTexts(tokenizer, texts, maxTokens);
      const scored = (score: (rows: readonly string[]) => Float32Array): PartScores => {
        const of = (rows: readonly DatasetRow[]): Float32Array => score(rows.map((row) => row.description));
        return { validation: of(splits.validation), test: of(splits.test) };
      };
      emit({ kind: "note", text: "scoring validation and test" });
      const parts = {
        encoder: scored((texts) => engine.scores(idsOf(texts))),
        terms: scored((texts) => scoreRows(terms, transform(terms.tfidf, texts))),
      };
      const targets = Int32Array.from(validation.targets, ([target]) => target!);
      const priors = shares(train.targets, labels.length);
      const mixture = fitMixture({
        encoder: parts.encoder.validation,
        terms: parts.terms.validation,
        targets,
        priors,
      });
      const mixed = mixScores(parts.encoder.validation, parts.terms.validation, mixture);
      const calibration = fitCalibration({ scores: mixed, targets, labels: labels.length }, coverage);
      const checkpoint = await run.publish("checkpoint", async (folder) => {
        await saveClassifier(folder, tuned);
        saveTerms(folder, terms);
        saveMixture(folder, mixture);
        saveCalibration(folder, calibration);
        copyFileSync(join(home, "cwe.jsonl"), join(folder, "cwe.jsonl"));
      });

      const { baseline, seconds: baselineSeconds } = await trainBaseline(
        dataset,
        config.baseline,
        seed,
        coverage,
        context,
      );
      const alone = (part: PartScores) => judgePart(part, targets, splits.test, labels, coverage, catalogue);
      // From the folder, as everybody else will use it.
      const classifier = await loadClassifier(checkpoint);
      const judged = await judge(classifier, splits.test, catalogue, seed);
      await classifier.close();
      const beside = {
        encoder: alone(parts.encoder),
        terms: alone(parts.terms),
        baseline: await judge(baseline, splits.test, catalogue, seed),
      };
      reportCwe(run, { mixture: judged, ...beside });
      const metrics = {
        ...judged.metrics,
        n: judged.n,
        intervals: judged.intervals,
        alone: {
          encoder: beside.encoder.metrics,
          terms: beside.terms.metrics,
          baseline: beside.baseline.metrics,
        },
        calibration,
        mixture: { encoder: mixture.encoder, terms: mixture.terms, sure: mixture.sure },
        training: {
          steps,
          best_step: stop.step,
          best_validation: stop.best,
          trained_parameters: engine.trainedParameters,
          seconds: Math.round(trainingSeconds),
          baseline_seconds: Math.round(baselineSeconds),
        },
        checkpoint,
      };
      const card = { folder: checkpoint, name: "ironbark-cwe", dataset: home, rows: splits.train.length };
      return {
        metrics,
        model: cweFacts({ ...card, ...baseOf(tuned, config.encoder), on: "test", metrics }),
      };
    } finally {
      tuned.engine.close();
    }
  },
});
