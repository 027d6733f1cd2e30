/** The published formula as a table, and what repetition may not earn. */
import { describe, expect, it } from "vitest";
import type { Outcome } from "../core/verdict.ts";
import {
  PATCH_REWARD_MAX,
  PATCH_REWARD_START,
  patchReward,
  scorePatchEvent,
  totalPatchReward,
  type PatchEvent,
} from "./patch.ts";

const right: PatchEvent = { kind: "guess", correct: true };
const wrong: PatchEvent = { kind: "guess", correct: false };
const look: PatchEvent = { kind: "neutral" };
const infra: PatchEvent = { kind: "infra" };
const verdict = (outcome: Outcome, runs: boolean): PatchEvent => ({
  kind: "verdict",
  verdict: { outcome, runs },
});
const blocked = verdict("blocked", true);
const exploitable = verdict("exploitable", true);
const hollow = verdict("broken", true);
const broken = verdict("broken", false);
const syntax = verdict("syntax-error", false);
const lost = verdict("infra-error", false);

function play(events: readonly PatchEvent[]): { steps: (number | null)[]; total: number | null } {
  let state = PATCH_REWARD_START;
  const steps = events.map((event) => {
    const scored = scorePatchEvent(state, event);
    state = scored.state;
    return scored.reward.value;
  });
  return { steps, total: totalPatchReward(state).value };
}

const TABLE: readonly [string, readonly PatchEvent[], readonly (number | null)[], number | null][] = [
  ["nothing done", [], [], 0],
  ["looking around", [look, look], [0, 0], 0],
  ["right guess", [right], [0.3], 0.3],
  ["wrong guess", [wrong], [-0.1], -0.1],
  ["wrong guesses add up", [wrong, wrong, wrong], [-0.1, -0.1, -0.1], -0.3],
  ["right after wrong", [wrong, wrong, right], [-0.1, -0.1, 0.3], 0.1],
  ["the right guess pays once", [right, right, right], [0.3, 0, 0], 0.3],
  ["guesses after the right one are free", [right, wrong, wrong], [0.3, 0, 0], 0.3],
  ["runs but exploitable", [exploitable], [0.2], 0.2],
  ["running pays once", [exploitable, exploitable, hollow], [0.2, 0, 0], 0.2],
  ["runs, loses hidden behaviour", [hollow], [0.2], 0.2],
  ["does not run", [broken], [0], 0],
  ["syntax error", [syntax], [-0.2], -0.2],
  ["every syntax error costs", [syntax, syntax], [-0.2, -0.2], -0.4],
  ["block in one patch", [blocked], [1.2], 1.2],
  ["block after running", [exploitable, blocked], [0.2, 1], 1.2],
  ["block, revert, block pays once", [blocked, exploitable, blocked], [1.2, 0, 0], 1.2],
  ["the best episode", [right, blocked], [0.3, 1.2], 1.5],
  ["the best episode, other order", [blocked, right], [1.2, 0.3], 1.5],
  ["the best episode, small steps", [exploitable, right, blocked], [0.2, 0.3, 1], 1.5],
  ["infrastructure failure", [infra], [null], null],
  ["infrastructure failure in the verdict", [lost], [null], null],
  ["no failure is forgotten", [infra, right, blocked], [null, 0.3, 1.2], null],
  ["nor hidden by what came before", [right, blocked, lost], [0.3, 1.2, null], null],
];

describe("patch reward", () => {
  it.each(TABLE)("%s", (_name, events, steps, total) => {
    expect(play(events)).toEqual({ steps, total });
  });

  it("never exceeds its maximum and always equals the sum of its components", () => {
    const pool = [right, wrong, look, blocked, exploitable, hollow, broken, syntax];
    // Every sequence of four events, played twice, so that every repetition is met.
    for (let code = 0; code < pool.length ** 4; code++) {
      const four = [0, 1, 2, 3].map((i) => pool[Math.floor(code / pool.length ** i) % pool.length]!);
      let state = PATCH_REWARD_START;
      let sum = 0;
      for (const event of [...four, ...four]) {
        const scored = scorePatchEvent(state, event);
        state = scored.state;
        sum += scored.reward.value!;
      }
      const total = totalPatchReward(state);
      const parts = Object.values(total.components).reduce((a, b) => a + b, 0);
      const off = Math.max(Math.abs(sum - total.value!), Math.abs(parts - total.value!));
      if (total.value! > PATCH_REWARD_MAX || off > 1e-12)
        throw new Error(`${JSON.stringify(four)}: total ${total.value}, steps ${sum}, components ${parts}`);
    }
  });

  it("names its components", () => {
    const { state } = scorePatchEvent(PATCH_REWARD_START, wrong);
    expect(scorePatchEvent(state, blocked).reward.components).toEqual({
      identify: 0,
      runs: 0.2,
      block: 1,
      syntax: 0,
    });
    expect(totalPatchReward(state).components).toEqual({ identify: -0.1, runs: 0, block: 0, syntax: 0 });
  });

  it("judges a single patch", () => {
    expect(patchReward({ outcome: "blocked", runs: true }, { correct: true }).value).toBe(1.5);
    expect(patchReward({ outcome: "blocked", runs: true }).value).toBe(1.2);
    expect(patchReward({ outcome: "syntax-error", runs: false }, { correct: false }).value).toBe(-0.3);
    expect(patchReward({ outcome: "infra-error", runs: false }, { correct: true })).toEqual({
      value: null,
      components: {},
    });
  });
});
