/** Fits temperature, the score of "none of the labels" and the threshold of "unsure" on validation. */
import { probabilities, type Calibration, type ProbabilityParameters } from "../model/calibration.ts";
import { quantile } from "../util/stats.ts";

export interface ScoredRows {
  /** [rows, labels], row-major. */
  readonly scores: Float32Array;
  /** Index of the true label; -1 when it is none of the labels. */
  readonly targets: Int32Array;
  readonly labels: number;
}

/** Where logarithms of temperatures are looked for: a grid that narrows around the best one. */
const TEMPERATURES: Range = [Math.log(0.01), Math.log(20)];
type Range = readonly [number, number];
const [POINTS, ROUNDS] = [7, 9];
/** Steps of Newton's method, and how strongly what it fits is held near 0, so that rare "others" give finite scores. */
const [STEPS, RIDGE] = [50, 1e-3];

export interface FittedProbabilities extends ProbabilityParameters {
  /** Mean negative log-likelihood of the true answers, "none of the labels" included. */
  readonly loss: number;
}

/** `coverage` is the share of validation that should be answered; the rest is below the threshold. */
export function fitCalibration(rows: ScoredRows, coverage: number): Calibration {
  const { temperature, other, spread } = fitProbabilities(rows);
  const { scores, targets, labels } = rows;
  const tops = Array.from(targets, (_, row) =>
    probabilities(scores.subarray(row * labels, (row + 1) * labels), {
      temperature,
      other,
      spread,
    }).labels.reduce((a, b) => Math.max(a, b)),
  );
  const threshold = coverage >= 1 ? 0 : quantile(tops, 1 - coverage);
  return {
    temperature,
    other,
    spread,
    threshold,
    coverage: tops.filter((top) => top >= threshold).length / tops.length,
  };
}

/**
 * Minimises the negative log-likelihood on validation. Temperature scaling: Guo et al. 2017, "On Calibration of Modern
 * Neural Networks"; that "other" grows with the entropy is ours: texts of no known label are those the model is unsure
 * about, and a score that is the same for all takes from the answers that are sure.
 */
export function fitProbabilities(rows: ScoredRows): FittedProbabilities {
  if (rows.targets.length === 0) throw new RangeError("calibration needs at least one validation row");
  const open = rows.targets.includes(-1);
  let best: FittedProbabilities = { loss: Infinity, temperature: 1, other: null, spread: 0 };
  let warm = TEMPERATURES;
  for (let round = 0; round < ROUNDS; round++) {
    for (const log of grid(warm)) {
      const temperature = Math.exp(log);
      const seen = rowsAt(rows, temperature);
      const none = open ? fitOther(seen) : { other: null, spread: 0 };
      const loss = meanLoss(seen, none);
      if (loss < best.loss) best = { loss, temperature, ...none };
    }
    warm = around(warm, Math.log(best.temperature));
  }
  return best;
}

interface RowAt {
  /** Logarithm of the sum of the labels' exponentiated scores. */
  readonly total: number;
  /** Score of the true label; null when it is none of the labels. */
  readonly own: number | null;
  /** Of the labels' softmax, in nats. */
  readonly entropy: number;
}

/** All that the loss needs of each row at one temperature, so that trying another "other" costs next to nothing. */
function rowsAt({ scores, targets, labels }: ScoredRows, temperature: number): RowAt[] {
  return Array.from(targets, (target, row) => {
    const from = row * labels;
    let highest = -Infinity;
    for (let at = from; at < from + labels; at++) highest = Math.max(highest, scores[at]! / temperature);
    let [sum, weighted] = [0, 0];
    for (let at = from; at < from + labels; at++) {
      const above = scores[at]! / temperature - highest;
      const share = Math.exp(above);
      sum += share;
      weighted += share * above;
    }
    return {
      total: highest + Math.log(sum),
      own: target < 0 ? null : scores[from + target]! / temperature,
      entropy: Math.log(sum) - weighted / sum,
    };
  });
}

type NoneOfThem = Pick<ProbabilityParameters, "other" | "spread">;

/**
 * At one temperature it is a logistic regression of "none of the labels" on the entropy, with the labels' sum as its
 * offset: convex, hence Newton's method. A spread below 0 is refused: then the same score for all fits best.
 */
function fitOther(rows: readonly RowAt[]): NoneOfThem {
  const both = newton(rows, true);
  return both.spread >= 0 ? both : newton(rows, false);
}

function newton(rows: readonly RowAt[], withSpread: boolean): { other: number; spread: number } {
  const total = rows.reduce((sum, row) => sum + row.total, 0) / rows.length;
  let [other, spread] = [total, 0];
  for (let step = 0; step < STEPS; step++) {
    let [g0, g1, h00, h01, h11] = [RIDGE * (other - total), RIDGE * spread, RIDGE, 0, RIDGE];
    for (const row of rows) {
      const none = 1 / (1 + Math.exp(row.total - other - spread * row.entropy));
      const error = none - (row.own === null ? 1 : 0);
      const curve = none * (1 - none);
      g0 += error;
      g1 += error * row.entropy;
      h00 += curve;
      h01 += curve * row.entropy;
      h11 += curve * row.entropy ** 2;
    }
    if (!withSpread) [g1, h01, h11] = [0, 0, 1];
    const determinant = h00 * h11 - h01 * h01;
    const limit = (move: number): number => Math.max(-2, Math.min(2, move));
    const [d0, d1] = [limit((h11 * g0 - h01 * g1) / determinant), limit((h00 * g1 - h01 * g0) / determinant)];
    other -= d0;
    spread -= d1;
    if (Math.abs(d0) + Math.abs(d1) < 1e-9) break;
  }
  return { other, spread };
}

function meanLoss(rows: readonly RowAt[], { other, spread }: NoneOfThem): number {
  let sum = 0;
  for (const { total, own, entropy } of rows) {
    const none = other === null ? -Infinity : other + spread * entropy;
    const highest = Math.max(total, none);
    sum += highest + Math.log(Math.exp(total - highest) + Math.exp(none - highest)) - (own ?? none);
  }
  return sum / rows.length;
}

const grid = ([low, high]: Range): number[] =>
  Array.from({ length: POINTS }, (_, point) => low + ((high - low) * point) / (POINTS - 1));

/** A range of 3 steps of the old grid, centred on the best point. */
function around([low, high]: Range, centre: number): Range {
  const half = (1.5 * (high - low)) / (POINTS - 1);
  return [centre - half, centre + half];
}
