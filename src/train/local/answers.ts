/** Rows of PPO answers: ids, and where the nets speak about each token. */
import type { PpoAnswer } from "../backend.ts";
import type { PpoTotals } from "../ppo/losses.ts";

export interface AnswerRows {
  readonly rows: number;
  readonly length: number;
  /** Most tokens of an answer, plus one: the value behind the last token. */
  readonly width: number;
  /** [rows, length], padded at the end. */
  readonly ids: BigInt64Array;
  /** [rows, width]: row-major position in [rows, length] from which token t is predicted; behind an answer, its end. */
  readonly at: BigInt64Array;
  /** [rows, width]: the token there, `pad` behind the answer. */
  readonly targets: BigInt64Array;
}

export const answerLength = ({ ids, prompt }: PpoAnswer): number => ids.length - prompt;

export function layOutAnswers(batch: readonly PpoAnswer[], pad: number): AnswerRows {
  const rows = batch.length;
  const length = Math.max(...batch.map(({ ids }) => ids.length));
  const width = Math.max(...batch.map(answerLength)) + 1;
  const ids = new BigInt64Array(rows * length).fill(BigInt(pad));
  const at = new BigInt64Array(rows * width);
  const targets = new BigInt64Array(rows * width).fill(BigInt(pad));
  batch.forEach((answer, row) => {
    const n = answerLength(answer);
    answer.ids.forEach((id, i) => (ids[row * length + i] = BigInt(id)));
    for (let t = 0; t < width; t++) {
      at[row * width + t] = BigInt(row * length + answer.prompt - 1 + Math.min(t, n));
      if (t < n) targets[row * width + t] = BigInt(answer.ids[answer.prompt + t]!);
    }
  });
  return { rows, length, width, ids, at, targets };
}

/** A list of numbers per row, filled up with 0 to `width`. */
export const padded = (rows: readonly (readonly number[])[], width: number): number[][] =>
  rows.map((row) => [...row, ...Array.from({ length: width - row.length }, () => 0)]);

/** What the losses of a minibatch are means over. */
export const totalsOf = (batch: readonly PpoAnswer[]): PpoTotals => {
  const tokens = batch.reduce((sum, answer) => sum + answerLength(answer), 0);
  return { tokens, values: tokens + batch.length };
};
