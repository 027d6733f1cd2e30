/** Where policies of the patch recipes act: warm sandboxes, the analyzer, the verifier, and a count of its work. */
import type { Scenario } from "../../src/core/scenario.ts";
import { createPatchEnvironment, scenarioList } from "../../src/envs/patch/index.ts";
import { startPolicyEpisode, type Dialect } from "../../src/envs/patch/dialect/index.ts";
import type { Episode } from "../../src/rollout/episode.ts";
import { openVerifier, type Verifier } from "../../src/verify/index.ts";

export interface Arena {
  /** Undefined when the application is too long for the policy. */
  episode(
    scenario: Scenario,
    dialect: Dialect,
    checkpoint: string,
    maxTurns: number,
  ): Promise<Episode | undefined>;
  /** Verdicts that were not taken from the cache, and the seconds in which at least one was under way. */
  readonly work: { readonly verdicts: number; readonly seconds: number };
  close(): Promise<void>;
}

/** `workers` sandboxes verify at the same time. Throws PrerequisiteError without isolation. */
export function openArena(workers: number): Arena {
  const opened = openVerifier({ workers });
  const counter = new WorkCounter();
  const verifier = counter.around(opened);
  return {
    episode: (scenario, dialect, checkpoint, maxTurns) => {
      const environment = createPatchEnvironment({
        source: scenarioList([scenario]),
        verifier,
        maxSteps: maxTurns,
      });
      return startPolicyEpisode({ environment, scenario, dialect, checkpoint });
    },
    work: counter,
    close: () => opened.close(),
  };
}

class WorkCounter {
  verdicts = 0;
  #busyMs = 0;
  #under = 0;
  #since = 0;

  get seconds(): number {
    return this.#busyMs / 1000;
  }

  around(verifier: Verifier): Verifier {
    return {
      unsafe: verifier.unsafe,
      baseline: (scenario) => verifier.baseline(scenario),
      verify: async (scenario, patch, options) => {
        if (this.#under++ === 0) this.#since = performance.now();
        try {
          const verdict = await verifier.verify(scenario, patch, options);
          if (!verdict.cached) this.verdicts++;
          return verdict;
        } finally {
          if (--this.#under === 0) this.#busyMs += performance.now() - this.#since;
        }
      },
    };
  }
}
