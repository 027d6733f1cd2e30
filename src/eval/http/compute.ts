/** What is bought with more tokens and more samples: Control, Scaling, votes (JanusLM's README; Muennighoff et al. 2025, "s1"). */
import type { AnalysisBounds } from "../../data/http/index.ts";

/** Control = (1 / |A|) sum over answers a of [min <= tokens(a) <= max]: the share that keeps to its bounds; NaN for none. */
export function control(tokens: readonly number[], { min, max }: AnalysisBounds): number {
  return tokens.filter((count) => min <= count && count <= max).length / tokens.length;
}

export interface BudgetPoint {
  /** Tokens that may be spent. */
  readonly tokens: number;
  /** Of what is measured, for instance accuracy. */
  readonly value: number;
}

/**
 * Scaling = 1 / C(|A|, 2) sum over pairs of budgets b > a of (f(b) - f(a)) / (b - a): the mean slope, per token. null
 * with fewer than two different budgets.
 */
export function scaling(points: readonly BudgetPoint[]): number | null {
  const slopes = points.flatMap((a, index) =>
    points
      .slice(index + 1)
      .filter((b) => b.tokens !== a.tokens)
      .map((b) => (b.value - a.value) / (b.tokens - a.tokens)),
  );
  return slopes.length === 0 ? null : slopes.reduce((sum, slope) => sum + slope, 0) / slopes.length;
}

export interface Vote {
  /** null: a tie, or no clear answer. */
  readonly answer: boolean | null;
  /** Share of all samples that gave this answer; 0 without one. Unclear samples are not for it. */
  readonly confidence: number;
}

/** The majority of clear answers. */
export function vote(answers: readonly (boolean | null)[]): Vote {
  const yes = answers.filter((one) => one === true).length;
  const no = answers.filter((one) => one === false).length;
  if (yes === no) return { answer: null, confidence: 0 };
  return { answer: yes > no, confidence: Math.max(yes, no) / answers.length };
}
