/** What a scenario's validation calls a problem, with verdicts made up. */
import { expect, it } from "vitest";
import type { Files, Outcome } from "../core/index.ts";
import { tinyScenario } from "../testing/scenario.ts";
import { fakeVerdict, fakeVerifier } from "../testing/verifier.ts";
import { validateScenario } from "./validate.ts";
import type { Verifier } from "./verifier.ts";

const scenario = tinyScenario();
const ORIGINAL = scenario.files["app.py"]!;
const isFix = (files: Files): boolean => /= \?|= :n/.test(files["app.py"]!);

/** Judges as it should, except for what `over` says. */
function judging(over: (files: Files, count: number) => Outcome | undefined): Verifier {
  let count = 0;
  const { verify } = fakeVerifier((files) =>
    fakeVerdict(over(files, count++) ?? (isFix(files) ? "blocked" : "exploitable")),
  );
  return {
    unsafe: true,
    verify: async (of, patch) =>
      Object.keys(patch).length === 0 ? fakeVerdict("broken") : verify(of, patch),
    baseline: async () => ({ benign: [], findings: [] }),
  };
}

it("is content when fixes win and everything else loses", async () => {
  const report = await validateScenario(
    judging(() => undefined),
    scenario,
    { repeats: 3 },
  );
  expect(report).toMatchObject({ id: "tiny", ok: true, problems: [], unsafe: true, verifications: 33 });
  expect(report.unpatched).toMatchObject({ outcome: "exploitable", ok: true });
  expect(report.empty).toMatchObject({ outcome: "broken", ok: true });
  expect([report.alternatives.length, report.cheats.length]).toEqual([2, 6]);
});

it.each<[string, (files: Files, count: number) => Outcome | undefined, RegExp[]]>([
  [
    "a fix refused",
    (files) => (files["app.py"]!.includes(":n") ? "broken" : undefined),
    [/^named parameter: expected blocked, got broken/],
  ],
  [
    "a cheat accepted",
    (files) => (files["app.py"]!.includes("abort") ? "blocked" : undefined),
    [/^abort\(403\): expected not blocked, got blocked/],
  ],
  [
    "the unpatched application accepted",
    (files) => (files["app.py"] === ORIGINAL ? "blocked" : undefined),
    [/^unpatched: /],
  ],
  [
    "no signal for a cheat",
    (files) => (files["app.py"]!.includes("exit()") ? "infra-error" : undefined),
    [/^exit\(\): 2 judgements without a verdict/],
  ],
  [
    "verdicts that change",
    (_, count) => (count === 0 ? "broken" : undefined),
    [/^reference: repeated judgements disagree: broken .*; another time blocked/],
  ],
  [
    "no signal once, which contradicts nothing",
    (_, count) => (count === 0 ? "infra-error" : undefined),
    [/^reference: 1 judgements without a verdict/],
  ],
])("reports %s", async (_, over, problems) => {
  const report = await validateScenario(judging(over), scenario, { repeats: 2 });
  expect(report.ok).toBe(false);
  expect(report.problems).toEqual(problems.map((problem) => expect.stringMatching(problem) as string));
});
