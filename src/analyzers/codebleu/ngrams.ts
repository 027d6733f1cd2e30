/** The n-gram parts: BLEU-4 (Papineni et al. 2002), and its recall with keywords weighing five times the rest. */

const ORDERS = [1, 2, 3, 4] as const;
/** Added to a count of zero (method 1 of Chen and Cherry 2014). */
const EPSILON = 0.1;
const PLAIN_WEIGHT = 0.2;

export type NgramCounts = ReadonlyMap<string, number>;

/** A text's n-grams of orders 1 to 4, and how many tokens it has. */
export interface Ngrams {
  readonly tokens: number;
  readonly counts: readonly NgramCounts[];
}

/** Of one candidate against its references. */
export function ngramMatch(references: readonly Ngrams[], candidate: Ngrams): number {
  const parts = ORDERS.map((n) => {
    let hits = 0;
    let all = 0;
    for (const [ngram, count] of candidate.counts[n - 1]!) {
      let most = 0;
      for (const { counts } of references) most = Math.max(most, counts[n - 1]!.get(ngram) ?? 0);
      hits += Math.min(count, most);
      all += count;
    }
    return { hits, all: Math.max(1, all) };
  });
  return score(parts, closestLength(references, candidate), candidate.tokens);
}

/** The package takes the length of a pair of tokens and weights, 2, for that of the reference: so here. */
const WEIGHTED_LENGTH = 2;

export function weightedNgramMatch(
  references: readonly Ngrams[],
  candidate: Ngrams,
  keywords: ReadonlySet<string>,
): number {
  const parts = ORDERS.map((n) => {
    const own = candidate.counts[n - 1]!;
    let [hits, all] = [0, 0];
    for (const reference of references) {
      let [found, wanted] = [0, 0];
      for (const [ngram, count] of reference.counts[n - 1]!) {
        const weight = n > 1 || keywords.has(ngram) ? 1 : PLAIN_WEIGHT;
        found += weight * Math.min(count, own.get(ngram) ?? 0);
        wanted += weight * count;
      }
      hits += found;
      all += Math.max(1, wanted);
    }
    return { hits, all };
  });
  return score(parts, WEIGHTED_LENGTH, candidate.tokens);
}

function score(
  parts: readonly { readonly hits: number; readonly all: number }[],
  wanted: number,
  length: number,
): number {
  if (parts[0]!.hits === 0) return 0;
  const logs = parts.map(({ hits, all }) => Math.log((hits === 0 ? EPSILON : hits) / all) / ORDERS.length);
  // What is shorter than wanted is penalised.
  const penalty = length > wanted ? 1 : length === 0 ? 0 : Math.exp(1 - wanted / length);
  return penalty * Math.exp(logs.reduce((a, b) => a + b, 0));
}

/** Of the reference whose length is closest, the shorter of two that are equally close. */
function closestLength(references: readonly Ngrams[], { tokens: length }: Ngrams): number {
  return references
    .map((reference) => reference.tokens)
    .reduce((best, next) => {
      const nearer = Math.abs(next - length) - Math.abs(best - length);
      return nearer < 0 || (nearer === 0 && next < best) ? next : best;
    });
}

/** Tokens hold no white space, so that a space joins without doubt. In order of first appearance. */
export function countNgrams(tokens: readonly string[]): NgramCounts[] {
  let ngrams = tokens;
  return ORDERS.map((n) => {
    // Each is one of the order below with the next token behind it.
    if (n > 1)
      ngrams = ngrams.slice(0, tokens.length - n + 1).map((ngram, at) => `${ngram} ${tokens[at + n - 1]!}`);
    const counts = new Map<string, number>();
    for (const ngram of ngrams) counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
    return counts;
  });
}
