/** The formulas of HTTP triage against hand-counted cases: metrics, Control, Scaling, votes, folds, sweeps, thresholds. */
import { describe, expect, it } from "vitest";
import type { HttpPair } from "../../core/index.ts";
import { control, scaling, vote } from "./compute.ts";
import { dealFolds } from "./folds.ts";
import { judge, type Judgement } from "./metrics.ts";

const judgements = (
  counts: Readonly<Record<"tp" | "fp" | "tn" | "fn" | "u1" | "u0", number>>,
): Judgement[] => {
  const of = (count: number, truth: boolean, answer: boolean | null): Judgement[] =>
    Array.from({ length: count }, () => ({ truth, answer }));
  const { tp, fp, tn, fn, u1, u0 } = counts;
  return [
    ...of(tp, true, true),
    ...of(fp, false, true),
    ...of(tn, false, false),
    ...of(fn, true, false),
    ...of(u1, true, null),
    ...of(u0, false, null),
  ];
};

describe("metrics", () => {
  it("are those of the formulas", () => {
    const { metrics, confusion, intervals } = judge(judgements({ tp: 6, fp: 2, tn: 8, fn: 4, u1: 0, u0: 0 }));
    expect(confusion).toEqual({ n: 20, tp: 6, fp: 2, tn: 8, fn: 4, unclear: 0 });
    const { f1, ...others } = metrics;
    expect(others).toEqual({ accuracy: 0.7, precision: 0.75, recall: 0.6, false_positive_rate: 0.2 });
    expect(f1).toBeCloseTo((2 * 0.75 * 0.6) / (0.75 + 0.6), 12);
    expect(intervals.f1![0]).toBeLessThan(metrics.f1!);
    expect(intervals.accuracy![1]).toBeGreaterThan(0.7);
  });

  it("an unclear answer is wrong, missed, and no mark", () => {
    const { metrics } = judge(judgements({ tp: 5, fp: 0, tn: 5, fn: 0, u1: 5, u0: 5 }));
    expect(metrics).toMatchObject({ accuracy: 0.5, recall: 0.5, precision: 1, false_positive_rate: 0 });
  });

  it("are null where there is nothing to divide by", () => {
    const none = judge(judgements({ tp: 0, fp: 0, tn: 0, fn: 0, u1: 0, u0: 3 }));
    expect(none.metrics).toMatchObject({ accuracy: 0, precision: null, recall: null, f1: null });
    expect(none.metrics.false_positive_rate).toBeNull();
  });
});

describe("compute", () => {
  it("Control counts what is within the bounds, both included", () =>
    expect(control([7, 8, 20, 40, 41], { min: 8, max: 40 })).toBe(0.6));

  it("Scaling is the mean slope over pairs of budgets", () => {
    const points = [
      { tokens: 0, value: 0.5 },
      { tokens: 100, value: 0.7 },
      { tokens: 200, value: 0.6 },
    ];
    expect(scaling(points)).toBeCloseTo((0.2 / 100 + 0.1 / 200 - 0.1 / 100) / 3, 12);
    expect(scaling(points.slice(0, 1))).toBeNull();
  });

  it("a vote needs a majority of clear answers, and says how many stand behind it", () => {
    expect(vote([true, true, false, null])).toEqual({ answer: true, confidence: 0.5 });
    expect(vote([true, false])).toEqual({ answer: null, confidence: 0 });
    expect(vote([null, null])).toEqual({ answer: null, confidence: 0 });
  });
});

it("folds never divide a template", () => {
  const pairs = Array.from({ length: 60 }, (_, index): HttpPair => ({
    id: `p${index}`,
    request: "GET / HTTP/1.1",
    response: "",
    is_vulnerable: index % 2 === 0,
    category: "XSS",
    analysis: "",
    provenance: { source: "construction", template: `t${index % 12}`, changes: [] },
  }));
  const fold = dealFolds(pairs, 4, 1);
  expect(new Set(fold)).toEqual(new Set([0, 1, 2, 3]));
  pairs.forEach((_, index) => expect(fold[index]).toBe(fold[index % 12]));
  expect(dealFolds(pairs, 4, 1)).toEqual(fold);
});
