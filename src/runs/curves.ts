/** From metrics.jsonl to the curves of a report. */
import type { StepRecord } from "./jsonl.ts";
import { movingAverage, type CurveOptions, type Point } from "./svg.ts";

export interface Panel {
  readonly title: string;
  /** Keys of metrics.jsonl -> name in the legend. */
  readonly keys: Readonly<Record<string, string>>;
  /** Values that the axis must include. */
  readonly include?: readonly number[];
}

/** What a report shows of training with rewards; a panel without any of its keys is left out. */
export const DEFAULT_PANELS: readonly Panel[] = [
  { title: "Reward", keys: { reward: "reward" }, include: [0] },
  { title: "Blocked rate", keys: { blocked: "blocked" }, include: [0, 1] },
  { title: "Identified rate", keys: { identified: "identified" }, include: [0, 1] },
  { title: "Loss", keys: { loss: "loss" } },
  { title: "KL to the reference", keys: { kl: "kl" }, include: [0] },
  { title: "Entropy", keys: { entropy: "entropy" }, include: [0] },
  { title: "Completion length", keys: { "completions/mean_length": "mean tokens" }, include: [0] },
];

/** Raw values faintly, a moving average over a twentieth of the run on top. Null ("no signal") leaves a gap. */
export function curvesFromMetrics(
  metrics: Iterable<StepRecord>,
  panels: readonly Panel[] = DEFAULT_PANELS,
): CurveOptions[] {
  const records = [...metrics];
  return panels.flatMap(({ title, keys, include = [] }) => {
    const present = Object.entries(keys).filter(([key]) => records.some((record) => key in record));
    if (present.length === 0) return [];
    const series = present.flatMap(([key, name]) => {
      const points = records
        .filter((record) => key in record)
        .map((record): Point => [record.step, typeof record[key] === "number" ? record[key] : NaN]);
      const window = Math.ceil(points.length / 20);
      if (window < 2) return [{ name, points }];
      return [
        { name, points, faint: true },
        { name, points: movingAverage(points, window) },
      ];
    });
    return [{ title, series, include, xLabel: "step" }];
  });
}
