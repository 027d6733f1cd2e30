/** PPO answers packed into rows without padding: ids, what sees what, and where the nets speak about each token. */
import type { Piece } from "../../model/attention.ts";
import type { Datum, PpoAnswer } from "../backend.ts";
import { fillBatches, packRows } from "../packing.ts";
import type { PpoTotals } from "../ppo/losses.ts";
import { layOut } from "./rows.ts";

/** Some answers one after another in one row. */
export interface AnswerRow<Answer extends PpoAnswer> {
  /** In the order of the lists below. */
  readonly answers: readonly Answer[];
  /** [T] */
  readonly ids: BigInt64Array;
  readonly pieces: readonly Piece[];
  /** [N], all answers' tokens. */
  readonly targets: BigInt64Array;
  /** [N], the positions in the row from which they are predicted. */
  readonly predictedAt: BigInt64Array;
  /** [N + answers], where values are asked for: the same, and behind each answer its end. */
  readonly valuedAt: BigInt64Array;
}

export const answerLength = ({ ids, prompt }: PpoAnswer): number => ids.length - prompt;

/** Rows of at most `maxTokens`, or of one answer. Answers to one prompt share it where that saves something. */
export function packAnswers<Answer extends PpoAnswer>(
  batch: readonly Answer[],
  maxTokens: number,
): AnswerRow<Answer>[] {
  const answers = new Map<Datum, Answer>();
  for (const answer of batch) {
    const weights = answer.ids.map((_, i) => (i < answer.prompt ? 0 : 1));
    answers.set({ ids: answer.ids, weights }, answer);
  }
  return fillBatches(packRows([...answers.keys()]), maxTokens).map((rows) => {
    const { ids, pieces, targets } = layOut(rows);
    const valuedAt: number[] = [];
    for (const { datum, token, at } of targets) {
      valuedAt.push(at);
      // An answer's tokens are neighbours: the position after the one that predicts the last is its own.
      if (token === datum.ids.length - 1) valuedAt.push(at + 1);
    }
    return {
      answers: [...new Set(targets.map(({ datum }) => answers.get(datum)!))],
      ids,
      pieces,
      targets: BigInt64Array.from(targets, ({ datum, token }) => BigInt(datum.ids[token]!)),
      predictedAt: BigInt64Array.from(targets, ({ at }) => BigInt(at)),
      valuedAt: BigInt64Array.from(valuedAt, BigInt),
    };
  });
}

/** Row-major places in [answers, width] of lists that have `answerLength + extra` entries for each answer. */
export function placesIn(answers: readonly PpoAnswer[], width: number, extra: 0 | 1): BigInt64Array {
  const places = answers.flatMap((answer, row) =>
    Array.from({ length: answerLength(answer) + extra }, (_, t) => BigInt(row * width + t)),
  );
  return BigInt64Array.from(places);
}

/** A list of numbers per row, filled up with 0 to `width`. */
export const padded = (rows: readonly (readonly number[])[], width: number): number[][] =>
  rows.map((row) => [...row, ...Array.from({ length: width - row.length }, () => 0)]);

/** What the losses of a minibatch are means over. */
export const totalsOf = (batch: readonly PpoAnswer[]): PpoTotals => {
  const tokens = batch.reduce((sum, answer) => sum + answerLength(answer), 0);
  return { tokens, values: tokens + batch.length };
};
