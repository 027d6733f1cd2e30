/** Draws one token from one row of logits. */
import type { Rng } from "../util/rng.ts";

export interface DrawOptions {
  readonly temperature: number;
  readonly topP: number;
  /** Keep so many of the most likely tokens; default all. */
  readonly topK?: number | undefined;
  /** Keep tokens at least this share as likely as the most likely one; default 0. */
  readonly minP?: number | undefined;
}

export interface Drawn {
  readonly id: number;
  /** Natural log of its probability under temperature and mask, before top-p cuts the tail (as TRL's old log-probs). */
  readonly logprob: number;
}

/**
 * `logits` [V]; `mask` [V], 0 = forbidden. Temperature 0 takes the most likely token (the lowest id on a tie) and
 * reports its log-probability at temperature 1. `likelihoods` [V], where they are known already, are
 * exp((logits - highest logit) / temperature). Throws when every token is forbidden or a permitted logit is NaN.
 */
export function drawToken(
  logits: Float32Array,
  mask: Uint8Array | undefined,
  options: DrawOptions,
  rng: Rng,
  likelihoods?: Float32Array,
): Drawn {
  const { temperature, topP, topK = Infinity, minP = 0 } = options;
  const known = temperature === 0 || likelihoods === undefined ? undefined : permitted(likelihoods, mask);
  const { weights, total } = known ?? weigh(logits, mask, temperature === 0 ? 1 : temperature);
  const logprobOf = (id: number): number => Math.log(weights[id]! / total);
  if (temperature === 0) {
    const best = mostLikely(logits, mask);
    return { id: best, logprob: logprobOf(best) };
  }
  const cut = topP < 1 || topK < logits.length || minP > 0;
  const id = cut
    ? drawCut(weights, total, { topP, topK, minP }, rng)
    : drawWeighted(weights, undefined, total, rng);
  return { id, logprob: logprobOf(id) };
}

type Numbers = Float32Array | Float64Array;

interface Weighed {
  /** Zero where forbidden. */
  readonly weights: Numbers;
  readonly total: number;
}

/** Relative to the most likely permitted token. */
function weigh(logits: Float32Array, mask: Uint8Array | undefined, temperature: number): Weighed {
  const scale = 1 / temperature;
  const top = logits[mostLikely(logits, mask)]! * scale;
  const weights = new Float64Array(logits.length);
  let total = 0;
  for (let id = 0; id < logits.length; id++) {
    if (mask !== undefined && mask[id] === 0) continue;
    total += weights[id] = Math.exp(logits[id]! * scale - top);
  }
  return { weights, total };
}

/** Below this, what is permitted is too unlikely beside what is not for float32. */
const LEAST_TOTAL = 1e-25;

/** Undefined where `weigh` has to look at the logits: too little is left, or there is a NaN. */
function permitted(likelihoods: Float32Array, mask: Uint8Array | undefined): Weighed | undefined {
  let total = 0;
  const weights = mask === undefined ? likelihoods : new Float32Array(likelihoods.length);
  for (let id = 0; id < likelihoods.length; id++) {
    if (mask !== undefined && mask[id] === 0) continue;
    const weight = likelihoods[id]!;
    if (mask !== undefined) weights[id] = weight;
    total += weight;
  }
  return total > LEAST_TOTAL ? { weights, total } : undefined;
}

/** The permitted token with the highest logit, the lowest id on a tie. Throws as `drawToken` does. */
export function mostLikely(logits: Float32Array, mask: Uint8Array | undefined): number {
  let best = -1;
  let highest = -Infinity;
  for (let id = 0; id < logits.length; id++) {
    const value = logits[id]!;
    // Written so that one comparison sends on what is higher and what is NaN.
    if ((best >= 0 && value <= highest) || (mask !== undefined && mask[id] === 0)) continue;
    if (Number.isNaN(value)) throw new RangeError("the model produced NaN logits");
    highest = value;
    best = id;
  }
  if (best < 0) throw new RangeError("the constraint permits no token");
  return best;
}

/** Among `ids` (default all), each by its weight, which together make `total`. */
function drawWeighted(weights: Numbers, ids: readonly number[] | undefined, total: number, rng: Rng): number {
  const own = ids === undefined ? weights : ids.map((id) => weights[id]!);
  const count = own.length;
  let left = rng.next() * total;
  let i = 0;
  while (i < count && (left -= own[i]!) >= 0) i++;
  // Rounding may leave a rest: the last that can be drawn at all.
  if (i === count) for (i = count - 1; i > 0 && own[i] === 0;) i--;
  return ids?.[i] ?? i;
}

/**
 * Top-k and min-p (Nguyen et al. 2024) by themselves, then top-p over what they leave (Holtzman et al. 2020): the
 * smallest set of most likely tokens that reaches the wanted mass.
 */
function drawCut(
  weights: Numbers,
  total: number,
  { topP, topK, minP }: { topP: number; topK: number; minP: number },
  rng: Rng,
): number {
  const order: number[] = [];
  for (let id = 0; id < weights.length; id++) if (weights[id]! > 0) order.push(id);
  order.sort((a, b) => weights[b]! - weights[a]! || a - b);
  const least = weights[order[0]!]! * minP;
  const below = order.findIndex((id, rank) => rank >= topK || weights[id]! < least);
  const left = below < 0 ? order : order.slice(0, Math.max(1, below));
  const leftTotal = below < 0 ? total : left.reduce((sum, id) => sum + weights[id]!, 0);
  const wanted = leftTotal * topP;
  let mass = 0;
  let count = 0;
  while (count < left.length && mass < wanted) mass += weights[left[count++]!]!;
  return drawWeighted(weights, left.slice(0, Math.max(1, count)), mass, rng);
}
