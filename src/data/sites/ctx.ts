/** Draws the names and values of one site; every name is drawn once. */
import type { Rng } from "../../util/rng.ts";
import { makeNames, type Names } from "../webapps/names.ts";
import type { Pool } from "../webapps/words.ts";
import type { Language } from "./part.ts";

export interface Ctx {
  readonly rng: Rng;
  readonly language: Language;
  readonly names: Names;
  /** A variable, a parameter, a key of data. */
  noun(): string;
  plural(): string;
  /** A function, in the manner of the language. */
  func(): string;
  constant(): string;
  /** `/` and a fresh word, sometimes two. */
  route(): string;
  /** A module of functions, without extension. */
  module(): string;
}

/** Words that name something else where sites use them. */
const TAKEN = new Set(
  `package interface native export module process require answer read send listen query form text raw target res req host user
  body header person people token key word error owner entry record note kind part parts line lines value`
    .split(/\s+/)
    .map((word) => word.trim()),
);

export function makeCtx(rng: Rng, language: Language, pool: Pool): Ctx {
  const names = makeNames(rng.fork("names"), pool);
  const fresh = (draw: () => string): string => {
    for (;;) {
      const word = draw();
      if (!TAKEN.has(word) && !TAKEN.has(word.replace(/s$/, ""))) return word;
    }
  };
  const noun = (): string => fresh(() => names.noun(9));
  const plural = (): string => fresh(() => names.plural(10));
  const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1);
  return {
    rng,
    language,
    names,
    noun,
    plural,
    func: () => {
      const [verb, what] = [names.verb(), rng.chance(0.5) ? noun() : plural()];
      return language === "python" ? `${verb}_${what}` : verb + capital(what);
    },
    constant: () => plural().toUpperCase(),
    route: () => (rng.chance(0.3) ? `/${plural()}/${noun()}` : `/${plural()}`),
    module: () =>
      `${noun()}${language === "python" ? "_" : "-"}${rng.pick(["store", "book", "desk", "data", "tools"])}`,
  };
}
