/**
 * Trains one linear classifier, yes or no, by dual coordinate descent.
 * Squared hinge: Hsieh et al. 2008, "A Dual Coordinate Descent Method for Large-scale Linear SVM", algorithms 1 and 3.
 * Logistic: the dual of Yu, Huang and Lin 2011, its one-variable problem solved by Newton's method in the logit.
 * Both minimise |w|^2 / 2 + sum_i c_i loss(y_i w.x_i); the bias is a feature that is always 1.
 */
import type { SparseRows } from "../../model/linear/tfidf.ts";
import type { Rng } from "../../util/rng.ts";

export type LinearLoss = "squared-hinge" | "logistic";

export interface BinaryProblem {
  readonly rows: SparseRows;
  /** Number of features, the bias not counted. */
  readonly size: number;
  /** +1 or -1 per row. */
  readonly signs: Int8Array;
  /** Cost of an error per row: C times the row's weight. */
  readonly costs: Float64Array;
}

export interface SolverOptions {
  readonly loss: LinearLoss;
  /** Ends when no gradient of a pass, projected on the bounds, is larger. */
  readonly tolerance: number;
  readonly maxPasses: number;
  readonly rng: Rng;
}

export interface BinaryModel {
  readonly weights: Float64Array;
  readonly bias: number;
  readonly passes: number;
  readonly converged: boolean;
}

/** `squares` are the squared lengths of the rows with the bias, from `squaredLengths`. */
export function trainBinary(
  problem: BinaryProblem,
  squares: Float64Array,
  options: SolverOptions,
): BinaryModel {
  const { rows, size, signs } = problem;
  const { starts, features, values } = rows;
  const weights = new Float64Array(size);
  let bias = 0;
  const margin = (row: number): number => {
    let sum = bias;
    for (let at = starts[row]!; at < starts[row + 1]!; at++) sum += weights[features[at]!]! * values[at]!;
    return signs[row]! * sum;
  };
  /** Adds `amount` times the row, times its sign, to the weights. */
  const add = (row: number, amount: number): void => {
    const signed = amount * signs[row]!;
    for (let at = starts[row]!; at < starts[row + 1]!; at++) weights[features[at]!]! += signed * values[at]!;
    bias += signed;
  };
  const coordinate =
    options.loss === "squared-hinge"
      ? squaredHinge(problem, squares, margin, add)
      : logistic(problem, squares, margin, add);

  const order = Int32Array.from(signs.keys());
  let active = order.length;
  let before = Infinity;
  for (let pass = 1; pass <= options.maxPasses; pass++) {
    let worst = 0;
    for (let i = active - 1; i >= 0; i--) {
      const j = options.rng.int(i + 1);
      const row = order[j]!;
      order[j] = order[i]!;
      order[i] = row;
      const violation = coordinate(row, before);
      if (violation !== SETTLED) worst = Math.max(worst, violation);
      else {
        // Most rows of other labels are right by far: they sleep behind the active ones until those are done.
        active--;
        order[i] = order[active]!;
        order[active] = row;
      }
    }
    before = worst;
    if (worst > options.tolerance) continue;
    if (active === order.length) return { weights, bias, passes: pass, converged: true };
    active = order.length;
    before = Infinity;
  }
  return { weights, bias, passes: options.maxPasses, converged: false };
}

export function squaredLengths({ starts, values }: SparseRows): Float64Array {
  return Float64Array.from({ length: starts.length - 1 }, (_, row) => {
    let sum = 1;
    for (let at = starts[row]!; at < starts[row + 1]!; at++) sum += values[at]! ** 2;
    return sum;
  });
}

/**
 * Minimises over one dual variable; returns by how much its optimality was violated, or SETTLED when it lies on its
 * bound and would have to change by more than `worst`, the largest violation of the pass before, to leave it.
 */
type Coordinate = (row: number, worst: number) => number;
const SETTLED = -1;
type Margin = (row: number) => number;
type Add = (row: number, amount: number) => void;

function squaredHinge({ costs }: BinaryProblem, squares: Float64Array, margin: Margin, add: Add): Coordinate {
  const duals = new Float64Array(costs.length);
  return (row, worst) => {
    const dual = duals[row]!;
    const diagonal = 0.5 / costs[row]!;
    const gradient = margin(row) - 1 + diagonal * dual;
    if (dual === 0 && gradient >= 0) return gradient > worst ? SETTLED : 0;
    const next = Math.max(dual - gradient / (squares[row]! + diagonal), 0);
    duals[row] = next;
    add(row, next - dual);
    return Math.abs(gradient);
  };
}

/** Where every dual variable starts, as a logit: near 0, where the loss of a row that is already right leaves it. */
const START = -6;
const NEWTON_STEPS = 20;

function logistic({ costs }: BinaryProblem, squares: Float64Array, margin: Margin, add: Add): Coordinate {
  const logits = new Float64Array(costs.length).fill(START);
  const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
  for (let row = 0; row < costs.length; row++) add(row, costs[row]! * sigmoid(START));
  return (row) => {
    const cost = costs[row]!;
    const old = cost * sigmoid(logits[row]!);
    const curvature = squares[row]!;
    const now = margin(row);
    let logit = logits[row]!;
    const violation = Math.abs(now + logit);
    // curvature (cost s(logit) - old) + now + logit = 0: increasing in the logit with slope at least 1.
    for (let step = 0; step < NEWTON_STEPS; step++) {
      const share = sigmoid(logit);
      const value = curvature * (cost * share - old) + now + logit;
      if (Math.abs(value) < 1e-9) break;
      logit -= value / (curvature * cost * share * (1 - share) + 1);
    }
    logits[row] = logit;
    add(row, cost * sigmoid(logit) - old);
    // Rows that are right by far have large logits and no influence: what counts is how far the variable moves.
    return violation * sigmoid(logit) * (1 - sigmoid(logit)) * 4;
  };
}
