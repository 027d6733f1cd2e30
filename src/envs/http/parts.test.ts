/** The small parts of a local triage model: bounds kept while drawing, bounds drawn for teaching, thresholds. */
import { describe, expect, it } from "vitest";
import { chooseThreshold } from "../../train/head/threshold.ts";
import { makeRng } from "../../util/rng.ts";
import { createConstraint } from "./length.ts";

describe("the length of an analysis", () => {
  const [result, mark, text, verdict] = [5, 6, 0, 7];
  const start = (min: number, max: number) =>
    createConstraint({ min, max, vocabulary: 8, result, marks: [mark, verdict] });

  it("is at least the least and at most the most", () => {
    const constraint = start(2, 3);
    expect([...constraint.mask()]).toEqual([1, 1, 1, 1, 1, 0, 0, 0]);
    constraint.push(text);
    expect(constraint.mask()[result]).toBe(0);
    constraint.push(text);
    expect([...constraint.mask()]).toEqual([1, 1, 1, 1, 1, 1, 0, 0]);
    constraint.push(text);
    expect([...constraint.mask()]).toEqual([0, 0, 0, 0, 0, 1, 0, 0]);
  });

  it("is none at 0, and the verdict behind it is free to be missing", () => {
    const constraint = start(0, 0);
    expect(constraint.mask().indexOf(1)).toBe(result);
    constraint.push(result);
    expect(constraint.mask()).toEqual(new Uint8Array(8).fill(1));
    constraint.push(text);
    expect(constraint.finished).toBe(false);
    constraint.push(text);
    expect(constraint.finished).toBe(true);
  });
});

describe("a threshold", () => {
  const rows = (probabilities: readonly (readonly [number, boolean])[]) =>
    probabilities.map(([probability, vulnerable]) => ({ probability, vulnerable }));

  it("is the most accurate that keeps the rate", () => {
    const scored = rows([
      [0.1, false],
      [0.2, false],
      [0.4, true],
      [0.45, true],
      [0.6, false],
      [0.8, true],
      [0.9, true],
    ]);
    expect(chooseThreshold(scored, 1)).toBeCloseTo(0.3);
    expect(chooseThreshold(scored, 0)).toBeCloseTo(0.7);
  });

  it("marks nothing when even the highest probability is of a sound row", () =>
    expect(
      chooseThreshold(
        rows([
          [0.99, false],
          [0.5, true],
        ]),
        0,
      ),
    ).toBeGreaterThan(0.99));

  it("keeps its rate on random rows", () => {
    const rng = makeRng("threshold");
    for (let round = 0; round < 50; round++) {
      const scored = Array.from({ length: 40 }, () => ({
        probability: rng.next(),
        vulnerable: rng.chance(0.5),
      }));
      const threshold = chooseThreshold(scored, 0.1);
      const sound = scored.filter(({ vulnerable }) => !vulnerable);
      const marked = sound.filter(({ probability }) => probability >= threshold);
      expect(marked.length).toBeLessThanOrEqual(0.1 * sound.length);
    }
  });
});
