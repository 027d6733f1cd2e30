/** Which scenarios a name means, and what counts as a wrong verdict. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SITE_FAMILIES } from "../data/sites/index.ts";
import { FAMILIES } from "../data/webapps/index.ts";
import { generatedSource } from "../envs/patch/index.ts";
import { projectRoot } from "../util/root.ts";
import type { ScenarioReport } from "../verify/index.ts";
import { isShipped, namedScenarios, scenarioGroups } from "./scenarios.ts";
import { accuracy } from "./validation.ts";

it("finds scenarios by name, by family and by folder", async () => {
  const family = FAMILIES[0]!.id;
  const made = await namedScenarios(family, 2);
  expect(made.map((scenario) => scenario.family)).toEqual([family, family]);
  expect(made[0]!.id).not.toBe(made[1]!.id);
  const [shipped] = await namedScenarios("library", 9);
  expect(await namedScenarios(join(projectRoot(), "scenarios/library"), 9)).toEqual([shipped]);
});

it("groups a family into one and leaves scenarios alone", async () => {
  const family = FAMILIES[0]!.id;
  const [group] = await scenarioGroups(family, 3);
  expect([group!.id, group!.scenarios.length]).toEqual([family, 3]);
  expect((await scenarioGroups("library", 3)).map(({ id, scenarios }) => [id, scenarios.length])).toEqual([
    ["library", 1],
  ]);
  const all = await scenarioGroups(undefined, 1);
  expect(all.map(({ id }) => id)).toEqual(
    expect.arrayContaining(["library", ...FAMILIES.map(({ id }) => id)]),
  );
  expect([isShipped("library"), isShipped(family), isShipped("./library"), isShipped("nothing")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

describe("accuracy", () => {
  type Patch = ScenarioReport["reference"];
  const patch = (wanted: Patch["wanted"], outcome: Patch["outcome"], ok: boolean): Patch => {
    return { name: "p", wanted, outcome, failed: null, detail: "", agree: true, unjudged: 0, ok };
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
      flaky: { count: 0, n: 12 },
      infra: 0,
    });
  });

  it("counts patches whose repeats disagree", () => {
    const unsure = { ...patch("not blocked", "exploitable", false), agree: false };
    const rates = accuracy([report({ cheats: [lost, unsure] })]);
    expect(rates).toMatchObject({ flaky: { count: 1, n: 6 }, wrong_accepted: { count: 1, n: 4 } });
  });

  it("leaves infrastructure faults out of both rates and counts them", () => {
    const fault = { ...patch("blocked", "infra-error", false), unjudged: 3 };
    expect(
      accuracy([report({ reference: fault, cheats: [{ ...fault, wanted: "not blocked" }] })]),
    ).toMatchObject({
      wrong_accepted: { count: 0, n: 2 },
      right_refused: { count: 0, n: 1 },
      infra: 6,
    });
  });
});

it("makes episodes of generated sites, which are found again by their id", () => {
  const families = SITE_FAMILIES.filter(({ split }) => split === "train").slice(0, 2);
  const source = generatedSource({ families: families.map(({ id }) => id), size: 3 });
  const made = [0, 1, 2].map((index) => source.get(index));
  expect(made.map(({ family }) => family)).toEqual([families[0]!.id, families[1]!.id, families[0]!.id]);
  expect(made.map(({ id }) => source.byId(id))).toEqual(made);
});
