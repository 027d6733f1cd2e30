/** The environment's answers in the few tokens that a small policy reads. */
import type { PatchResult } from "../observation.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** The observation mark, the step in one word, and the mark that asks for the next action. */
export function observationIds(vocabulary: Vocabulary, result: PatchResult): number[] {
  return [vocabulary.marks.obs, ...vocabulary.tokenizer.encode(result), vocabulary.marks.turn];
}
