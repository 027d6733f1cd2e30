/** PrimeVul's VD-S: the share of vulnerable functions that is missed when few benign ones may be called vulnerable. */

export interface Scored {
  readonly truth: boolean;
  /** The higher, the more the function is held to be vulnerable. */
  readonly score: number;
}

/** Share of benign functions that may be called vulnerable. */
const TARGET = 0.005;

/**
 * FN / (FN + TP) at the threshold that PrimeVul's script picks: the last point of scikit-learn's ROC curve whose false
 * positive rate is at most 0.5 %. That curve leaves out points in the middle of straight runs of equal steps
 * (`drop_intermediate`), which can move the threshold up, so the same points are left out here. Lower is better. Null
 * when one of the classes is missing, and for a score that is no number.
 */
export function vdScore(rows: readonly Scored[], weights?: Int32Array): number | null {
  return vdScoreSorted(sortScored(rows), weights);
}

/** Indices of the rows by falling score, and where a new score begins. */
export interface SortedScores {
  readonly rows: readonly Scored[];
  readonly order: Int32Array;
}

export function sortScored(rows: readonly Scored[]): SortedScores {
  const order = Int32Array.from(rows.keys()).sort((a, b) => rows[b]!.score - rows[a]!.score || a - b);
  return { rows, order };
}

/** `weights`: how often each row counts; once without. */
export function vdScoreSorted({ rows, order }: SortedScores, weights?: Int32Array): number | null {
  // One point for each distinct score: how many rows of either class reach it.
  const fps: number[] = [];
  const tps: number[] = [];
  let [fp, tp, here] = [0, 0, 0];
  for (let at = 0; at < order.length; at++) {
    const index = order[at]!;
    const { truth, score } = rows[index]!;
    if (!Number.isFinite(score)) return null;
    const weight = weights === undefined ? 1 : weights[index]!;
    here += weight;
    if (truth) tp += weight;
    else fp += weight;
    const next = at + 1 < order.length ? rows[order[at + 1]!]!.score : undefined;
    if (next === score) continue;
    // A score that no drawn row has is no point.
    if (here > 0) {
      fps.push(fp);
      tps.push(tp);
    }
    here = 0;
  }
  if (fp === 0 || tp === 0) return null;
  // Before the first point nothing is called vulnerable.
  let missed = 1;
  for (let at = 0; at < fps.length && fps[at]! / fp <= TARGET; at++)
    if (at === 0 || at === fps.length - 1 || bends(fps, at) || bends(tps, at)) missed = (tp - tps[at]!) / tp;
  return missed;
}

const bends = (counts: readonly number[], at: number): boolean =>
  counts[at + 1]! - 2 * counts[at]! + counts[at - 1]! !== 0;
