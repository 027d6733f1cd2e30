/** Precision, recall and F1 of each class, and their means. */
import type { RankedAnswer } from "./ranked.ts";

export interface ClassScore {
  readonly label: string;
  /** Rows whose true label it is. */
  readonly support: number;
  /** Rows for which it was the first answer. */
  readonly predicted: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * Every label that is true or answered somewhere, most frequent first. A class that is never answered has precision 0,
 * one that never occurs recall 0, as in scikit-learn.
 */
export function classScores(answers: readonly RankedAnswer[]): ClassScore[] {
  const counts = new Map<string, { support: number; predicted: number; hits: number }>();
  const of = (label: string) => {
    const found = counts.get(label) ?? { support: 0, predicted: 0, hits: 0 };
    counts.set(label, found);
    return found;
  };
  for (const { truth, ranking } of answers) {
    of(truth).support++;
    of(ranking[0]!).predicted++;
    if (truth === ranking[0]) of(truth).hits++;
  }
  return [...counts]
    .map(([label, { support, predicted, hits }]) => ({
      label,
      support,
      predicted,
      precision: predicted === 0 ? 0 : hits / predicted,
      recall: support === 0 ? 0 : hits / support,
      f1: (2 * hits) / (support + predicted),
    }))
    .toSorted((a, b) => b.support - a.support || (a.label < b.label ? -1 : 1));
}

/**
 * Unweighted mean of F1 over the `labels` that are true or answered somewhere. Labels that the model does not have
 * make no class of their own here; their rows lower the precision of the classes that were answered instead.
 */
export function macroF1(scores: readonly ClassScore[], labels: ReadonlySet<string>): number {
  const own = scores.filter((score) => labels.has(score.label));
  return own.reduce((sum, score) => sum + score.f1, 0) / own.length;
}

/** Mean of F1 weighted by how often a label is true, over all labels: those that the model does not have count as 0. */
export function weightedF1(scores: readonly ClassScore[]): number {
  const rows = scores.reduce((sum, score) => sum + score.support, 0);
  return scores.reduce((sum, score) => sum + score.f1 * score.support, 0) / rows;
}
