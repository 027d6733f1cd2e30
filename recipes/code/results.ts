/** What evaluations of programs come to: numbers with intervals, and a table for people. */
import { standardDeviation, type Interval } from "../../src/util/stats.ts";
import type { Trace } from "../../src/core/trace.ts";
import {
  pooledMean,
  PROGRAM_METRICS,
  toOutcome,
  type ProgramMetric,
  type ProgramOutcome,
  type SeedOutcomes,
} from "../../src/eval/programs.ts";

export interface PolicyResults {
  readonly outcomes: SeedOutcomes;
  /** Samples without signal; they are in no number. */
  readonly infra: number;
}

export function toOutcomes(traces: readonly Trace[]): { outcomes: ProgramOutcome[]; infra: number } {
  const outcomes = traces.flatMap((trace) => toOutcome(trace) ?? []);
  return { outcomes, infra: traces.length - outcomes.length };
}

/** Entries as `summarise` has them: `syntax` and `syntax_ci95`. */
export function summariseOutcomes({ outcomes, infra }: PolicyResults, seed: number): Record<string, unknown> {
  const entries = PROGRAM_METRICS.flatMap((metric): [string, unknown][] => {
    const { value, low, high } = pooledMean(outcomes, metric, seed);
    return Number.isNaN(value)
      ? [[metric, null]]
      : [
          [metric, value],
          [`${metric}_ci95`, [low, high]],
        ];
  });
  return { n: outcomes.flat().length, infra, ...Object.fromEntries(entries) };
}

/** Of Rsec as published, over samples whose reward is partial credit. */
export function securitySpread(traces: readonly Trace[]): number {
  const scored = traces.filter(({ reward }) => reward.value !== null);
  return standardDeviation(scored.map(({ reward }) => reward.components["security"]! / SECURITY_WEIGHT));
}

const SECURITY_WEIGHT = 0.4;

const COLUMNS: readonly (readonly [ProgramMetric, string])[] = [
  ["syntax", "syntax %"],
  ["any_test", "a test %"],
  ["all_tests", "all tests %"],
  ["security", "security %"],
  ["withstands", "withstands %"],
  ["reward", "mean R"],
];

/** One line per policy, 95 % intervals in brackets. */
export function resultTable(policies: Readonly<Record<string, PolicyResults>>, seed: number): string {
  const rows = Object.entries(policies).map(([name, { outcomes }]) => [
    name,
    ...COLUMNS.map(([metric]) => cell(pooledMean(outcomes, metric, seed), metric === "reward")),
  ]);
  const table = [["policy", ...COLUMNS.map(([, title]) => title)], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cell({ value, low, high }: Interval, plain: boolean): string {
  if (Number.isNaN(value)) return "-";
  const show = (x: number): string => (plain ? x.toFixed(3) : (100 * x).toFixed(1));
  return `${show(value)} [${show(low)}, ${show(high)}]`;
}
