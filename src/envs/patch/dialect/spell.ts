/** Which tokens may continue a replacement: every word must be one of the page's or of the lexicon's. */
import { lettersOf, type Lexicon } from "./lexicon.ts";
import type { Page } from "./page.ts";
import { KEYWORDS } from "./python/words.ts";
import type { Vocabulary } from "./vocabulary.ts";

export class Speller {
  readonly #vocabulary: Vocabulary;
  readonly #words: ReadonlySet<string>;
  readonly #prefixes = new Set<string>();
  readonly #namePrefixes = new Set<string>();
  readonly #others: ReadonlySet<number>;
  readonly #masks = new Map<string, Uint8Array>();

  constructor(vocabulary: Vocabulary, lexicon: Lexicon, page: Page) {
    this.#vocabulary = vocabulary;
    this.#words = new Set([...lexicon.words, ...page.lines.flatMap((line) => lettersOf(line.text))]);
    for (const word of this.#words) {
      for (let n = 1; n <= word.length; n++) {
        this.#prefixes.add(word.slice(0, n));
        if (!KEYWORDS.has(word)) this.#namePrefixes.add(word.slice(0, n));
      }
    }
    const used = page.lines.flatMap((line) => line.tokens.filter((id) => vocabulary.kinds[id] === "other"));
    this.#others = new Set([...lexicon.others, ...used]);
  }

  /** The word is empty or whole, so that anything but a letter may follow. */
  complete(word: string): boolean {
    return word === "" || this.#words.has(word);
  }

  has(word: string): boolean {
    return this.#words.has(word);
  }

  /** The letters are, or begin, a word that is not a keyword of Python. */
  beginsName(letters: string): boolean {
    return this.#namePrefixes.has(letters);
  }

  /** Tokens that may follow a replacement that ends in the letters `word`. Shared: do not change. */
  mask(word: string): Uint8Array {
    const known = this.#masks.get(word);
    if (known !== undefined) return known;
    const { kinds, texts } = this.#vocabulary;
    const complete = this.complete(word);
    const mask = new Uint8Array(kinds.length);
    kinds.forEach((kind, id) => {
      if (kind === "word") mask[id] = this.#prefixes.has(word + texts[id]) ? 1 : 0;
      else if (kind === "dot-word") mask[id] = complete && this.#prefixes.has(texts[id]!.slice(1)) ? 1 : 0;
      else if (kind === "other") mask[id] = complete && this.#others.has(id) ? 1 : 0;
    });
    this.#masks.set(word, mask);
    return mask;
  }

  /** The unfinished word after `id` has been written behind `word`. */
  after(word: string, id: number): string {
    const text = this.#vocabulary.texts[id]!;
    const kind = this.#vocabulary.kinds[id];
    if (kind === "word") return word + text;
    return kind === "dot-word" ? text.slice(1) : "";
  }
}
