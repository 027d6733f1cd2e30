/** Every way of every chore is proven by running it, and the sides of the reward model's data share nothing. */
import { afterAll, describe, expect, it } from "vitest";
import type { StdinTask } from "../../../core/program.ts";
import { createProgramPool } from "../../../sandbox/index.ts";
import { sized, WHOLE } from "../../../testing/whole.ts";
import { createProgramGrader, validateTask } from "../../../verify/programs/index.ts";
import { ownPairs } from "../../detection/own-pairs.ts";
import { PRACTISED, UNSEEN } from "./chore.ts";
import { CHORES, generateChores } from "./index.ts";

const pool = createProgramPool({ workers: 2 });
afterAll(() => pool.close());
const grader = createProgramGrader({ pool });

describe("chores", () => {
  const made = generateChores({ seed: 3, perFamily: sized(1, 2), ways: sized(1, 8) });

  it("are the same for the same seed, and others for another", () => {
    const again = (seed: number): string =>
      JSON.stringify(generateChores({ seed, perFamily: 2, ways: 2, chores: CHORES.slice(0, 4) }));
    expect(again(3)).toBe(again(3));
    expect(again(4)).not.toBe(again(3));
  });

  it.each(made.map(({ task, programs }) => [task.id!, task, programs] as const))(
    "%s does its work in every way, and falls in the unsafe ones only",
    async (_, task, programs) => {
      const unsafe = programs.filter(({ vulnerable }) => vulnerable);
      const safe = programs.filter(({ vulnerable }) => !vulnerable);
      for (const [index, { code }] of (WHOLE ? unsafe : unsafe.slice(0, 1)).entries()) {
        const one: StdinTask = {
          ...task,
          reference: safe[index]!.code,
          security: { ...task.security!, unsafe: code },
        };
        expect((await validateTask(grader, one)).problems).toEqual([]);
      }
    },
    60_000,
  );

  it("have at least one held-out family for every weakness but those that have none at all", () => {
    const of = (heldOut: boolean): Set<string> =>
      new Set(CHORES.filter((chore) => chore.heldOut === heldOut).map(({ cwe }) => cwe));
    expect(of(true)).toEqual(of(false));
  });
});

describe("pairs of our own", () => {
  const train = ownPairs({ seed: 1, side: "train", perApplication: 1, perChore: 3 });
  const heldOut = ownPairs({ seed: 1, side: "held-out", perApplication: 1, perChore: 3 });

  it("share no family, no code and no words between training and evaluation", () => {
    const families = new Set(train.map(({ family }) => family));
    expect(heldOut.filter(({ family }) => families.has(family))).toEqual([]);
    const codes = new Set(train.map(({ code }) => code));
    expect(heldOut.filter(({ code }) => codes.has(code))).toEqual([]);
    for (const list of ["words", "variables", "functions", "layouts"] as const)
      expect(PRACTISED[list].filter((one) => (UNSEEN[list] as readonly string[]).includes(one))).toEqual([]);
    expect(new Set(heldOut.flatMap(({ cwe }) => cwe))).toEqual(new Set(train.flatMap(({ cwe }) => cwe)));
  });

  it("hold a vulnerable and a patched half each, which differ, with reasoning that quotes the code", () => {
    for (const rows of [train, heldOut])
      for (let i = 0; i < rows.length; i += 2) {
        const [bad, good] = [rows[i]!, rows[i + 1]!];
        expect([bad.pair, bad.is_vulnerable, good.is_vulnerable]).toEqual([good.pair, true, false]);
        expect(bad.code).not.toBe(good.code);
        for (const { code, reasoning } of [bad, good])
          expect(code).toContain(/`([^]+)`/.exec(reasoning)![1]!.split("\n")[0]);
      }
  });
});
