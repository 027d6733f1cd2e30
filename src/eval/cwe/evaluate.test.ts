/** The measures on six answers, by hand; values that scikit-learn gives for the same are marked. */
import { describe, expect, it } from "vitest";
import type { Classifier } from "../../core/classification.ts";
import { rankedAnswers } from "./answers.ts";
import { coverageRisk, expectedCalibrationError, reliability } from "./calibration.ts";
import { confusedPairs } from "./confusion.ts";
import { evaluateCwe } from "./evaluate.ts";
import { hierarchicalScore, overlap } from "./hierarchy.ts";
import { classScores, macroF1, weightedF1 } from "./per-class.ts";
import type { RankedAnswer } from "./ranked.ts";

const answer = (truth: string, ranking: string, confidence: number, unsure = false): RankedAnswer => ({
  truth,
  ranking: [...ranking],
  confidence,
  unsure,
});
/** Labels A, B, C; X is none of the model's. */
const answers = [
  answer("A", "ABC", 0.9),
  answer("A", "ACB", 0.8),
  answer("A", "BAC", 0.6),
  answer("B", "BCA", 0.7),
  answer("C", "ABC", 0.4, true),
  answer("X", "BCA", 0.3, true),
];
const labels = ["A", "B", "C"];
/** C and A lie below P; B below Q. */
const ancestors = (label: string): ReadonlySet<string> =>
  new Set({ A: ["P"], C: ["P"], B: ["Q"] }[label] ?? []);

describe("measures", () => {
  const { metrics, intervals, unclear } = evaluateCwe(answers, { labels, ancestors, resamples: 200 });

  it("count ranks, with unknown labels as wrong", () => {
    expect(metrics).toMatchObject({
      top1: 3 / 6,
      top3: 5 / 6,
      top5: 5 / 6,
      answered: 4 / 6,
      answered_top1: 3 / 4,
    });
    expect(unclear).toBe(2);
  });

  it("have F1 per class as scikit-learn has it", () => {
    const scores = classScores(answers);
    expect(scores.map(({ label, support, predicted }) => [label, support, predicted])).toEqual([
      ["A", 3, 3],
      ["B", 1, 3],
      ["C", 1, 0],
      ["X", 1, 0],
    ]);
    expect(scores.map(({ f1 }) => f1)).toEqual([4 / 6, 2 / 4, 0, 0]);
    // f1_score(average="macro", labels=[A, B, C]) and f1_score(average="weighted").
    expect(macroF1(scores, new Set(labels))).toBeCloseTo(0.3888888888888889, 12);
    expect(weightedF1(scores)).toBeCloseTo(0.4166666666666667, 12);
  });

  it("give credit for shared ancestors", () => {
    // Shared: 2, 2, 0, 2, 1 (P), 0 of 12 answered and 2 * 5 + 1 wanted.
    expect(hierarchicalScore(answers.map((one) => overlap(one, ancestors)))).toEqual({
      precision: 7 / 12,
      recall: 7 / 11,
      f1: 14 / 23,
    });
  });

  it("compare probabilities with what happens", () => {
    const bins = reliability(answers, 2);
    expect(bins.map(({ rows, accuracy }) => [rows, accuracy])).toEqual([
      [2, 0],
      [4, 0.75],
    ]);
    expect(expectedCalibrationError(answers, 2)).toBeCloseTo((2 * 0.35 + 4 * 0) / 6, 12);
    expect(expectedCalibrationError([answer("A", "A", 1), answer("A", "A", 1)])).toBe(0);
  });

  it("show what abstaining gains", () => {
    const points = coverageRisk(answers);
    expect(points.at(-1)).toEqual({ coverage: 1, risk: 0.5, threshold: 0.3 });
    expect(points.find((point) => point.threshold === 0.6)).toEqual({
      coverage: 4 / 6,
      risk: 0.25,
      threshold: 0.6,
    });
  });

  it("name the confused pairs with their surest example", () => {
    expect(confusedPairs(answers, 2)).toEqual([
      { truth: "A", answer: "B", rows: 1, share: 1 / 3, example: 2 },
      { truth: "C", answer: "A", rows: 1, share: 1, example: 4 },
    ]);
  });

  it("have intervals that hold the value and depend on the seed alone", () => {
    const again = evaluateCwe(answers, { labels, ancestors, resamples: 200 });
    expect(again.intervals).toEqual(intervals);
    for (const [name, [low, high]] of Object.entries(intervals) as [
      keyof typeof metrics,
      [number, number],
    ][]) {
      expect(low, name).toBeLessThanOrEqual(metrics[name]!);
      if (name !== "ece") expect(high, name).toBeGreaterThanOrEqual(metrics[name]!);
    }
  });
});

describe("asking a classifier", () => {
  it("keeps the order over batches and stops when told", async () => {
    const echo: Classifier = {
      labels: ["A", "B"],
      classify: async (texts) =>
        texts.map((text) => ({ scores: [{ label: text, score: 1 }], other: 0, unsure: false })),
      close: async () => {},
    };
    const rows = Array.from({ length: 150 }, (_, row) => ({ text: `${row}`, truth: "A" }));
    const found = await rankedAnswers(echo, rows);
    expect(found.map((one) => one.ranking[0])).toEqual(rows.map((row) => row.text));
    const stopped = new AbortController();
    stopped.abort();
    await expect(rankedAnswers(echo, rows, { signal: stopped.signal })).rejects.toThrow("abort");
  });
});
