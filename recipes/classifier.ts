/** A classifier of texts on a data set of the user's: a fine-tuned encoder, calibrated on validation. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../src/core/errors.ts";
import { readDataset } from "../src/data/cwe/index.ts";
import { saveCalibration } from "../src/model/calibration.ts";
import { encodeTexts } from "../src/model/text-ids.ts";
import { defineRecipe } from "../src/runs/recipe.ts";
import { fitCalibration } from "../src/train/calibrate.ts";
import { measureScores } from "../src/train/classifier/measure.ts";
import { fineTune } from "./classifier/fine-tune.ts";
import { baseOf } from "./classifier/base.ts";
import { labelled } from "./classifier/rows.ts";
import { saveClassifier } from "./classifier/save.ts";
import { EncoderSchema } from "./classifier/settings.ts";
import { cweFacts } from "./cwe/card.ts";

export const recipe = defineRecipe({
  name: "classifier",
  description: "Fine-tune an encoder on a data set of texts with labels (ironbark train classifier)",
  schema: z.strictObject({
    seed: z.int().default(1),
    /** Folder of `ironbark data cwe`; its class weights are the weights of the loss. */
    data: z.string().default(""),
    encoder: EncoderSchema.prefault({}),
    /** Share of validation that the model should answer; for the rest it is "unsure". */
    coverage: z.number().min(0).max(1).default(0.8),
  }),
  run: async (config, context) => {
    const { run } = context;
    if (config.data === "")
      throw new InputError("data: expected the folder of a data set", { hint: "--set data=DIR" });
    const { labels, ...splits } = readDataset(config.data);
    const several = config.encoder.loss === "multi";
    const validation = labelled(splits.validation, labels, several);
    const train = labelled(splits.train, labels, several);
    const tuned = await fineTune(labels, train, validation, config.encoder, config.seed, context);
    const { engine, tokenizer, maxTokens, stop, steps } = tuned;
    try {
      const scores = engine.scores(encodeTexts(tokenizer, validation.texts, maxTokens));
      const targets = Int32Array.from(validation.targets, ([target]) => target!);
      const calibration = fitCalibration({ scores, targets, labels: labels.length }, config.coverage);
      const checkpoint = await run.publish("checkpoint", async (folder) => {
        await saveClassifier(folder, tuned);
        saveCalibration(folder, calibration);
        const names = join(config.data, "cwe.jsonl");
        if (existsSync(names)) copyFileSync(names, join(folder, "cwe.jsonl"));
      });
      const metrics = {
        ...measureScores(scores, validation.targets, labels.length),
        calibration,
        steps,
        best_step: stop.step,
        trained_parameters: engine.trainedParameters,
        checkpoint,
      };
      const model = cweFacts({
        folder: checkpoint,
        name: "ironbark-classifier",
        ...baseOf(tuned, config.encoder),
        dataset: config.data,
        rows: splits.train.length,
        on: "validation",
        metrics: { ...metrics, n: splits.validation.length },
      });
      return { metrics, model };
    } finally {
      engine.close();
    }
  },
});
