/** Scores items: each is graded once, however often it is sent, and what fails on our side is null with the reason. */
import { InfraError } from "../../core/index.ts";
import { programReward, type ProgramRewardOptions } from "../../rewards/index.ts";
import { contentHash } from "../../util/hash.ts";
import {
  categoryOf,
  extractProgram,
  passed,
  type ProgramGrade,
  type ProgramGrader,
} from "../../verify/programs/index.ts";
import {
  parseItem,
  type ScoreErrorClass,
  type ScoreItem,
  type ScoreResult,
  type ScoreVerdict,
} from "./items.ts";

export interface ScorerOptions {
  readonly grader: ProgramGrader;
  readonly reward?: ProgramRewardOptions;
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
  const { grader, reward = {}, itemMs = ITEM_MS, remembered = REMEMBERED } = options;
  /** By content, which includes the id. Failures of ours are forgotten, so that a second try is one. */
  const known = new Map<string, Promise<ScoreResult>>();
  const underWay = new Set<Promise<unknown>>();
  let closing = false;

  const fresh = async (item: ScoreItem): Promise<ScoreResult> => {
    const begun = performance.now();
    const { id, preset, task, completion } = item;
    try {
      const code = extractProgram(completion, task.language);
      const exploits = preset === "executed-security";
      const grade = await within(grader.grade(task, code, { exploits }), itemMs);
      const { value, components } = programReward(preset, grade, reward);
      return {
        id,
        reward: value,
        components,
        verdict: describe(grade),
        error: null,
        ms: Math.round(performance.now() - begun),
        cached: false,
      };
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

function describe(grade: ProgramGrade): ScoreVerdict {
  const worked = grade.exploits.filter((exploit) => exploit.worked).map(({ id }) => id);
  const findings = grade.findings.map(({ rule, line }) => `${rule}:${line}`);
  return {
    category: categoryOf(grade),
    ...(grade.syntaxError === undefined ? {} : { syntax_error: grade.syntaxError }),
    passed: passed(grade),
    tests: grade.tests.map(({ verdict }) => verdict),
    exploits: worked,
    findings,
  };
}
