/** Trains one yes-or-no classifier per label and puts their weights side by side. */
import { setImmediate } from "node:timers/promises";
import { makeRng } from "../../util/rng.ts";
import type { LinearWeights } from "../../model/linear/score.ts";
import type { SparseRows } from "../../model/linear/tfidf.ts";
import { squaredLengths, trainBinary, type LinearLoss } from "./coordinate-descent.ts";

export interface OneVsRestOptions {
  readonly loss: LinearLoss;
  /** Cost of an error: the inverse of the regularisation. */
  readonly c: number;
  readonly seed: number;
  readonly tolerance?: number;
  readonly maxPasses: number;
  readonly onLabel?: (done: number) => void;
  readonly signal?: AbortSignal;
}

export interface OneVsRest extends LinearWeights {
  /** Labels whose training ended at the limit of passes. */
  readonly unconverged: number;
}

/** `targets` are indices of labels, `rowWeights` scale the cost of each row. */
export async function trainOneVsRest(
  rows: SparseRows,
  size: number,
  targets: Int32Array,
  labels: number,
  rowWeights: Float64Array,
  options: OneVsRestOptions,
): Promise<OneVsRest> {
  const { loss, c, seed, tolerance = 0.1, maxPasses, onLabel, signal } = options;
  const weights = new Float32Array(size * labels);
  const bias = new Float32Array(labels);
  const squares = squaredLengths(rows);
  const costs = rowWeights.map((weight) => c * weight);
  let unconverged = 0;
  for (let label = 0; label < labels; label++) {
    // Training a label takes a good part of a second: Ctrl-C and progress get their turn in between.
    await setImmediate();
    signal?.throwIfAborted();
    const signs = Int8Array.from(targets, (target) => (target === label ? 1 : -1));
    const rng = makeRng(`one-vs-rest/${seed}/${label}`);
    const model = trainBinary({ rows, size, signs, costs }, squares, { loss, tolerance, maxPasses, rng });
    for (let feature = 0; feature < size; feature++)
      weights[feature * labels + label] = model.weights[feature]!;
    bias[label] = model.bias;
    unconverged += Number(!model.converged);
    onLabel?.(label + 1);
  }
  return { weights, bias, unconverged };
}
