/** PrimeVul's view on pairs: whether the vulnerable function and its fix are told apart. */
import { wilson } from "../../util/stats.ts";
import type { Confusion } from "./metrics.ts";

/** Both right, both called vulnerable, both called benign, both wrong. */
export const PAIR_OUTCOMES = ["p_c", "p_v", "p_b", "p_r"] as const;
export type PairOutcome = (typeof PAIR_OUTCOMES)[number];

export interface PairSummary {
  /** Pairs of which both halves have an answer. */
  readonly n: number;
  readonly metrics: Readonly<Record<PairOutcome, number | null>>;
  /** Wilson's; pairs are independent of one another. */
  readonly intervals: Readonly<Record<PairOutcome, readonly [low: number, high: number]>>;
  readonly counts: Readonly<Record<PairOutcome, number>>;
  /** Pairs with an unclear answer; they are in the counts, by what that counts as. */
  readonly unclear: number;
  /** Names that do not stand on exactly one vulnerable and one other row with an answer; they are in no other number. */
  readonly broken: number;
}

export interface PairRow {
  readonly pair: string | undefined;
  readonly counted: Confusion;
  readonly unclear: boolean;
}

/** Undefined when no row names a pair. */
export function summarisePairs(rows: readonly PairRow[]): PairSummary | undefined {
  const byName = new Map<string, PairRow[]>();
  for (const row of rows)
    if (row.pair !== undefined) byName.set(row.pair, [...(byName.get(row.pair) ?? []), row]);
  if (byName.size === 0) return undefined;
  const counts = { p_c: 0, p_v: 0, p_b: 0, p_r: 0 };
  let [n, unclear, broken] = [0, 0, 0];
  for (const halves of byName.values()) {
    const vulnerable = halves.find(({ counted }) => counted.tp + counted.fn > 0);
    const benign = halves.find(({ counted }) => counted.tn + counted.fp > 0);
    if (halves.length !== 2 || vulnerable === undefined || benign === undefined) {
      broken++;
      continue;
    }
    n++;
    if (vulnerable.unclear || benign.unclear) unclear++;
    const [found, cleared] = [vulnerable.counted.tp > 0, benign.counted.tn > 0];
    counts[found ? (cleared ? "p_c" : "p_v") : cleared ? "p_b" : "p_r"]++;
  }
  const each = <T>(of: (count: number) => T): Record<PairOutcome, T> =>
    Object.fromEntries(PAIR_OUTCOMES.map((name) => [name, of(counts[name])])) as Record<PairOutcome, T>;
  return {
    n,
    metrics: each((count) => (n === 0 ? null : count / n)),
    intervals: each((count) => {
      const { low, high } = wilson(count, n);
      return [low, high] as const;
    }),
    counts,
    unclear,
    broken,
  };
}
