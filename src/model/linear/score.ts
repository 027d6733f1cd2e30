/** Scores of sparse rows under linear weights. */
import type { SparseRows } from "./tfidf.ts";

export interface LinearWeights {
  /** [terms, labels], row-major by term, so that the few terms of a text are a few short rows. */
  readonly weights: Float32Array;
  /** [labels] */
  readonly bias: Float32Array;
}

/** [rows, labels], row-major. */
export function scoreRows(
  { weights, bias }: LinearWeights,
  { starts, features, values }: SparseRows,
): Float32Array {
  const labels = bias.length;
  const scores = new Float32Array((starts.length - 1) * labels);
  for (let row = 0; row + 1 < starts.length; row++) {
    const out = row * labels;
    scores.set(bias, out);
    for (let at = starts[row]!; at < starts[row + 1]!; at++) {
      const [value, from] = [values[at]!, features[at]! * labels];
      for (let label = 0; label < labels; label++) scores[out + label]! += value * weights[from + label]!;
    }
  }
  return scores;
}
