/** What evaluation sees of an answer: the ranking, the true label, the probability. */

export interface RankedAnswer {
  readonly truth: string;
  /** Labels, most probable first. */
  readonly ranking: readonly string[];
  /** Calibrated probability of the first. */
  readonly confidence: number;
  readonly unsure: boolean;
}

export const isRight = (answer: RankedAnswer): boolean => answer.ranking[0] === answer.truth;

/** Whether the truth is among the first `k`. */
export const inTop = (answer: RankedAnswer, k: number): boolean =>
  answer.ranking.slice(0, k).includes(answer.truth);
