/** Trains a byte-level BPE tokenizer and writes it in the `tokenizer.json` format of Hugging Face tokenizers. */
import { byteAlphabet } from "./token-bytes.ts";

/**
 * How source code is cut before merging: a word with an optional leading dot, at most two digits, one
 * underscore, a newline with its indent, or a run of anything else. Words are cut the same wherever they
 * stand, so that a model can copy an identifier token by token.
 */
export const CODE_PIECES = "\\.?[A-Za-z]+|[0-9]{1,2}|_|\\n *|[^A-Za-z0-9_\\n.]+|\\.";

const ALPHABET = byteAlphabet();

export interface TokenizerJson {
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string])[];
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/**
 * Byte-pair encoding over the pieces of `corpus`: the most frequent adjacent pair is merged first, ties by text.
 * `vocabSize` counts the 256 bytes, the merges and the special tokens; special tokens get the last ids.
 */
export function trainTokenizer(
  corpus: Iterable<string>,
  vocabSize: number,
  special: readonly string[],
): TokenizerJson {
  const pieces = countPieces(corpus);
  const words = [...pieces]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([text, count]) => ({ symbols: toSymbols(text), count }));
  const vocab = new Map<string, number>(ALPHABET.map((symbol, id) => [symbol, id]));
  const merges: [string, string][] = [];
  const pairs = new PairTable(words);
  while (vocab.size + special.length < vocabSize) {
    const best = pairs.best();
    if (best === undefined) break;
    const [left, right] = best;
    merges.push([left, right]);
    vocab.set(left + right, vocab.size);
    pairs.merge(left, right);
  }
  return assemble(vocab, merges, special);
}

function countPieces(corpus: Iterable<string>): Map<string, number> {
  const pattern = new RegExp(CODE_PIECES, "gu");
  const counts = new Map<string, number>();
  for (const text of corpus)
    for (const [piece] of text.matchAll(pattern)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  return counts;
}

function toSymbols(text: string): string[] {
  return [...new TextEncoder().encode(text)].map((byte) => ALPHABET[byte]!);
}

interface Word {
  symbols: string[];
  readonly count: number;
}

/** Pair frequencies, updated only for the words that a merge touches. */
class PairTable {
  readonly #words: readonly Word[];
  readonly #counts = new Map<string, number>();
  readonly #where = new Map<string, Set<number>>();

  constructor(words: readonly Word[]) {
    this.#words = words;
    words.forEach((_, index) => this.#add(index, 1));
  }

  /** The pair with the highest count of at least 2. */
  best(): [string, string] | undefined {
    let bestKey: string | undefined;
    let bestCount = 1;
    for (const [key, count] of this.#counts) {
      if (count > bestCount || (count === bestCount && bestKey !== undefined && key < bestKey))
        [bestKey, bestCount] = [key, count];
    }
    return bestKey === undefined ? undefined : (bestKey.split(" ") as [string, string]);
  }

  merge(left: string, right: string): void {
    for (const index of this.#where.get(`${left} ${right}`) ?? []) {
      this.#add(index, -1);
      const word = this.#words[index]!;
      const out: string[] = [];
      for (const symbol of word.symbols) {
        if (symbol === right && out.at(-1) === left) out[out.length - 1] = left + right;
        else out.push(symbol);
      }
      word.symbols = out;
      this.#add(index, 1);
    }
  }

  #add(index: number, sign: 1 | -1): void {
    const { symbols, count } = this.#words[index]!;
    for (let i = 0; i + 1 < symbols.length; i++) {
      const key = `${symbols[i]} ${symbols[i + 1]}`;
      const total = (this.#counts.get(key) ?? 0) + sign * count;
      if (total > 0) this.#counts.set(key, total);
      else this.#counts.delete(key);
      let where = this.#where.get(key);
      if (where === undefined) this.#where.set(key, (where = new Set()));
      if (sign === 1) where.add(index);
    }
  }
}

function assemble(
  vocab: Map<string, number>,
  merges: [string, string][],
  special: readonly string[],
): TokenizerJson {
  const first = vocab.size;
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.map((content, i) => ({
      id: first + i,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: CODE_PIECES }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(vocab),
      merges,
    },
  };
}
