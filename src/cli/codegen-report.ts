/** A comparison of code-writing models, for people and for programs. */
import { join } from "node:path";
import {
  compareModels,
  FORMULAS,
  summarise,
  type CodegenSummary,
  type Price,
  type Sample,
} from "../eval/codegen/index.ts";
import { writeFileAtomic } from "../runs/files.ts";
import { renderReport, type ReportRow } from "../runs/report.ts";
import type { Interval } from "../util/stats.ts";
import { table } from "./render.ts";

export interface ComparedModel {
  readonly name: string;
  readonly samples: readonly Sample[];
  readonly price: Price | undefined;
}

export interface ComparisonSettings {
  readonly temperature: number;
  readonly topP: number;
  readonly maxTokens: number;
  readonly n: number;
  readonly ks: readonly number[];
  readonly seed: number;
  readonly tasks: number;
}

export interface Comparison {
  readonly settings: ComparisonSettings;
  readonly models: readonly CodegenSummary[];
  /** The first model minus each other one, on the tasks that both have been graded on. */
  readonly against: readonly {
    readonly name: string;
    readonly differences: Readonly<Record<string, Interval>>;
  }[];
}

/** What the metrics are called in front of people, in the order of the tables. */
const TITLES: Readonly<Record<string, string>> = {
  syntax: "Syntax",
  one_test: "At least one test",
  all_tests: "All tests",
  tests: "Tests",
  missing_print: "Computes, never prints",
  clean: "No finding above LOW",
  rsec_static: "Rsec, static (Python: Bandit)",
  rsec_executed: "Rsec, executed (tasks with attacks)",
  secure_and_right: "All tests and no attack works (tasks with attacks)",
  r_paper: "Mean R, paper",
  r_enhanced: 'Mean R, repository "enhanced"',
  r_simple: 'Mean R, repository "simple"',
  r_executed: "Mean R, executed",
};
const titleOf = (metric: string): string => TITLES[metric] ?? metric;
const isNumber = (metric: string): boolean => /^r(sec)?_/.test(metric);

export function summariseModels(models: readonly ComparedModel[], settings: ComparisonSettings): Comparison {
  const [first, ...others] = models;
  return {
    settings,
    models: models.map(({ name, samples, price }) => summarise(name, samples, { ...settings, price })),
    against: others.map(({ name, samples }) => ({
      name,
      differences: compareModels(first!.samples, samples, settings),
    })),
  };
}

/** Writes report.json and report.html into `folder`; returns their paths. */
export function writeComparison(folder: string, comparison: Comparison): string[] {
  const [json, html] = [join(folder, "report.json"), join(folder, "report.html")];
  writeFileAtomic(json, `${JSON.stringify({ ...comparison, formulas: FORMULAS }, null, 2)}\n`);
  writeFileAtomic(html, renderReport(pageOf(comparison)));
  return [json, html];
}

export function describeComparison({ models, against }: Comparison): string {
  const metrics = Object.keys(models[0]!.metrics);
  const rows = metrics.map((metric) => [
    titleOf(metric),
    ...models.map(({ metrics: values, intervals }) => {
      const [value, bounds] = [values[metric], intervals[metric]];
      if (value === null || value === undefined) return "-";
      const show = shown(metric);
      return `${show(value)} (${show(bounds![0])} to ${show(bounds![1])})`;
    }),
  ]);
  return [
    table([["", ...models.map(({ name }) => name)], ...rows]),
    countsText(models),
    ...against.map(({ name, differences }) => differencesText(models[0]!.name, name, differences)),
  ].join("\n\n");
}

const shown =
  (metric: string): ((value: number) => string) =>
  (value) =>
    isNumber(metric) ? value.toFixed(3) : `${(value * 100).toFixed(1)} %`;

function countsText(models: readonly CodegenSummary[]): string {
  const lines: [string, (model: CodegenSummary) => string][] = [
    ["graded completions", ({ n }) => String(n)],
    ["tasks", ({ tasks }) => String(tasks)],
    ["without signal", ({ infra }) => String(infra)],
    ["empty", ({ unclear }) => String(unclear)],
    ["cut off", ({ cut }) => String(cut)],
    ...Object.keys(models[0]!.categories).map((name): [string, (model: CodegenSummary) => string] => [
      name,
      ({ categories }) => String(categories[name as keyof typeof categories]),
    ]),
    ["median time", ({ latency_ms: { median } }) => (median === null ? "-" : `${median} ms`)],
    ["95 % within", ({ latency_ms: { p95 } }) => (p95 === null ? "-" : `${p95} ms`)],
    ["tokens in", ({ tokens }) => String(tokens.prompt)],
    ["tokens out", ({ tokens }) => String(tokens.completion)],
    ["not counted", ({ tokens }) => String(tokens.uncounted)],
    ["cost", ({ tokens: { cost } }) => (cost === null ? "-" : String(Number(cost.toPrecision(4))))],
  ];
  return table([
    ["counts", ...models.map(({ name }) => name)],
    ...lines.map(([title, of]) => [title, ...models.map(of)]),
  ]);
}

function differencesText(
  first: string,
  name: string,
  differences: Readonly<Record<string, Interval>>,
): string {
  const signed = (metric: string, value: number): string => `${value >= 0 ? "+" : ""}${shown(metric)(value)}`;
  const rows = Object.entries(differences).map(([metric, { value, low, high, n }]) => [
    titleOf(metric),
    signed(metric, value),
    `${signed(metric, low)} to ${signed(metric, high)}`,
    String(n),
  ]);
  return table([[`${first} minus ${name}`, "", "95 % interval", "tasks"], ...rows]);
}

function pageOf({ settings, models, against }: Comparison): Parameters<typeof renderReport>[0] {
  const rows = Object.keys(models[0]!.metrics).map((metric): ReportRow => ({
    title: titleOf(metric),
    kind: isNumber(metric) ? "number" : "rate",
    cells: models.map(({ metrics, intervals }) => {
      const [value, bounds] = [metrics[metric], intervals[metric]];
      return typeof value !== "number" ? null : { value, low: bounds![0], high: bounds![1] };
    }),
  }));
  const { n, tasks, temperature, topP, maxTokens, seed } = settings;
  const errors = models.flatMap(({ name, errors: counts }) =>
    Object.entries(counts).map(([message, count]) => `${name}: ${count} times: ${message}`),
  );
  return {
    title: `Programs of ${models.length} models`,
    notes: [
      `${tasks} tasks, ${n} completions each, temperature ${temperature}, top-p ${topP}, at most ${maxTokens} tokens, seed ${seed}. Every number is the mean over tasks of the mean over a task's completions; the intervals draw tasks.`,
      "Samples without a completion or without a grade are in no number but their own count.",
    ],
    table: { columns: models.map(({ name }) => name), rows },
    curves: [],
    texts: [
      { title: "Counts, time and cost", text: countsText(models) },
      ...against.map(({ name, differences }) => ({
        title: `Beside ${name}`,
        text: differencesText(models[0]!.name, name, differences),
      })),
      {
        title: "Formulas",
        text: Object.entries(FORMULAS)
          .map(([name, text]) => `${titleOf(name)}: ${text}`)
          .join("\n\n"),
      },
      ...(errors.length === 0 ? [] : [{ title: "Without signal", text: errors.join("\n") }]),
    ],
    traces: [],
  };
}
