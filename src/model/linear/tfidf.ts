/** TF-IDF: which terms count and how much, learnt from texts; a text then is a sparse vector of length 1. */
import { countTerms } from "./terms.ts";

export interface TfidfOptions {
  /** Pairs of neighbouring words beside single words. */
  readonly pairs: boolean;
  /** A term must occur in this many texts. */
  readonly minTexts: number;
  /** At most this many terms, those in most texts first. */
  readonly maxTerms: number;
}

export interface Tfidf {
  readonly pairs: boolean;
  /** Term -> feature. */
  readonly features: ReadonlyMap<string, number>;
  /** Inverse document frequency of each feature, ln((1 + n) / (1 + df)) + 1: the smoothed form of scikit-learn. */
  readonly idf: Float32Array;
}

/** Sparse rows one behind another: row i holds entries `starts[i]` to `starts[i + 1]`. */
export interface SparseRows {
  readonly starts: Int32Array;
  readonly features: Int32Array;
  readonly values: Float32Array;
}

export function fitTfidf(texts: readonly string[], options: TfidfOptions): Tfidf {
  const frequency = new Map<string, number>();
  for (const text of texts)
    for (const term of countTerms(text, options.pairs).keys())
      frequency.set(term, (frequency.get(term) ?? 0) + 1);
  const kept = [...frequency]
    .filter(([, count]) => count >= options.minTexts)
    // By frequency, then by spelling, so that the order of the texts does not matter.
    .toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, options.maxTerms);
  return {
    pairs: options.pairs,
    features: new Map(kept.map(([term], feature) => [term, feature])),
    idf: Float32Array.from(kept, ([, count]) => Math.log((1 + texts.length) / (1 + count)) + 1),
  };
}

/** Weights are (1 + ln tf) idf, divided by the Euclidean length of the row. A text without known terms is an empty row. */
export function transform({ pairs, features: known, idf }: Tfidf, texts: readonly string[]): SparseRows {
  const starts = new Int32Array(texts.length + 1);
  const features: number[] = [];
  const values: number[] = [];
  texts.forEach((text, row) => {
    const begin = features.length;
    let squares = 0;
    for (const [term, count] of countTerms(text, pairs)) {
      const feature = known.get(term);
      if (feature === undefined) continue;
      const value = (1 + Math.log(count)) * idf[feature]!;
      squares += value * value;
      features.push(feature);
      values.push(value);
    }
    const length = Math.sqrt(squares);
    for (let at = begin; at < values.length; at++) values[at]! /= length;
    starts[row + 1] = features.length;
  });
  return { starts, features: Int32Array.from(features), values: Float32Array.from(values) };
}
