/** Hierarchical precision and recall: an answer that shares ancestors with the truth is not wholly wrong. */
import type { RankedAnswer } from "./ranked.ts";

/** Everything above a label, without the label itself. */
export type Ancestors = (label: string) => ReadonlySet<string>;

export interface HierarchicalScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** What one answer adds to the sums. */
export interface Overlap {
  readonly shared: number;
  readonly answered: number;
  readonly wanted: number;
}

/** The answer and the truth, each together with everything above it: sizes, and what is in both. */
export function overlap({ truth, ranking }: RankedAnswer, ancestors: Ancestors): Overlap {
  const told = new Set([ranking[0]!, ...ancestors(ranking[0]!)]);
  const wanted = new Set([truth, ...ancestors(truth)]);
  const shared = [...told].filter((label) => wanted.has(label)).length;
  return { shared, answered: told.size, wanted: wanted.size };
}

/**
 * With P and T the answer and the truth together with everything above them: sum |P and T| / sum |P|, and / sum |T|
 * (Kiritchenko, Matwin, Famili 2005).
 */
export function hierarchicalScore(overlaps: readonly Overlap[]): HierarchicalScore {
  let [shared, answered, wanted] = [0, 0, 0];
  for (const one of overlaps) {
    shared += one.shared;
    answered += one.answered;
    wanted += one.wanted;
  }
  return {
    precision: shared / answered,
    recall: shared / wanted,
    f1: (2 * shared) / (answered + wanted),
  };
}
