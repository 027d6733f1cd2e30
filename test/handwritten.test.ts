/** The hand-written scenarios as content: they load, and they hold what held-out applications are for. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { applyPatch, type Scenario } from "../src/core/index.ts";
import { loadScenarios } from "../src/data/index.ts";
import { projectRoot } from "../src/util/root.ts";

const scenarios = await loadScenarios(join(projectRoot(), "scenarios"));

describe("the hand-written scenarios", () => {
  it("are at least six, one of them with a login, a search and a file endpoint, all vulnerable", () => {
    expect(scenarios.length).toBeGreaterThanOrEqual(6);
    const portal = scenarios.find((scenario) => scenario.id === "portal");
    expect(portal?.weaknesses.map((weakness) => weakness.type)).toEqual([
      "sql_injection",
      "xss",
      "path_traversal",
    ]);
  });

  it("cover each weakness in at least three applications", () => {
    for (const type of ["sql_injection", "xss", "path_traversal"])
      expect(
        scenarios.filter((scenario) => scenario.weaknesses.some((weakness) => weakness.type === type)).length,
      ).toBeGreaterThanOrEqual(3);
  });

  const injections = scenarios.flatMap(({ id, weaknesses }) =>
    weaknesses.filter(({ type }) => type === "sql_injection").map((weakness) => ({ app: id, ...weakness })),
  );
  it.each(injections)("$app, $id: has a variant through hex() and a blind pair", ({ variants }) => {
    expect(JSON.stringify(variants)).toMatch(/hex\(/);
    expect(JSON.stringify(variants)).toContain('"differs"');
  });

  it.each(scenarios)("$id: no two patches make the same application", (scenario: Scenario) => {
    const results = [
      scenario.reference,
      ...[...scenario.alternatives, ...scenario.cheats].map((named) => named.patch),
    ].map((patch) => JSON.stringify(applyPatch(scenario.files, patch)));
    expect(new Set(results).size).toBe(results.length);
  });
});
