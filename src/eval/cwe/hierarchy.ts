/** Hierarchical precision and recall: an answer that shares ancestors with the truth is not wholly wrong. */
import type { RankedAnswer } from "./ranked.ts";

/** Everything above a label, without the label itself. */
export type Ancestors = (label: string) => ReadonlySet<string>;

export interface HierarchicalScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * With P and T the answer and the truth together with everything above them: sum |P and T| / sum |P|, and / sum |T|
 * (Kiritchenko, Matwin, Famili 2005).
 */
export function hierarchicalScore(answers: readonly RankedAnswer[], ancestors: Ancestors): HierarchicalScore {
  let [shared, answered, wanted] = [0, 0, 0];
  for (const { truth, ranking } of answers) {
    const told = new Set([ranking[0]!, ...ancestors(ranking[0]!)]);
    const true_ = new Set([truth, ...ancestors(truth)]);
    answered += told.size;
    wanted += true_.size;
    for (const label of told) if (true_.has(label)) shared++;
  }
  return {
    precision: shared / answered,
    recall: shared / wanted,
    f1: (2 * shared) / (answered + wanted),
  };
}
