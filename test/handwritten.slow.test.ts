/** Every hand-written scenario validates itself: fixes win, cheats lose (a few of each in part), repeats agree. */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadScenarios } from "../src/data/index.ts";
import { projectRoot } from "../src/util/root.ts";
import { openVerifier, validateScenario } from "../src/verify/index.ts";
import type { Scenario } from "../src/core/index.ts";
import { sized } from "../src/testing/whole.ts";
import { makeRng } from "../src/util/rng.ts";

const REPEATS = sized(1, 5);
const CHEATS = sized(3, Infinity);
const FIXES = sized(2, Infinity);

/** The same scenario with some of its patches, always the same ones. */
function partOf(scenario: Scenario): Scenario {
  const rng = makeRng(scenario.id);
  const { alternatives, cheats } = scenario;
  return {
    ...scenario,
    alternatives: rng.shuffle(alternatives).slice(0, FIXES),
    cheats: rng.shuffle(cheats).slice(0, CHEATS),
  };
}

const scenarios = await loadScenarios(join(projectRoot(), "scenarios"));

describe("hand-written scenarios under the verifier", () => {
  const verifier = openVerifier({ workers: 2, cache: false });
  afterAll(() => verifier.close());

  it.each(scenarios)("$id", async (scenario) => {
    const report = await validateScenario(verifier, partOf(scenario), { repeats: REPEATS });
    expect(report.problems).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.unsafe).toBe(false);
    // A cheat that fails to apply would lose without having been tried.
    expect(report.cheats.filter((cheat) => cheat.failed === "applies")).toEqual([]);
    // Losing only for its size would mean that no check or attack sees through it.
    expect(report.cheats.filter((cheat) => cheat.failed === "small")).toEqual([]);
  });
});
