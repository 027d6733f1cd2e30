/** What `ironbark eval http` found, as text, as JSON, as SVG charts and as one page. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { HttpPair } from "../core/http.ts";
import { METRICS, overFolds, scaling, type CellResult, type Metric } from "../eval/http/index.ts";
import { writeFileAtomic } from "../runs/files.ts";
import { renderReport, type Report } from "../runs/report.ts";
import { svgCurve, type CurveOptions } from "../runs/svg.ts";
import { table } from "./render.ts";

/** What is varied in a cell; `base`: nothing. */
export type Varies = "base" | "analysis" | "temperature" | "rank" | "rate" | "count" | "head" | "fold";

export interface SweepCell {
  readonly varies: Varies;
  /** Of what is varied. */
  readonly x: number;
  readonly label: string;
  readonly result: CellResult;
}

const AXES: Readonly<Record<Exclude<Varies, "base" | "fold">, readonly [title: string, axis: string]>> = {
  analysis: ["Test-time scaling", "most tokens of an analysis"],
  temperature: ["Temperature", "temperature"],
  rank: ["Rank of the adapter", "rank"],
  rate: ["Learning rate of the adapter", "learning rate"],
  count: ["Pairs that the adapter was trained on", "pairs of each category"],
  head: ["Shape of the classification head", "trained numbers"],
};
const FORMULAS = [
  "precision = TP / (TP + FP), recall = TP / vulnerable pairs, accuracy = (TP + TN) / all pairs, F1 = 2 precision recall / (precision + recall), false-positive rate = FP / (FP + TN). An unclear answer is neither right nor a mark.",
  "Control = share of answers whose analysis keeps to its bounds. Scaling = mean slope of accuracy over all pairs of budgets, per token.",
];

const percent = (share: number | null): string => (share === null ? "-" : `${(100 * share).toFixed(1)} %`);

function metricCell({ judged }: CellResult, name: Metric): string {
  const bounds = judged.intervals[name];
  const shown =
    bounds === undefined ? "" : ` (${(100 * bounds[0]).toFixed(1)} to ${(100 * bounds[1]).toFixed(1)})`;
  return `${percent(judged.metrics[name])}${shown}`;
}

/** Slope of accuracy over budgets for each model with at least two of them. */
export function scalings(cells: readonly SweepCell[]): Record<string, number> {
  const names = [
    ...new Set(cells.filter(({ varies }) => varies === "analysis").map(({ result }) => result.name)),
  ];
  return Object.fromEntries(
    names.flatMap((name) => {
      const own = cells.filter(
        ({ varies, result }) => result.name === name && (varies === "analysis" || varies === "base"),
      );
      const points = own.flatMap(({ x, result }) => {
        const { accuracy } = result.judged.metrics;
        return accuracy === null ? [] : [{ tokens: x, value: accuracy }];
      });
      const slope = scaling(points);
      return slope === null ? [] : [[name, slope]];
    }),
  );
}

function foldTexts(cells: readonly SweepCell[]): string[] {
  const folds = cells.filter(({ varies }) => varies === "fold");
  const shapes = [...new Set(folds.map(({ label }) => label.replace(/, fold .*/, "")))];
  return shapes.map((shape) => {
    const own = folds.filter(({ label }) => label.startsWith(`${shape}, fold`));
    const over = (name: Metric): string => {
      const values = own.flatMap(({ result }) => result.judged.metrics[name] ?? []);
      const { value, low, high } = overFolds(values, 1);
      return `${name} ${percent(value)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
    };
    return `${own.length} folds, head ${shape}: ${(["accuracy", "false_positive_rate"] as const).map(over).join(", ")}`;
  });
}

export function describeSweep(cells: readonly SweepCell[]): string {
  const rows = cells.map(({ label, result }) => [
    result.name,
    label,
    ...METRICS.map((name) => metricCell(result, name)),
    String(result.judged.confusion.unclear),
    result.control === null ? "-" : percent(result.control),
    result.confidence === null ? "-" : percent(result.confidence),
  ]);
  const byCategory = cells
    .filter(({ varies }) => varies === "base")
    .flatMap(({ result }) =>
      Object.entries(result.categories).map(([category, { metrics, confusion }]) => [
        result.name,
        category,
        String(confusion.n),
        ...METRICS.map((name) => percent(metrics[name])),
      ]),
    );
  return [
    table([["model", "setting", ...METRICS, "unclear", "control", "confidence"], ...rows]),
    ...(byCategory.length > 0 ? [table([["model", "category", "pairs", ...METRICS], ...byCategory])] : []),
    ...foldTexts(cells),
    ...Object.entries(scalings(cells)).map(
      ([name, slope]) =>
        `${name}: scaling ${(1e4 * slope).toFixed(2)} points of accuracy for each 100 tokens`,
    ),
    ...FORMULAS,
  ].join("\n\n");
}

/** The first cell in the shape of every evaluation, and all of them. */
export function sweepData(cells: readonly SweepCell[]): object {
  const plain = ({ varies, x, label, result }: SweepCell): object => ({
    model: result.name,
    varies,
    x,
    label,
    settings: result.settings,
    n: result.judged.confusion.n,
    metrics: result.judged.metrics,
    intervals: result.judged.intervals,
    confusion: result.judged.confusion,
    unclear: result.judged.confusion.unclear,
    infra: result.infra,
    tokens: result.tokens,
    control: result.control,
    confidence: result.confidence,
    categories: Object.fromEntries(
      Object.entries(result.categories).map(([name, { confusion, metrics, intervals }]) => [
        name,
        { n: confusion.n, metrics, intervals },
      ]),
    ),
  });
  return {
    ...(cells.length === 0 ? {} : plain(cells[0]!)),
    scaling: scalings(cells),
    cells: cells.map(plain),
  };
}

/** Accuracy and false-positive rate over what is varied, one line for each model. */
function curves(cells: readonly SweepCell[]): (CurveOptions & { readonly name: string })[] {
  return Object.entries(AXES).flatMap(([varies, [title, xLabel]]) => {
    if (!cells.some((cell) => cell.varies === varies)) return [];
    const own = cells.filter(
      (cell) =>
        cell.varies === varies ||
        (cell.varies === "base" &&
          cells.some((one) => one.varies === varies && one.result.name === cell.result.name)),
    );
    const generated = varies === "analysis" || varies === "temperature";
    const used = generated ? own : own.filter((cell) => cell.varies === varies);
    const at = ({ x, varies: what, result }: SweepCell): number =>
      varies === "temperature" && what === "base" ? result.settings.temperature : x;
    const names = [...new Set(used.map(({ result }) => result.name))];
    return (["accuracy", "false_positive_rate"] as const).map((metric) => ({
      name: `${varies}-${metric.replaceAll("_", "-")}`,
      title: `${title}: ${metric.replaceAll("_", " ")}`,
      xLabel,
      include: [0, 1],
      series: names.map((name) => {
        const points = used.filter(({ result }) => result.name === name).toSorted((a, b) => at(a) - at(b));
        return {
          name,
          points: points.map((cell) => [at(cell), cell.result.judged.metrics[metric] ?? NaN] as const),
          band: points.flatMap((cell) => {
            const bounds = cell.result.judged.intervals[metric];
            return bounds === undefined ? [] : [[at(cell), bounds[0], bounds[1]] as const];
          }),
        };
      }),
    }));
  });
}

/** Paths of what was written: the page, and each chart by itself. */
export function writeSweepReport(
  out: string,
  cells: readonly SweepCell[],
  pairs: readonly HttpPair[],
): string[] {
  const charts = curves(cells);
  const folder = join(out, "charts");
  if (charts.length > 0) mkdirSync(folder, { recursive: true });
  const files = charts.map(({ name, ...options }) => {
    const path = join(folder, `${name}.svg`);
    writeFileAtomic(path, `${svgCurve(options)}\n`);
    return path;
  });
  const base = cells.filter(({ varies }) => varies === "base");
  const report: Report = {
    title: `HTTP triage of ${pairs.length} pairs`,
    notes: FORMULAS,
    table: {
      columns: base.map(({ result }) => result.name),
      rows: METRICS.map((name) => ({
        title: name,
        kind: "rate",
        cells: base.map(({ result }) => {
          const [value, bounds] = [result.judged.metrics[name], result.judged.intervals[name]];
          return value === null ? null : { value, low: bounds?.[0] ?? value, high: bounds?.[1] ?? value };
        }),
      })),
    },
    curves: charts,
    texts: [{ title: "All numbers", text: describeSweep(cells) }],
    traces: [],
  };
  const path = join(out, "report.html");
  writeFileAtomic(path, renderReport(report));
  return [path, ...files];
}
