/** Sources of scenarios: fixed lists and generated ones. */
import { describe, expect, it } from "vitest";
import { InputError } from "../../core/errors.ts";
import { tinyScenario } from "../../testing/index.ts";
import { generatedSource, scenarioList } from "./source.ts";

describe("scenarioList", () => {
  it("refuses an empty list and an id that occurs twice", () => {
    expect(() => scenarioList([])).toThrow(InputError);
    expect(() => scenarioList([tinyScenario(), tinyScenario()])).toThrow(/same id/);
  });

  it.each(["toString", "__proto__", ""])("knows no scenario %j", (id) => {
    expect(scenarioList([tinyScenario()]).byId(id)).toBeUndefined();
  });
});

describe("generatedSource", () => {
  const families = ["sql-where-concat", "xss-page-concat", "path-open-path"];
  const source = generatedSource({ families, size: 1_000_000, firstSeed: 40, identifiers: "common" });

  it("goes through the families in turn and finds every scenario by its id", () => {
    const scenarios = [0, 1, 2, 3, 999_999].map((index) => source.get(index));
    expect(scenarios.map((scenario) => scenario.family)).toEqual([...families, families[0], families[0]]);
    expect(new Set(scenarios.map((scenario) => scenario.id)).size).toBe(5);
    for (const scenario of scenarios) expect(source.byId(scenario.id)).toEqual(scenario);
  });

  it.each([
    ["an unknown family", "nope.common.1-3.40"],
    ["a seed before the first", "sql-where-concat.common.1-3.39"],
    ["a seed after the last", "sql-where-concat.common.1-3.999999999"],
    ["other options", "sql-where-concat.heldout.1-3.40"],
    ["no seed", "sql-where-concat.common.1-3."],
    ["nothing", ""],
  ])("does not find %s", (_name, id) => expect(source.byId(id)).toBeUndefined());

  it("refuses to be empty", () => {
    expect(() => generatedSource({ families: [], size: 5 })).toThrow(InputError);
    expect(() => generatedSource({ families, size: 0 })).toThrow(InputError);
  });
});
