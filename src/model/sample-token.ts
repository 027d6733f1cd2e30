/** Draws one token from one row of logits. */
import type { Rng } from "../util/rng.ts";

export interface DrawOptions {
  readonly temperature: number;
  readonly topP: number;
}

export interface Drawn {
  readonly id: number;
  /** Natural log of its probability under temperature and mask, before top-p cuts the tail (as TRL's old log-probs). */
  readonly logprob: number;
}

/**
 * `logits` [V]; `mask` [V], 0 = forbidden. Temperature 0 takes the most likely token (the lowest id on a tie) and
 * reports its log-probability at temperature 1. Throws when every token is forbidden or a permitted logit is NaN.
 */
export function drawToken(
  logits: Float32Array,
  mask: Uint8Array | undefined,
  options: DrawOptions,
  rng: Rng,
): Drawn {
  const scale = options.temperature === 0 ? 1 : 1 / options.temperature;
  const ids: number[] = [];
  let best = -1;
  for (let id = 0; id < logits.length; id++) {
    if (mask !== undefined && mask[id] === 0) continue;
    const value = logits[id]!;
    if (Number.isNaN(value)) throw new RangeError("the model produced NaN logits");
    ids.push(id);
    if (best < 0 || value > logits[best]!) best = id;
  }
  if (best < 0) throw new RangeError("the constraint permits no token");
  const top = logits[best]! * scale;
  const weights = ids.map((id) => Math.exp(logits[id]! * scale - top));
  const total = weights.reduce((a, b) => a + b, 0);
  const logprobOf = (id: number): number => logits[id]! * scale - top - Math.log(total);
  if (options.temperature === 0) return { id: best, logprob: logprobOf(best) };
  const id =
    options.topP < 1
      ? drawNucleus(ids, weights, total * options.topP, rng)
      : drawWeighted(ids, weights, total, rng);
  return { id, logprob: logprobOf(id) };
}

function drawWeighted(ids: readonly number[], weights: readonly number[], total: number, rng: Rng): number {
  let left = rng.next() * total;
  for (let i = 0; i < ids.length; i++) {
    left -= weights[i]!;
    if (left < 0) return ids[i]!;
  }
  return ids[weights.findLastIndex((weight) => weight > 0)]!;
}

/** Holtzman et al. 2020: the smallest set of most likely tokens that reaches the wanted mass. */
function drawNucleus(ids: readonly number[], weights: readonly number[], wanted: number, rng: Rng): number {
  const order = ids.map((_, i) => i).sort((a, b) => weights[b]! - weights[a]! || a - b);
  let mass = 0;
  let count = 0;
  while (count < order.length && mass < wanted) mass += weights[order[count++]!]!;
  const kept = order.slice(0, count);
  return drawWeighted(
    kept.map((i) => ids[i]!),
    kept.map((i) => weights[i]!),
    mass,
    rng,
  );
}
