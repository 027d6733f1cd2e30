/** Mixes two classifiers over the same labels: a weighted sum of their log-probabilities and a bias per label. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { writeFileAtomic } from "../runs/files.ts";
import { readJsonFile } from "./json-file.ts";

const MIXTURE_FILE = "mixture.json";
/** Folder of the linear model beside the encoder. */
export const TERMS_FOLDER = "terms";

const PartSchema = z.strictObject({
  /** Scores are divided by it before they become log-probabilities. */
  temperature: z.number().positive(),
  weight: z.number().min(0).max(1),
});
const MixtureSchema = z.strictObject({
  encoder: PartSchema,
  terms: PartSchema,
  /**
   * Where the linear model's best probability is above it, that model answers alone and the encoder, hundreds of times
   * slower, is not asked.
   */
  sure: z.number().min(0).max(1).default(1),
  /** Added to the mixed score of each label. */
  bias: z.array(z.number()),
});
export type Mixture = z.output<typeof MixtureSchema>;
export type MixturePart = z.output<typeof PartSchema>;

/** `encoder` and `terms` [rows, labels], row-major -> the same shape. What the encoder says of sure rows is not read. */
export function mixScores(
  encoder: Float32Array,
  terms: Float32Array,
  { bias, sure, ...parts }: Mixture,
): Float32Array {
  const labels = bias.length;
  const mixed = new Float32Array(terms.length);
  for (let from = 0; from < mixed.length; from += labels) {
    const row = terms.subarray(from, from + labels);
    const b = logSoftmax(row, parts.terms.temperature);
    if (isSure(b, sure)) {
      for (let label = 0; label < labels; label++) mixed[from + label] = b[label]! + bias[label]!;
      continue;
    }
    const a = logSoftmax(encoder.subarray(from, from + labels), parts.encoder.temperature);
    for (let label = 0; label < labels; label++)
      mixed[from + label] = parts.encoder.weight * a[label]! + parts.terms.weight * b[label]! + bias[label]!;
  }
  return mixed;
}

/** Rows of `terms` [rows, labels] that the encoder has to be asked about. */
export function unsureRows(terms: Float32Array, { bias, sure, terms: part }: Mixture): number[] {
  const labels = bias.length;
  return Array.from({ length: terms.length / labels }, (_, row) => row).filter(
    (row) => !isSure(logSoftmax(terms.subarray(row * labels, (row + 1) * labels), part.temperature), sure),
  );
}

const isSure = (logProbabilities: Float32Array, sure: number): boolean =>
  logProbabilities.some((one) => Math.exp(one) > sure);

/** Log-probabilities of one row of scores at a temperature. */
export function logSoftmax(scores: Float32Array, temperature: number): Float32Array {
  const highest = scores.reduce((a, b) => Math.max(a, b), -Infinity) / temperature;
  const sum = scores.reduce((total, score) => total + Math.exp(score / temperature - highest), 0);
  const norm = highest + Math.log(sum);
  return scores.map((score) => score / temperature - norm);
}

export function saveMixture(folder: string, mixture: Mixture): void {
  writeFileAtomic(join(folder, MIXTURE_FILE), `${JSON.stringify(mixture)}\n`);
}

/** undefined when the folder has none. Throws InputError naming the file and the key. */
export function loadMixture(folder: string, labels: number): Mixture | undefined {
  const path = join(folder, MIXTURE_FILE);
  if (!existsSync(path)) return undefined;
  const mixture = readJsonFile(path, MixtureSchema, "the mixture of a classifier");
  if (mixture.bias.length !== labels)
    throw new InputError(
      `${path}: bias: expected ${labels} numbers, one per label, found ${mixture.bias.length}`,
    );
  return mixture;
}
