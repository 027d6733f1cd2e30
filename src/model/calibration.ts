/** From a classifier's raw scores to probabilities that mean what they say, and to "unsure". */
import { join } from "node:path";
import { z } from "zod";
import type { Classification } from "../core/classification.ts";
import { writeFileAtomic } from "../runs/files.ts";
import { readJsonFile } from "./json-file.ts";

export const CALIBRATION_FILE = "calibration.json";

const CalibrationSchema = z.strictObject({
  /** Scores are divided by it. */
  temperature: z.number().positive(),
  /**
   * Score of "none of the labels", beside the divided scores; null where every text has one of the labels. With it
   * the probabilities of a text that resembles no class stay small.
   */
  other: z.number().nullable(),
  /** Added to `other` for each nat of entropy of the labels' softmax: what is unsure is more often none of them. */
  spread: z.number().nonnegative().default(0),
  /** Best probabilities below it are "unsure". */
  threshold: z.number().min(0).max(1),
  /** Share of validation at or above the threshold when it was chosen. */
  coverage: z.number().min(0).max(1),
});
export type Calibration = z.output<typeof CalibrationSchema>;
export type ProbabilityParameters = Pick<Calibration, "temperature" | "other" | "spread">;

/** Plain softmax, and never unsure. */
export const UNCALIBRATED: Calibration = {
  temperature: 1,
  other: null,
  spread: 0,
  threshold: 0,
  coverage: 1,
};

/** Probabilities of one row of scores, and of none of the labels: softmax over scores / temperature and `other`. */
export function probabilities(
  scores: ArrayLike<number>,
  { temperature, other, spread }: ProbabilityParameters,
): { readonly labels: Float64Array; readonly other: number } {
  const labels = Float64Array.from(scores, (score) => score / temperature);
  const highest = labels.reduce((a, b) => Math.max(a, b), -Infinity);
  const logSum = Math.log(labels.reduce((sum, score) => sum + Math.exp(score - highest), 0));
  for (const [index, score] of labels.entries()) labels[index] = score - highest - logSum;
  if (other === null) return { labels: labels.map(Math.exp), other: 0 };
  const entropy = -labels.reduce((sum, log) => sum + (log === -Infinity ? 0 : log * Math.exp(log)), 0);
  // How much more the labels together weigh than "none of them".
  const ahead = highest + logSum - (other + spread * entropy);
  const known = 1 / (1 + Math.exp(-ahead));
  return { labels: labels.map((log) => known * Math.exp(log)), other: 1 / (1 + Math.exp(ahead)) };
}

/** The answer for one row of scores. */
export function classificationOf(
  names: readonly string[],
  scores: ArrayLike<number>,
  calibration: Calibration,
): Classification {
  const { labels, other } = probabilities(scores, calibration);
  const ranked = names
    .map((label, index) => ({ label, score: labels[index]! }))
    .toSorted((a, b) => b.score - a.score);
  return { scores: ranked, other, unsure: ranked[0]!.score < calibration.threshold };
}

export function saveCalibration(folder: string, calibration: Calibration): void {
  writeFileAtomic(join(folder, CALIBRATION_FILE), `${JSON.stringify(calibration, null, 2)}\n`);
}

/** Throws InputError naming the file and the key. */
export function loadCalibration(folder: string): Calibration {
  return readJsonFile(join(folder, CALIBRATION_FILE), CalibrationSchema, "the calibration of a classifier");
}
