import { describe, expect, it } from "vitest";
import { alignReward, lengthTerm, type AlignRecord } from "./align.ts";
import { detectReward, hasForm, saidVerdict, verdictText } from "./detect.ts";

const good: AlignRecord = { fenced: true, secure: true, lines: 10, referenceLines: 10, likeness: 0.5 };

describe("align", () => {
  it.each([
    [49, -2],
    [50, -0.5],
    [60, -0.5],
    [70, -0.5],
    [71, 1],
    [100, 1],
    [150, 1],
    [151, 0],
  ])("%d lines for 100 have the length term %d", (lines, term) => {
    expect(lengthTerm(lines, 100)).toBe(term);
  });

  it.each<[string, Partial<AlignRecord>, number]>([
    ["everything right", { likeness: 1 }, 1 + 2 + 1 + 2 + 2],
    ["half like the reference", {}, 1 + 2 + 1 + 2 + 1],
    ["not secure", { secure: false }, 1 + 0 + 1],
    ["without a fence", { fenced: false }, 2 + 1 + 2 + 1],
    ["far too short", { lines: 3 }, 1 + 2 - 2 - 4 - 2],
    ["a little short", { lines: 6 }, 1 + 2 - 0.5 - 1 - 0.5],
    ["far too long", { lines: 16 }, 1 + 2],
    ["without a reference", { referenceLines: null, likeness: null }, 1 + 2],
    ["nothing at all", { fenced: false, secure: false, lines: 0, likeness: 0 }, -2],
  ])("%s", (_, change, value) => {
    const reward = alignReward({ ...good, ...change });
    expect(reward.value).toBeCloseTo(value, 12);
    expect(Object.values(reward.components).reduce((a, b) => a + b, 0)).toBeCloseTo(value, 12);
  });

  it("has no signal when the judge cannot say", () => {
    expect(alignReward({ ...good, secure: null })).toEqual({ value: null, components: {} });
  });
});

describe("detect", () => {
  it.each([
    ["right, in form", verdictText("because", true), 1],
    ["wrong, in form", verdictText("because", false), 0.1],
    ["right, without reasoning", "<answer>Vulnerable</answer>", 0.9],
    ["right, with empty reasoning", verdictText(" ", true), 0.9],
    ["right, and talking on", `${verdictText("because", true)} really`, 0.9],
    ["both verdicts", `${verdictText("because", true)}<answer>Not Vulnerable</answer>`, 0],
    ["a verdict inside the reasoning as well", verdictText("<answer>Vulnerable</answer>", true), 0.9],
    ["no verdict", "<think>because</think>", 0],
    ["a word that is none", "<think>a</think><answer>Invulnerable</answer>", 0],
    ["nothing", "", 0],
  ])("%s", (_, completion, value) => {
    expect(detectReward(completion, true).value).toBeCloseTo(value, 12);
  });

  it("reads both verdicts and their forms", () => {
    expect(saidVerdict(verdictText("a", false))).toBe(false);
    expect(saidVerdict("<answer> not_vulnerable </answer>")).toBe(false);
    expect(hasForm(verdictText("one\ntwo", false))).toBe(true);
    expect(hasForm("<think>a</think><answer>not vulnerable</answer>")).toBe(false);
  });
});
