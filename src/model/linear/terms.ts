/** Turns text into words and pairs of neighbouring words. */

/** Two or more letters, digits or underscores of any script, as scikit-learn counts words. */
const WORD = /[\p{L}\p{N}_]{2,}/gu;

/** How often each word and each pair of neighbours occurs in the lower-cased text. */
export function countTerms(text: string, pairs: boolean): Map<string, number> {
  const words = text.toLowerCase().match(WORD) ?? [];
  const counts = new Map<string, number>();
  const add = (term: string): void => void counts.set(term, (counts.get(term) ?? 0) + 1);
  words.forEach((word, at) => {
    add(word);
    if (pairs && at > 0) add(`${words[at - 1]!} ${word}`);
  });
  return counts;
}
