/** What a policy may write in a replacement besides words of the page: learnt from demonstrations, saved with the model. */
import { z } from "zod";

export const LexiconSchema = z.strictObject({
  /** Runs of letters, for instance `escape`, `basename`. */
  words: z.array(z.string()),
  /** Ids of tokens that are not words: punctuation, digits, newlines. */
  others: z.array(z.int()),
});
export type Lexicon = z.infer<typeof LexiconSchema>;

export const lettersOf = (text: string): string[] => text.match(/[A-Za-z]+/g) ?? [];
