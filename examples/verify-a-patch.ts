/** Judges two patches of one hand-written application: the reference, and one that only looks like a fix. */
import { join } from "node:path";
import { loadScenario } from "../src/data/index.ts";
import { projectRoot } from "../src/util/root.ts";
import { openVerifier } from "../src/verify/index.ts";

const scenario = await loadScenario(join(projectRoot(), "scenarios/library"));
const cheat = scenario.cheats[0]!;
const verifier = openVerifier({ workers: 1 });
try {
  for (const [name, patch] of [
    ["reference", scenario.reference],
    [cheat.name, cheat.patch],
  ] as const) {
    const { outcome, rungs, seconds } = await verifier.verify(scenario, patch);
    const climbed = rungs.map((rung) => `${rung.passed ? "+" : "-"}${rung.name}`).join(" ");
    console.log(`${name}: ${outcome} (${seconds.toFixed(2)} s) ${climbed}`);
  }
} finally {
  await verifier.close();
}
