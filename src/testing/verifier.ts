/** A verifier whose verdicts come from a function of the files, for tests of what stands around it. */
import { applyPatch, type Files, type Patch } from "../core/patch.ts";
import type { Scenario } from "../core/scenario.ts";
import { RUNGS, type Outcome, type Verdict } from "../core/verdict.ts";

/** A verdict with plausible rungs; `over` replaces fields. */
export function fakeVerdict(outcome: Outcome, over: Partial<Verdict> = {}): Verdict {
  const runs = outcome === "blocked" || outcome === "exploitable";
  return {
    outcome,
    message: `fake verdict: ${outcome}`,
    runs,
    blocked: outcome === "blocked" ? ["search"] : [],
    rungs: RUNGS.map((name) => ({
      name,
      passed: outcome === "blocked",
      evidence: [{ name: `${name} check`, passed: outcome === "blocked", excerpt: `excerpt of ${name}` }],
    })),
    seconds: 0,
    cached: false,
    ...over,
  };
}

export interface FakeVerifier {
  verify(scenario: Scenario, patch: Patch): Promise<Verdict>;
  /** The files of every call, in order. */
  readonly seen: readonly Files[];
}

/** `judge` may throw to play a failing infrastructure. */
export function fakeVerifier(judge: (files: Files, scenario: Scenario) => Verdict): FakeVerifier {
  const seen: Files[] = [];
  return {
    seen,
    verify: async (scenario, patch) => {
      const files = applyPatch(scenario.files, patch);
      seen.push(files);
      return judge(files, scenario);
    },
  };
}
