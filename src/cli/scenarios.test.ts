/** Sources of generated scenarios, and what counts as a wrong verdict. */
import { describe, expect, it } from "vitest";
import { FAMILIES } from "../data/webapps/index.ts";
import type { ScenarioReport } from "../verify/index.ts";
import { generated, generatedSource, namedScenarios } from "./scenarios.ts";
import { accuracy } from "./validation.ts";

const families = FAMILIES.filter(({ split }) => split === "novel").slice(0, 3);

describe("generated scenarios", () => {
  it("are a source without duplicates in which each is found by index and by id", () => {
    const source = generatedSource(families, 2);
    const all = Array.from({ length: source.size }, (_, index) => source.get(index));
    expect(all.map(({ family }) => family)).toEqual([...families, ...families].map(({ id }) => id));
    expect(new Set(all.map(({ id }) => id)).size).toBe(6);
    for (const scenario of all) expect(source.byId(scenario.id)).toEqual(scenario);
    expect(source.get(0)).toBe(source.get(0));
    expect(
      generated(families, 2)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(all.map(({ id }) => id).sort());
  });

  it("are not found by ids outside of the source", () => {
    const [first, beyond] = generated([families[0]!], 2);
    const source = generatedSource(families, 1);
    expect(source.byId(first!.id)?.id).toBe(first!.id);
    for (const id of [beyond!.id, "library", `${families[0]!.id}.x.0`, "", "...."])
      expect(source.byId(id)).toBeUndefined();
  });

  it("are named by their family", async () => {
    const named = await namedScenarios(families[1]!.id, 2);
    expect(named.map(({ family }) => family)).toEqual([families[1]!.id, families[1]!.id]);
  });
});

describe("accuracy", () => {
  type Patch = ScenarioReport["reference"];
  const patch = (wanted: Patch["wanted"], outcome: Patch["outcome"], ok: boolean): Patch => {
    return { name: "p", wanted, outcome, failed: null, detail: "", agree: true, ok };
  };
  const good = patch("blocked", "blocked", true);
  const lost = patch("not blocked", "exploitable", true);
  const report = (more: Partial<ScenarioReport>): ScenarioReport => ({
    id: "s",
    ok: true,
    problems: [],
    verifications: 5,
    reference: good,
    alternatives: [good],
    cheats: [lost, lost],
    unpatched: lost,
    empty: lost,
    unsafe: false,
    ...more,
  });

  it("counts cheats that won and fixes that lost", () => {
    const won = patch("not blocked", "blocked", false);
    const refused = patch("blocked", "broken", false);
    const rates = accuracy([report({}), report({ cheats: [lost, won], alternatives: [refused] })]);
    expect(rates).toMatchObject({
      verifications: 10,
      wrong_accepted: { count: 1, n: 8 },
      right_refused: { count: 1, n: 4 },
      infra: 0,
    });
  });

  it("leaves infrastructure faults out of both rates and counts them", () => {
    const fault = patch("blocked", "infra-error", false);
    expect(
      accuracy([report({ reference: fault, cheats: [{ ...fault, wanted: "not blocked" }] })]),
    ).toMatchObject({
      wrong_accepted: { count: 0, n: 2 },
      right_refused: { count: 0, n: 1 },
      infra: 2,
    });
  });
});
