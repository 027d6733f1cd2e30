/** CWEval's numbers as text for people. */
import type { Report, Summary } from "../benchmarks/cweval/index.ts";
import { table } from "./render.ts";

export interface About {
  /** All tasks that were asked for. */
  readonly tasks: number;
  readonly unable: readonly { readonly task: string; readonly reason: string }[];
  readonly prompt: string;
  readonly extraction: string;
  readonly test_timeout_s: number;
  readonly notes: readonly string[];
}

const SHOWN_FAILURES = 20;

export function describeCWEval(reports: readonly Report[], about: About): string {
  return [
    table([
      ["model", "k", "func", "sec", "func-sec", "tasks", "samples"],
      ...reports.flatMap((report) => [...rows(report)]),
    ]),
    ...reports.flatMap((report) => [
      groupTable(`${report.name}: by language`, report.by_group),
      groupTable(`${report.name}: by weakness`, report.by_cwe),
      ...failures(report),
    ]),
    ...unable(about),
    notes(reports, about),
  ].join("\n\n");
}

function* rows({ name, metrics, intervals, tasks, samples }: Report): Generator<string[]> {
  for (const key of Object.keys(metrics)) {
    const k = /^func@(\d+)$/.exec(key)?.[1];
    if (k === undefined) continue;
    const cell = (metric: string): string => percent(metrics[metric], intervals[metric]);
    yield [
      name,
      k,
      cell(`func@${k}`),
      cell(`sec@${k}`),
      cell(`func-sec@${k}`),
      String(tasks),
      String(samples),
    ];
  }
}

function percent(value: number | null | undefined, range?: readonly [number, number]): string {
  if (value === null || value === undefined) return "-";
  const around =
    range === undefined ? "" : ` (${(range[0] * 100).toFixed(1)} to ${(range[1] * 100).toFixed(1)})`;
  return `${(value * 100).toFixed(1)} %${around}`;
}

const groupTable = (title: string, groups: Readonly<Record<string, Summary>>): string =>
  table([
    [title, "tasks", "func@1", "sec@1", "func-sec@1"],
    ...Object.entries(groups).map(([name, { tasks, metrics }]) => [
      name,
      String(tasks),
      ...["func@1", "sec@1", "func-sec@1"].map((metric) => percent(metrics[metric])),
    ]),
  ]);

function failures({ name, failed }: Report): string[] {
  const entries = Object.entries(failed);
  if (entries.length === 0) return [];
  const more = entries.length - SHOWN_FAILURES;
  return [
    [
      `${name}: a sample of ${entries.length} tasks does not pass everything:`,
      ...entries.slice(0, SHOWN_FAILURES).map(([task, why]) => `  ${task}: ${why}`),
      ...(more > 0 ? [`  and ${more} more, in --json`] : []),
    ].join("\n"),
  ];
}

function unable({ unable: tasks, tasks: all }: About): string[] {
  if (tasks.length === 0) return [];
  return [
    [
      `${tasks.length} of ${all} tasks cannot be judged here and are in no number above:`,
      ...tasks.map(({ task, reason }) => `  ${task}: ${reason}`),
    ].join("\n"),
  ];
}

function notes(reports: readonly Report[], about: About): string {
  const bound = ({ name, all_tasks: { n, metrics } }: Report): string =>
    `${name}: with those tasks counted as failed func-sec@1 is ${percent(metrics["func-sec@1"])} of ${n}`;
  const counted = ({ name, unclear, missing, infra, timeouts }: Report): string =>
    `${name}: ${unclear} answers without a block, ${missing} missing, ${infra} not judged, ${timeouts} tests out of time`;
  return [
    `prompt ${about.prompt}, extraction ${about.extraction}, ${about.test_timeout_s} s for a test`,
    ...(about.unable.length === 0 ? [] : reports.map(bound)),
    ...reports.map(counted),
    ...about.notes,
  ].join("\n");
}
