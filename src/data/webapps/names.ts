/** Draws identifiers for one application: realistic or made up, each at most once. */
import type { Rng } from "../../util/rng.ts";
import {
  COMMON_NOUNS,
  COMMON_VERBS,
  madeUpWord,
  UNSEEN_NOUNS,
  UNSEEN_VERBS,
  usable,
  type Pool,
} from "./words.ts";

export interface Names {
  /** A fresh noun of at most `longest` characters: parameter, column, folder. */
  noun(longest?: number): string;
  /** A fresh plural noun: a table or a route. */
  plural(longest?: number): string;
  /** A fresh verb for function names; repeats only when the pool is used up. */
  verb(): string;
}

/** How often a noun is a made-up word, so that a model has to copy instead of recalling. */
const MADE_UP = 0.35;

export function makeNames(rng: Rng, pool: Pool): Names {
  const used = new Set<string>();
  const nouns = (pool === "common" ? COMMON_NOUNS : UNSEEN_NOUNS).filter(usable);
  const verbs = (pool === "common" ? COMMON_VERBS : UNSEEN_VERBS).filter(usable);
  const fresh = (draw: () => string): string => {
    for (let i = 0; i < 200; i++) {
      const word = draw();
      if (used.has(word)) continue;
      used.add(word);
      return word;
    }
    return madeUpWord(rng, pool);
  };
  const noun = (longest = 12): string =>
    fresh(() => {
      for (;;) {
        const word = rng.chance(MADE_UP) ? madeUpWord(rng, pool) : rng.pick(nouns);
        if (word.length <= longest) return word;
      }
    });
  return { noun, plural: (longest) => plural(noun(longest)), verb: () => fresh(() => rng.pick(verbs)) };
}

function plural(word: string): string {
  if (/(s|x|ch|sh|z)$/.test(word)) return `${word}es`;
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return `${word}s`;
}
