/** Texts that are unlike each other: k-means over their vectors, then the one nearest to each centre. */
import { makeRng } from "../../util/rng.ts";

export type Vector = Float64Array;

/** Of our own vectors. */
const WIDTH = 512;
const ROUNDS = 50;

/**
 * Vectors of unit length from words and pairs of words (feature hashing, Weinberger et al. 2009), weighted by how rare
 * they are among these texts. No model is needed; vectors of one may be given in their place.
 */
export function hashedVectors(texts: readonly string[]): Vector[] {
  const features = texts.map(featuresOf);
  const seen = new Map<string, number>();
  for (const own of features) for (const name of own.keys()) seen.set(name, (seen.get(name) ?? 0) + 1);
  return features.map((own) => {
    const vector = new Float64Array(WIDTH);
    for (const [name, count] of own) {
      const hash = fnv(name);
      const weight = (1 + Math.log(count)) * Math.log(1 + texts.length / seen.get(name)!);
      vector[hash % WIDTH]! += (hash & 0x80000000) === 0 ? weight : -weight;
    }
    return unit(vector);
  });
}

function featuresOf(text: string): Map<string, number> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const counts = new Map<string, number>();
  words.forEach((word, at) => {
    for (const name of at === 0 ? [word] : [word, `${words[at - 1]} ${word}`])
      counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  return counts;
}

function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}

export function unit(vector: Vector): Vector {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** Of unit vectors. */
export function cosine(a: Vector, b: Vector): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

/**
 * Indices of at most `k` vectors, in their order: of each cluster the one nearest to its centre. Lloyd's algorithm from
 * k-means++ (Arthur and Vassilvitskii 2007); the same seed gives the same choice.
 */
export function pickDiverse(vectors: readonly Vector[], k: number, seed: string): number[] {
  if (vectors.length <= k) return [...vectors.keys()];
  let centres = startCentres(vectors, k, seed);
  let cluster: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const next = vectors.map((vector) => nearest(vector, centres));
    if (next.every((value, index) => value === cluster[index])) break;
    cluster = next;
    centres = centres.map(
      (centre, index) => meanOf(vectors.filter((_, at) => cluster[at] === index)) ?? centre,
    );
  }
  const best = centres.flatMap((centre, index) => {
    let [found, least] = [-1, Number.POSITIVE_INFINITY];
    vectors.forEach((vector, at) => {
      const far = distance(vector, centre);
      if (cluster[at] === index && far < least) [found, least] = [at, far];
    });
    return found < 0 ? [] : [found];
  });
  return best.toSorted((a, b) => a - b);
}

function startCentres(vectors: readonly Vector[], k: number, seed: string): Vector[] {
  const rng = makeRng(seed);
  const centres = [vectors[rng.int(vectors.length)]!];
  const far = vectors.map((vector) => distance(vector, centres[0]!));
  while (centres.length < k) {
    const total = far.reduce((sum, one) => sum + one, 0);
    // All that are left stand on a centre.
    if (total === 0) break;
    let at = 0;
    for (let left = rng.next() * total - far[0]!; left > 0 && at < far.length - 1;) left -= far[++at]!;
    centres.push(vectors[at]!);
    vectors.forEach((vector, index) => (far[index] = Math.min(far[index]!, distance(vector, vectors[at]!))));
  }
  return centres;
}

function nearest(vector: Vector, centres: readonly Vector[]): number {
  let [found, least] = [0, Number.POSITIVE_INFINITY];
  centres.forEach((centre, index) => {
    const far = distance(vector, centre);
    if (far < least) [found, least] = [index, far];
  });
  return found;
}

/** Squared. */
function distance(a: Vector, b: Vector): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at]! - b[at]!) ** 2;
  return sum;
}

function meanOf(vectors: readonly Vector[]): Vector | undefined {
  if (vectors.length === 0) return undefined;
  const sum = new Float64Array(vectors[0]!.length);
  for (const vector of vectors) vector.forEach((value, at) => (sum[at]! += value));
  return sum.map((value) => value / vectors.length);
}
