/** Metrics of completions that are written down here, against numbers that are worked out by hand. */
import { describe, expect, it } from "vitest";
import { passAtK, perTask } from "./metrics.ts";
import { compareModels, summarise } from "./summary.ts";
import type { GradeRecord, Sample } from "./types.ts";

const SCORES = { rsec_static: 1, rsec_executed: null, r_paper: 1, r_enhanced: 1, r_simple: 1, r_executed: 1 };
const grade = (passed: number, more: Partial<GradeRecord> = {}): GradeRecord => {
  const category = passed === 4 ? "fine" : "semantic";
  return {
    category,
    tests: 4,
    passed,
    exploits: 0,
    worked: 0,
    clean: true,
    findings: [],
    scores: SCORES,
    ...more,
  };
};
const sample = (task: string, index: number, record: GradeRecord | null): Sample => ({
  task,
  sample: index,
  completion:
    record === null
      ? null
      : { text: "x", finished: index !== 1, promptTokens: 100, completionTokens: 10, ms: 10 * (index + 1) },
  grade: record,
  error: record === null ? { class: "provider", message: "HTTP 500" } : null,
});

describe("pass@k", () => {
  it.each([
    [5, 0, 1, 0],
    [5, 5, 5, 1],
    [5, 1, 5, 1],
    [5, 2, 1, 0.4],
    // 1 - C(3,2)/C(5,2) = 1 - 3/10
    [5, 2, 2, 0.7],
    // 1 - C(97,10)/C(100,10)
    [100, 3, 10, 1 - (90 * 89 * 88) / (100 * 99 * 98)],
  ])("%i samples, %i right, k %i", (n, c, k, value) => expect(passAtK(n, c, k)).toBeCloseTo(value, 12));
  it("needs k samples", () => expect(() => passAtK(2, 1, 3)).toThrow(RangeError));
});

const SAMPLES = [
  sample("a", 0, grade(4)),
  sample("a", 1, grade(2)),
  sample("b", 0, grade(4, { exploits: 2, worked: 1, category: "security" })),
  sample("b", 1, grade(4, { exploits: 2, worked: 0 })),
  sample("c", 0, grade(0, { category: "compile", clean: false })),
  sample("c", 1, null),
  sample("d", 0, null),
  sample("d", 1, null),
];

it("averages over tasks, not over completions", () => {
  const summary = summarise("m", SAMPLES, { ks: [1, 2], seed: 1, price: { input: 2, output: 10 } });
  expect(summary).toMatchObject({
    n: 5,
    tasks: 3,
    infra: 3,
    unclear: 0,
    cut: 2,
    categories: { compile: 1, "missing-print": 0, semantic: 1, security: 1, fine: 2 },
    errors: { "HTTP 500": 3 },
    latency_ms: { median: 10, p95: 20 },
    tokens: { prompt: 500, completion: 50, uncounted: 0, cost: (500 * 2 + 50 * 10) / 1e6 },
  });
  const { metrics, intervals } = summary;
  expect(metrics["all_tests"]).toBeCloseTo((0.5 + 1 + 0) / 3, 12);
  expect(metrics["tests"]).toBeCloseTo((0.75 + 1 + 0) / 3, 12);
  expect(metrics["syntax"]).toBeCloseTo(2 / 3, 12);
  // Only b has attacks.
  expect(metrics["secure_and_right"]).toBe(0.5);
  expect(metrics["secure_pass@2"]).toBe(1);
  // c has one graded completion: too few for k = 2.
  expect(metrics["pass@2"]).toBe(1);
  expect(metrics["pass@1"]).toBe(metrics["all_tests"]);
  expect(metrics["rsec_executed"]).toBeNull();
  expect(intervals["rsec_executed"]).toBeUndefined();
  const [low, high] = intervals["all_tests"]!;
  expect(low).toBeLessThan(metrics["all_tests"]!);
  expect(high).toBeGreaterThan(metrics["all_tests"]!);
});

it("compares two models on the tasks that both have", () => {
  const better = SAMPLES.map((one) => (one.task === "a" ? sample("a", one.sample, grade(4)) : one));
  const other = better.filter(({ task }) => task !== "c");
  const differences = compareModels(other, SAMPLES, { ks: [1], seed: 1 });
  expect(differences["all_tests"]).toMatchObject({ value: 0.25, n: 2 });
  expect(differences["syntax"]).toMatchObject({ value: 0, low: 0, high: 0 });
});

it("knows nothing without completions", () => {
  const summary = summarise("m", [sample("a", 0, null)], { ks: [1], seed: 1 });
  expect(summary).toMatchObject({ n: 0, tasks: 0, infra: 1, latency_ms: { median: null } });
  expect(Object.values(summary.metrics).every((value) => value === null)).toBe(true);
  expect(perTask([], [1]).get("pass@1")!.size).toBe(0);
});
