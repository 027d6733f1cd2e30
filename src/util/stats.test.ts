/** Known values: quantiles and deviation from NumPy, Wilson bounds from an independent evaluation, the bootstrap against theory. */
import { describe, expect, it } from "vitest";
import { makeRng } from "./rng.ts";
import { bootstrapMean, mean, median, quantile, standardDeviation, wilson } from "./stats.ts";

describe("mean, deviation, quantiles", () => {
  it("match NumPy", () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    expect(mean(values)).toBe(3.875);
    expect(standardDeviation(values)).toBeCloseTo(2.748376143938713, 12);
    expect(quantile(values, 0.25)).toBe(1.75);
    expect(median(values)).toBe(3.5);
    expect(quantile(values, 0.9)).toBeCloseTo(6.9, 12);
    expect(values[0]).toBe(3);
  });
  it("have no value without samples", () => {
    expect(mean([])).toBeNaN();
    expect(quantile([], 0.5)).toBeNaN();
    expect(standardDeviation([1])).toBeNaN();
    expect(() => quantile([1], 1.5)).toThrow(RangeError);
  });
});

describe("wilson", () => {
  it.each([
    [8, 10, 0.4901625, 0.9433178],
    [1, 20, 0.0088814, 0.2361308],
    [50, 100, 0.4038315, 0.5961685],
    [0, 10, 0, 0.2775328],
    [10, 10, 0.7224672, 1],
  ])("%i of %i", (hits, n, low, high) => {
    const interval = wilson(hits, n);
    expect(interval.value).toBe(hits / n);
    expect(interval.low).toBeCloseTo(low, 6);
    expect(interval.high).toBeCloseTo(high, 6);
  });
  it("knows nothing without trials and refuses impossible counts", () => {
    expect(wilson(0, 0)).toMatchObject({ value: NaN, low: 0, high: 1 });
    expect(() => wilson(3, 2)).toThrow(RangeError);
    expect(() => wilson(0.5, 2)).toThrow(RangeError);
  });
});

describe("bootstrapMean", () => {
  const rng = makeRng(7);
  const values = Array.from({ length: 200 }, () => rng.next());
  it("is close to the normal interval of a well-behaved sample", () => {
    const interval = bootstrapMean(values, { seed: 1 });
    const half = (1.96 * standardDeviation(values)) / Math.sqrt(values.length);
    expect(interval.low).toBeCloseTo(interval.value - half, 2);
    expect(interval.high).toBeCloseTo(interval.value + half, 2);
  });
  it("depends on the seed alone", () => {
    expect(bootstrapMean(values, { seed: 1 })).toEqual(bootstrapMean(values, { seed: 1 }));
    expect(bootstrapMean(values, { seed: 1 })).not.toEqual(bootstrapMean(values, { seed: 2 }));
  });
  it("has no width for a constant and no value without samples", () => {
    expect(bootstrapMean([2, 2, 2])).toEqual({ value: 2, low: 2, high: 2, n: 3 });
    expect(bootstrapMean([]).value).toBeNaN();
  });
});
