/** What calls to a paid model have cost and may yet cost, on disk, so that a ceiling holds across kills. */
import type { KeyedLog } from "../../runs/keyed-log.ts";

/** Of a million tokens, in whatever currency the ceiling is. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

/** State of one attempt. */
export interface Attempt {
  readonly state: "sent" | "paid" | "free" | "unknown";
  /** The most that it can cost while `sent` or `unknown`, what it cost when `paid`. */
  readonly cost: number;
}

export interface Ledger {
  /** False: it does not fit under the ceiling beside what is spent and under way. Otherwise it is on disk. */
  reserve(attempt: string, most: number): boolean;
  settle(attempt: string, state: "paid" | "free" | "unknown", cost: number): void;
  /** What was reserved for it. */
  mostOf(attempt: string): number;
  /** Whether waiting for calls under way could make room. */
  underWay(): number;
  spent(): number;
  /** Attempts of which nobody knows whether they were charged; they count at their most. */
  unknown(): number;
}

/**
 * An attempt is written before it is sent. One that is still `sent` when the file is opened was under way when its
 * process was killed: it counts as charged, at its most.
 */
export function createLedger(attempts: KeyedLog<Attempt>, ceiling: number | undefined): Ledger {
  let [spent, open, running, unknown] = [0, 0, 0, 0];
  /** Sent by a process that was killed; what became of them may still turn out. */
  const lost = new Set<string>();
  for (const [attempt, { state, cost }] of attempts.entries()) {
    if (state === "free") continue;
    spent += cost;
    if (state !== "paid") unknown++;
    if (state === "sent") lost.add(attempt);
  }
  return {
    reserve(attempt, most) {
      if (ceiling !== undefined && spent + open + most > ceiling) return false;
      attempts.put(attempt, { state: "sent", cost: most });
      open += most;
      running++;
      return true;
    },
    settle(attempt, state, cost) {
      const before = attempts.get(attempt)!;
      attempts.put(attempt, { state, cost });
      if (lost.delete(attempt)) {
        spent -= before.cost;
        unknown--;
      } else {
        open -= before.cost;
        running--;
      }
      if (state !== "free") spent += cost;
      if (state === "unknown") unknown++;
    },
    mostOf: (attempt) => attempts.get(attempt)!.cost,
    underWay: () => running,
    spent: () => spent,
    unknown: () => unknown,
  };
}

/** Tokens of a message around its text, more than any template has. */
const FRAME = 64;

/** An upper bound: byte-level vocabularies have no token of less than one byte. */
export function mostCost(text: string, maxTokens: number, price: Price): number {
  const bytes = Buffer.byteLength(text) + FRAME;
  return (bytes * price.input + maxTokens * price.output) / 1e6;
}

export const costOf = (promptTokens: number, completionTokens: number, price: Price): number =>
  (promptTokens * price.input + completionTokens * price.output) / 1e6;
