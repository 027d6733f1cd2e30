/** The pairs of labels that are taken for one another most often, with an example a person can read. */
import { isRight, type RankedAnswer } from "./ranked.ts";

export interface ConfusedPair {
  readonly truth: string;
  readonly answer: string;
  readonly rows: number;
  /** Share of the rows with this true label. */
  readonly share: number;
  /** Index of the row that was most surely mistaken. */
  readonly example: number;
}

/** The `most` most frequent pairs; of equally frequent ones, the first by label. */
export function confusedPairs(answers: readonly RankedAnswer[], most: number): ConfusedPair[] {
  const support = new Map<string, number>();
  const pairs = new Map<string, number[]>();
  answers.forEach((answer, row) => {
    support.set(answer.truth, (support.get(answer.truth) ?? 0) + 1);
    if (isRight(answer)) return;
    const key = `${answer.truth} ${answer.ranking[0]!}`;
    const rows = pairs.get(key);
    if (rows === undefined) pairs.set(key, [row]);
    else rows.push(row);
  });
  return [...pairs]
    .toSorted(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([key, rows]) => {
      const [truth, answer] = key.split(" ") as [string, string];
      const example = rows.reduce((a, b) => (answers[b]!.confidence > answers[a]!.confidence ? b : a));
      return { truth, answer, rows: rows.length, share: rows.length / support.get(truth)!, example };
    });
}
