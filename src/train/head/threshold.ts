/** From probabilities to a threshold: chosen on validation rows, for a rate of false positives that may not be passed. */

export interface ScoredRow {
  readonly probability: number;
  readonly vulnerable: boolean;
}

/**
 * The threshold with the highest accuracy among those whose rate of false positives FP / (FP + TN) on these rows is at
 * most `maxFalsePositiveRate`; of equals, the middle one of the widest gap between probabilities. 1 when the rate
 * cannot be kept otherwise.
 */
export function chooseThreshold(rows: readonly ScoredRow[], maxFalsePositiveRate: number): number {
  const sorted = rows.toSorted((a, b) => a.probability - b.probability);
  const sound = rows.filter(({ vulnerable }) => !vulnerable).length;
  let right = rows.length - sound;
  let falsePositives = sound;
  let best = { right: -1, gap: 0, threshold: 1 };
  const consider = (low: number, high: number): void => {
    if (high <= low || falsePositives > maxFalsePositiveRate * sound) return;
    const gap = high - low;
    if (right > best.right || (right === best.right && gap > best.gap))
      best = { right, gap, threshold: (low + high) / 2 };
  };
  consider(0, sorted[0]?.probability ?? 1);
  sorted.forEach(({ probability, vulnerable }, index) => {
    // From here on this row is taken for sound.
    right += vulnerable ? -1 : 1;
    falsePositives -= vulnerable ? 0 : 1;
    consider(probability, sorted[index + 1]?.probability ?? 1);
  });
  return best.threshold;
}
