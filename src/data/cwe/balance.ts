/** Class balance: caps on how many rows of a class train, and weights per class. */
import { makeRng } from "../../util/rng.ts";

/** At most `cap` rows of each label, drawn with the seed; indices in their old order. 0: no cap. */
export function capped(labels: readonly string[], cap: number, seed: number): number[] {
  const byLabel = new Map<string, number[]>();
  labels.forEach((label, row) => {
    const rows = byLabel.get(label);
    if (rows === undefined) byLabel.set(label, [row]);
    else rows.push(row);
  });
  const kept = [...byLabel].flatMap(([label, rows]) =>
    cap === 0 || rows.length <= cap ? rows : makeRng(`cap/${seed}/${label}`).shuffle(rows).slice(0, cap),
  );
  return kept.toSorted((a, b) => a - b);
}

export type Weighting = "none" | "sqrt" | "balanced";

/**
 * Weight per label with mean 1 over the rows: `balanced` is in inverse proportion to the label's count (as in
 * scikit-learn), `sqrt` to the square root of it.
 */
export function classWeights(labels: readonly string[], weighting: Weighting): Map<string, number> {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const power = { none: 0, sqrt: 0.5, balanced: 1 }[weighting];
  let total = 0;
  for (const count of counts.values()) total += count * count ** -power;
  const scale = labels.length / total;
  return new Map([...counts].map(([label, count]) => [label, scale * count ** -power]));
}
