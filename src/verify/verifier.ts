/** The verifier: proves a scenario once, then judges patches of it, remembering what it has judged. */
import {
  applyPatch,
  InfraError,
  PatchError,
  type Patch,
  type Scenario,
  type Verdict,
} from "../core/index.ts";
import type { Analyzer } from "../analyzers/index.ts";
import type { AppPool } from "../sandbox/index.ts";
import { contentHash } from "../util/hash.ts";
import { makeRng } from "../util/rng.ts";
import { measureBaseline, type Baseline } from "./baseline.ts";
import { climb, type Climbed } from "./ladder.ts";
import { LruMap } from "./lru.ts";
import { startPulse } from "./pulse.ts";

const CACHED_VERDICTS = 4096;
const CACHED_BASELINES = 1024;
const ATTEMPTS = 2;
/** A process that stood still for so long says nothing about how quick an application is. */
const STILL_MS = 2000;

export interface VerifierOptions {
  readonly pool: AppPool;
  /** Without one the rung `analyzers` passes and says so. */
  readonly analyzer?: Analyzer | undefined;
  /** Remember verdicts by content of scenario and candidate; default true. */
  readonly cache?: boolean;
}

export interface VerifyOptions {
  /** False judges anew, without looking at or into what is known. */
  readonly cache?: boolean;
}

export interface Verifier {
  /** Applications run without isolation: to be shown in every report. */
  readonly unsafe: boolean;
  /**
   * Judges a patch of the scenario's original files. May be called concurrently; the pool bounds what runs.
   * An infrastructure fault becomes the outcome `infra-error`, after one retry. Throws PrerequisiteError without
   * isolation.
   */
  verify(scenario: Scenario, patch: Patch, options?: VerifyOptions): Promise<Verdict>;
  /** Proves the scenario on its unpatched application, once. Throws InfraError when it cannot be proven. */
  baseline(scenario: Scenario): Promise<Baseline>;
}

export function createVerifier({ pool, analyzer, cache = true }: VerifierOptions): Verifier {
  const hashes = new WeakMap<Scenario, string>();
  const baselines = new LruMap<string, Promise<Baseline>>(CACHED_BASELINES);
  const verdicts = new LruMap<string, Verdict>(CACHED_VERDICTS);
  const underWay = new Map<string, Promise<Verdict>>();

  const hashOf = (scenario: Scenario): string => {
    const hash = hashes.get(scenario) ?? contentHash(scenario);
    hashes.set(scenario, hash);
    return hash;
  };

  const baseline = (scenario: Scenario): Promise<Baseline> => {
    const key = hashOf(scenario);
    let known = baselines.get(key);
    if (known === undefined) {
      known = retried(() => measureBaseline(pool, scenario, analyzer));
      baselines.set(key, known);
      known.catch(() => baselines.delete(key));
    }
    return known;
  };

  const judge = async (scenario: Scenario, files: Scenario["files"], key: string): Promise<Verdict> => {
    const begun = performance.now();
    const attempt = async (): Promise<Climbed> => {
      const proven = await baseline(scenario);
      return climb(scenario, files, { pool, analyzer, baseline: proven, rng: makeRng(key) });
    };
    // A second look at slowness: the machine may have been busy. A loop is as slow the second time.
    const patient = async (): Promise<Climbed> => {
      const first = await observed(attempt);
      const stoodStill = ({ outcome, still }: Observed): boolean => outcome === "broken" && still > STILL_MS;
      const second = first.late || stoodStill(first) ? await observed(attempt) : first;
      if (stoodStill(second))
        throw new InfraError("sandbox", `this process stood still for ${Math.round(second.still)} ms`);
      return second;
    };
    const { outcome, message, runs, blocked, rungs } = await retried(patient).catch(noSignal);
    return {
      outcome,
      message,
      runs,
      blocked,
      rungs,
      seconds: (performance.now() - begun) / 1000,
      cached: false,
    };
  };

  return {
    unsafe: pool.unsafe,
    baseline,
    async verify(scenario, patch, options = {}) {
      const useCache = cache && options.cache !== false;
      let files: Scenario["files"];
      try {
        files = applyPatch(scenario.files, patch);
      } catch (error) {
        if (error instanceof PatchError) return notApplied(error);
        throw error;
      }
      const key = contentHash([hashOf(scenario), files]);
      if (!useCache) return judge(scenario, files, key);
      const known = verdicts.get(key);
      if (known) return { ...known, cached: true };
      const running = underWay.get(key);
      if (running) return { ...(await running), cached: true };
      const verdict = judge(scenario, files, key).finally(() => underWay.delete(key));
      underWay.set(key, verdict);
      const fresh = await verdict;
      if (fresh.outcome !== "infra-error") verdicts.set(key, fresh);
      return fresh;
    },
  };
}

interface Observed extends Climbed {
  /** The longest time in milliseconds that this process stood still meanwhile. */
  readonly still: number;
}

async function observed(attempt: () => Promise<Climbed>): Promise<Observed> {
  const pulse = startPulse();
  try {
    const climbed = await attempt();
    return { ...climbed, still: pulse.longestGap() };
  } finally {
    pulse.stop();
  }
}

/** Tries again when the infrastructure failed: a runner that died has been replaced by then. */
async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof InfraError) || error.boundary === "grader" || left === 0) throw error;
    }
  }
}

function noSignal(error: unknown): Climbed {
  if (!(error instanceof InfraError)) throw error;
  const evidence = [{ name: error.boundary, passed: false, detail: error.message }];
  return {
    outcome: "infra-error",
    late: false,
    message: "The infrastructure failed; this says nothing about the patch.",
    runs: false,
    blocked: [],
    rungs: [
      { name: "applies", passed: true, evidence: [] },
      { name: "starts", passed: false, evidence },
    ],
  };
}

function notApplied(error: PatchError): Verdict {
  const evidence = [{ name: "applies", passed: false, detail: error.message }];
  return {
    outcome: "broken",
    message: `The patch does not apply: ${error.message}`,
    runs: false,
    blocked: [],
    rungs: [{ name: "applies", passed: false, evidence }],
    seconds: 0,
    cached: false,
  };
}
