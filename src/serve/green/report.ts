/** Sums an assessment up: rates with intervals, and how much of it gave no signal. */
import { mean, wilson } from "../../util/stats.ts";
import type { EpisodeResult } from "./episode.ts";
import { ROLE, type GreenConfig } from "./request.ts";

/** Keys in camelCase, as everything that goes over A2A. */
export function greenReport(config: GreenConfig, version: string, results: readonly EpisodeResult[]) {
  const judged = results.filter(({ reward }) => reward !== null);
  const n = judged.length;
  const blocked = judged.filter((one) => one.blocked).length;
  const identified = judged.filter((one) => one.identified).length;
  const rate = (hits: number): number | null => (n === 0 ? null : hits / n);
  const interval = (hits: number): readonly number[] | null => {
    if (n === 0) return null;
    const { low, high } = wilson(hits, n);
    return [low, high];
  };
  return {
    benchmark: "ironbark-patch",
    version,
    role: ROLE,
    seed: config.seed,
    shard: { index: config.shard_index, count: config.num_shards },
    n,
    noSignal: results.length - n,
    errors: results.filter(({ ended }) => ended === "error").length,
    metrics: {
      blocked: rate(blocked),
      identified: rate(identified),
      reward: n === 0 ? null : mean(judged.map(({ reward }) => reward!)),
    },
    intervals: { blocked: interval(blocked), identified: interval(identified) },
    episodes: results,
  };
}

export function describeReport(report: ReturnType<typeof greenReport>): string {
  const { n, metrics, intervals, noSignal } = report;
  if (n === 0)
    return `No episode gave a signal (${noSignal} tried): ${report.episodes[0]?.error ?? "none ran"}.`;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const row = (name: "blocked" | "identified"): string =>
    `${name} ${percent(metrics[name]!)} (95 %: ${intervals[name]!.map(percent).join(" to ")})`;
  return [
    `${n} episodes: ${row("blocked")}, ${row("identified")}, mean reward ${metrics.reward!.toFixed(3)}; ${noSignal} without a signal.`,
    ...report.episodes.map(
      ({ scenario, ended, reward, steps, error }) =>
        `${scenario}: ${ended}, reward ${reward?.toFixed(2) ?? "none"}, ${steps} steps${error === null ? "" : ` (${error})`}`,
    ),
  ].join("\n");
}
