/** Scores items: each is graded once, however often it is sent, and what fails on our side is null with the reason. */
import { InfraError } from "../../core/index.ts";
import type { Judge } from "../../envs/alignment/index.ts";
import type { ProgramRewardOptions } from "../../rewards/index.ts";
import { contentHash } from "../../util/hash.ts";
import type { ProgramGrader } from "../../verify/programs/index.ts";
import { parseItem, type ScoreErrorClass, type ScoreItem, type ScoreResult } from "./items.ts";
import { rewardOf } from "./reward-of.ts";

export interface ScorerOptions {
  readonly grader: ProgramGrader;
  readonly reward?: ProgramRewardOptions;
  /** Reads code for the preset `align`; without one such items have no reward. */
  readonly judge?: Judge | undefined;
  /** An item that takes longer is answered with null; below the patience of every engine (150 s). */
  readonly itemMs?: number;
  /** Answers that are remembered. */
  readonly remembered?: number;
}

export interface Scorer {
  /** Never rejects: an item that cannot be scored says why in its result. */
  score(value: unknown): Promise<ScoreResult>;
  /** Items under way. */
  readonly pending: number;
  /** Items asked from now on are refused; resolves when those under way are done. */
  close(): Promise<void>;
}

const ITEM_MS = 140_000;
const REMEMBERED = 20_000;

export function createScorer(options: ScorerOptions): Scorer {
  const { grader, judge, reward = {}, itemMs = ITEM_MS, remembered = REMEMBERED } = options;
  /** By content, which includes the id. Failures of ours are forgotten, so that a second try is one. */
  const known = new Map<string, Promise<ScoreResult>>();
  const underWay = new Set<Promise<unknown>>();
  let closing = false;

  const fresh = async (item: ScoreItem): Promise<ScoreResult> => {
    const begun = performance.now();
    const { id } = item;
    try {
      const earned = await within(rewardOf(item, { grader, reward, judge }), itemMs);
      const ms = Math.round(performance.now() - begun);
      return { id, ...earned, error: null, ms, cached: false };
    } catch (error) {
      if (error instanceof Late) return failure(id, "timeout", `not done within ${itemMs / 1000} s`, begun);
      if (error instanceof InfraError) return failure(id, "infra", error.message, begun);
      // A defect of ours says nothing about the program either.
      return failure(id, "infra", error instanceof Error ? error.message : String(error), begun);
    }
  };

  return {
    async score(value) {
      const begun = performance.now();
      const item = parseItem(value);
      const id = (value as { id?: unknown } | null)?.id;
      if (typeof item === "string") return failure(typeof id === "string" ? id : "", "bad-item", item, begun);
      const key = contentHash(item);
      const before = known.get(key);
      if (before !== undefined) return { ...(await before), cached: true };
      if (closing) return failure(item.id, "closing", "the server is closing", begun);
      const answer = fresh(item);
      known.set(key, answer);
      underWay.add(answer);
      if (known.size > remembered) known.delete(known.keys().next().value!);
      const result = await answer;
      underWay.delete(answer);
      if (result.error !== null) known.delete(key);
      return result;
    },
    get pending() {
      return underWay.size;
    },
    async close() {
      closing = true;
      await Promise.allSettled(underWay);
    },
  };
}

class Late extends Error {}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late()), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function failure(id: string, kind: ScoreErrorClass, message: string, begun: number): ScoreResult {
  const ms = Math.round(performance.now() - begun);
  return {
    id,
    reward: null,
    components: {},
    verdict: null,
    error: { class: kind, message },
    ms,
    cached: false,
  };
}
