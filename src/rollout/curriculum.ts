/** Which kind of task to practise next: the kinds whose groups lately differed most within themselves. */
import type { Rng } from "../util/rng.ts";
import { standardDeviation } from "../util/stats.ts";

/** Of a kind that was never drawn: about the spread of a group that half succeeds. */
const UNKNOWN = 0.5;
/** Weight of the newest group in a kind's running mean. */
const NEWEST = 0.3;
/** Every kind stays likely enough to be looked at again. */
const FLOOR = 0.05;

/**
 * A group of equal rewards has no gradient under group-relative advantages, so that a task is worth drawing in
 * proportion to the standard deviation of its rewards (compare dynamic sampling in DAPO, Yu et al. 2025, which
 * throws such groups away after paying for them).
 */
export class Curriculum {
  readonly #kinds: readonly string[];
  readonly #spread: Map<string, number>;

  /** `state` from an earlier `state()`; kinds that it does not know start as unknown. */
  constructor(kinds: readonly string[], state: Readonly<Record<string, number>> = {}) {
    this.#kinds = kinds;
    this.#spread = new Map(kinds.map((kind) => [kind, state[kind] ?? UNKNOWN]));
  }

  pick(rng: Rng): string {
    const weights = this.#kinds.map((kind) => FLOOR + this.#spread.get(kind)!);
    let left = rng.next() * weights.reduce((a, b) => a + b, 0);
    return this.#kinds.find((_, i) => (left -= weights[i]!) < 0) ?? this.#kinds.at(-1)!;
  }

  /** Rewards of one group; null (no signal) says nothing. */
  record(kind: string, rewards: readonly (number | null)[]): void {
    const known = rewards.filter((reward) => reward !== null);
    const before = this.#spread.get(kind);
    if (known.length < 2 || before === undefined) return;
    this.#spread.set(kind, before + NEWEST * (standardDeviation(known) - before));
  }

  state(): Record<string, number> {
    return Object.fromEntries(this.#spread);
  }
}
