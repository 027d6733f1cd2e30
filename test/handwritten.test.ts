/** The hand-written scenarios as content: they load, and they hold what held-out applications are for. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { applyPatch, STACKS, type Scenario } from "../src/core/index.ts";
import { loadScenarios } from "../src/data/index.ts";
import { projectRoot } from "../src/util/root.ts";

const scenarios = await loadScenarios(join(projectRoot(), "scenarios"));

describe("the hand-written scenarios", () => {
  it("are at least forty, over sixteen weaknesses, each stack several times, of one to eight files", () => {
    expect(scenarios.length).toBeGreaterThanOrEqual(40);
    const cwes = new Set(scenarios.flatMap(({ weaknesses }) => weaknesses.map(({ cwe }) => cwe)));
    const wanted = [
      89, 79, 22, 78, 94, 502, 611, 918, 434, 601, 639, 862, 352, 1333, 117, 1321, 327, 330, 916, 347,
    ];
    expect([...cwes]).toEqual(expect.arrayContaining(wanted.map((number) => `CWE-${number}`)));
    for (const stack of STACKS)
      expect(scenarios.filter((scenario) => scenario.stack === stack).length, stack).toBeGreaterThanOrEqual(
        4,
      );
    expect(scenarios.filter(({ files }) => Object.keys(files).length > 8).map(({ id }) => id)).toEqual([]);
  });

  it("have six cheats and three alternative fixes each", () => {
    const few = scenarios.filter(({ alternatives, cheats }) => alternatives.length < 3 || cheats.length < 6);
    expect(few.map(({ id }) => id)).toEqual([]);
  });

  it("hold one with a login, a search and a file endpoint, all vulnerable", () => {
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
