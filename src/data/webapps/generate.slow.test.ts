/** Every family, really run: fixes win, everything else loses. */
import { afterAll, describe, expect, it } from "vitest";
import { WHOLE } from "../../testing/whole.ts";
import { createAppPool } from "../../sandbox/index.ts";
import { createVerifier, validateScenario } from "../../verify/index.ts";
import { FAMILIES, generateScenario } from "./index.ts";

const pool = createAppPool({ workers: 2 });
const verifier = createVerifier({ pool });
afterAll(() => pool.close());

/** As they are used: training draws common identifiers, evaluation unseen ones. */
const POOLS = {
  train: ["common", "unseen"],
  practice: ["common"],
  compositional: ["unseen"],
  novel: ["unseen"],
} as const;

describe.each(FAMILIES.map(({ id, split }, index) => [id, split, index] as const))(
  "%s",
  (id, split, index) => {
    // Names do not change what is proven, so a family that uses two pools takes one of them, in turn.
    const identifiers = POOLS[split][index % POOLS[split].length]!;
    it(`validates with ${identifiers} identifiers`, async () => {
      const report = await validateScenario(verifier, generateScenario(id, 1001, { identifiers }));
      expect(report.problems).toEqual([]);
    });

    // In one run, every third family alone.
    it.runIf(WHOLE || index % 3 === 0)("validates without a distractor", async () => {
      const alone = generateScenario(id, 1003, { distractors: { min: 0, max: 0 } });
      expect((await validateScenario(verifier, alone)).problems).toEqual([]);
    });
  },
);
