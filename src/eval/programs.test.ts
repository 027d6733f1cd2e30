/** Pooling of program samples over seeds and tasks. */
import { expect, it } from "vitest";
import type { Trace } from "../core/trace.ts";
import { pooledDifference, pooledMean, toOutcome, type SeedOutcomes } from "./programs.ts";

const outcomes = (rates: readonly number[], tasks = 40): SeedOutcomes =>
  rates.map((rate) =>
    Array.from({ length: tasks }, (_, i) => ({
      task: `t${i}`,
      values: { syntax: i < rate * tasks ? 1 : 0, reward: rate },
    })),
  );

const trace = (labels: Trace["labels"], value: number | null = 0.4): Trace => ({
  task: "t",
  sample: 0,
  spans: [],
  turns: [],
  reward: { value, components: {} },
  labels,
  truncated: false,
});

it("leaves out what a metric says nothing about", () => {
  expect(toOutcome(trace({}, null))).toBeUndefined();
  expect(toOutcome(trace({ syntax: 0, clean: 0 }))!.values).toEqual({
    syntax: 0,
    any_test: 0,
    all_tests: 0,
    reward: 0.4,
  });
  expect(toOutcome(trace({ syntax: 1, clean: 1, any_test: 1, withstands: 0 }))!.values).toMatchObject({
    security: 1,
    withstands: 0,
  });
});

it("means are over all samples, and the same seed gives the same interval", () => {
  const mean = pooledMean(outcomes([0.5, 0.6, 0.7]), "syntax", 1);
  expect(mean.value).toBeCloseTo(0.6, 12);
  expect(mean.n).toBe(120);
  expect(mean.low).toBeLessThan(0.55);
  expect(mean.high).toBeGreaterThan(0.65);
  expect(pooledMean(outcomes([0.5, 0.6, 0.7]), "syntax", 1)).toEqual(mean);
  expect(pooledMean(outcomes([0.5]), "all_tests", 1).n).toBe(0);
});

it("seeds that differ widen the interval", () => {
  const width = (rates: number[]): number => {
    const { low, high } = pooledMean(outcomes(rates, 400), "syntax", 1);
    return high - low;
  };
  expect(width([0.2, 0.5, 0.8])).toBeGreaterThan(2 * width([0.5, 0.5, 0.5]));
});

it("a difference leaves out what seeds and tasks do to both", () => {
  const [a, b] = [outcomes([0.3, 0.5, 0.8]), outcomes([0.2, 0.4, 0.7])];
  const { value, low, high } = pooledDifference(a, b, "reward", 1);
  expect(value).toBeCloseTo(0.1, 12);
  expect(high - low).toBeLessThan(1e-9);
  // The intervals of the two overlap all the same.
  expect(pooledMean(b, "reward", 1).high).toBeGreaterThan(pooledMean(a, "reward", 1).low);
  expect(pooledDifference(b, a, "reward", 1).value).toBeCloseTo(-0.1, 12);
});
