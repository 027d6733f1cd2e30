/** An encoder with a classification head behind the interface that every classifier has, alone or with a linear model. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Classifier } from "../core/classification.ts";
import { InputError } from "../core/errors.ts";
import { dispose } from "../torch/index.ts";
import { CALIBRATION_FILE, classificationOf, loadCalibration, UNCALIBRATED } from "./calibration.ts";
import { readEncoderConfig } from "./encoder-config.ts";
import { loadEncoder } from "./encoder-load.ts";
import { encoderScores } from "./encoder-scores.ts";
import type { Encoder } from "./encoder.ts";
import { loadLinear, type LinearModel } from "./linear/folder.ts";
import { scoreRows } from "./linear/score.ts";
import { transform } from "./linear/tfidf.ts";
import { loadMixture, mixScores, TERMS_FOLDER, unsureRows, type Mixture } from "./mixture.ts";
import { encodeTexts } from "./text-ids.ts";
import { Tokenizer } from "./tokenizer.ts";

/**
 * Opens any Hugging Face folder of a BERT or RoBERTa with a head. One without a calibration answers with plain softmax
 * and is never unsure. Throws InputError naming the file and what was expected.
 */
export async function openEncoderClassifier(folder: string): Promise<Classifier> {
  const { labels } = readEncoderConfig(folder);
  const tokenizer = await Tokenizer.load(folder);
  const calibration = existsSync(join(folder, CALIBRATION_FILE)) ? loadCalibration(folder) : UNCALIBRATED;
  const mixture = loadMixture(folder, labels.length);
  const terms = mixture === undefined ? undefined : loadTerms(folder, labels);
  const model = await loadEncoder(folder, { dtype: "float32" });
  if (!model.hasHead) {
    dispose(model.parameters);
    throw new InputError(`${folder}: the weights have no classification head; expected a trained classifier`);
  }
  return {
    labels,
    classify: async (texts) => {
      const scores = scoresOf(model, tokenizer, texts, mixture, terms);
      return texts.map((_, row) =>
        classificationOf(
          labels,
          scores.subarray(row * labels.length, (row + 1) * labels.length),
          calibration,
        ),
      );
    },
    close: async () => dispose(model.parameters),
  };
}

function loadTerms(folder: string, labels: readonly string[]): LinearModel {
  const path = join(folder, TERMS_FOLDER);
  const terms = loadLinear(path);
  if (terms.labels.join() !== labels.join())
    throw new InputError(`${path}: id2label: expected the labels of ${join(folder, "config.json")}`);
  return terms;
}

function scoresOf(
  model: Encoder,
  tokenizer: Tokenizer,
  texts: readonly string[],
  mixture: Mixture | undefined,
  terms: LinearModel | undefined,
): Float32Array {
  const ask = (asked: readonly string[]): Float32Array =>
    encoderScores(model, encodeTexts(tokenizer, asked, model.config.maxTokens));
  if (mixture === undefined || terms === undefined) return ask(texts);
  const fromTerms = scoreRows(terms, transform(terms.tfidf, texts));
  const labels = mixture.bias.length;
  const fromEncoder = new Float32Array(fromTerms.length);
  const unsure = unsureRows(fromTerms, mixture);
  const asked = ask(unsure.map((row) => texts[row]!));
  unsure.forEach((row, at) => fromEncoder.set(asked.subarray(at * labels, (at + 1) * labels), row * labels));
  return mixScores(fromEncoder, fromTerms, mixture);
}
