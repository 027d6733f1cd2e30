/** The environment's answers in the few tokens that a small policy reads. */
import type { Vocabulary } from "./vocabulary.ts";

export const REPLIES = [
  "correct",
  "wrong",
  "exploitable",
  "broken",
  "syntax-error",
  "rejected",
  "blocked",
  "no signal",
] as const;
export type Reply = (typeof REPLIES)[number];

/** The observation mark, the answer, and the mark that asks for the next action. */
export function observationIds(vocabulary: Vocabulary, reply: Reply): number[] {
  return [vocabulary.marks.obs, ...vocabulary.tokenizer.encode(reply), vocabulary.marks.turn];
}
