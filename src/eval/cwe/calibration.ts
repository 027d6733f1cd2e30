/** Whether probabilities mean what they say, and what abstaining would gain. */
import { isRight, type RankedAnswer } from "./ranked.ts";

export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly rows: number;
  /** Mean confidence and share of right answers; null without rows. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

export const BINS = 15;

/** Bins of equal width over the confidence of the first answer; (low, high], the first with 0. */
export function reliability(answers: readonly RankedAnswer[], bins = BINS): ReliabilityBin[] {
  const members: RankedAnswer[][] = Array.from({ length: bins }, () => []);
  for (const answer of answers)
    members[Math.min(bins - 1, Math.max(0, Math.ceil(answer.confidence * bins) - 1))]!.push(answer);
  return members.map((inside, bin) => ({
    low: bin / bins,
    high: (bin + 1) / bins,
    rows: inside.length,
    confidence: inside.length === 0 ? null : mean(inside, (answer) => answer.confidence),
    accuracy: inside.length === 0 ? null : mean(inside, (answer) => Number(isRight(answer))),
  }));
}

/** Expected calibration error: mean distance of confidence and accuracy over the bins, by rows (Guo et al. 2017). */
export function expectedCalibrationError(answers: readonly RankedAnswer[], bins = BINS): number {
  let sum = 0;
  for (const { rows, confidence, accuracy } of reliability(answers, bins))
    if (rows > 0) sum += rows * Math.abs(confidence! - accuracy!);
  return sum / answers.length;
}

export interface CoveragePoint {
  /** Share of rows that are answered, the surest first. */
  readonly coverage: number;
  /** Share of wrong answers among them. */
  readonly risk: number;
  /** The confidence down to which rows are answered. */
  readonly threshold: number;
}

/** Risk at each tenth of coverage, and at the coverage of the model's own threshold if some rows are unsure. */
export function coverageRisk(answers: readonly RankedAnswer[]): CoveragePoint[] {
  const sorted = answers.toSorted((a, b) => b.confidence - a.confidence);
  const sure = answers.filter((answer) => !answer.unsure).length;
  const counts = Array.from({ length: 10 }, (_, tenth) => Math.ceil(((tenth + 1) * sorted.length) / 10));
  const wanted = [...new Set([...counts, sure])].filter((count) => count > 0).toSorted((a, b) => a - b);
  return wanted.map((count) => {
    const answered = sorted.slice(0, count);
    return {
      coverage: count / sorted.length,
      risk: 1 - mean(answered, (answer) => Number(isRight(answer))),
      threshold: answered.at(-1)!.confidence,
    };
  });
}

function mean(answers: readonly RankedAnswer[], value: (answer: RankedAnswer) => number): number {
  return answers.reduce((sum, answer) => sum + value(answer), 0) / answers.length;
}
