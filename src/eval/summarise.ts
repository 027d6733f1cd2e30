/** Means and 95 % intervals over traces; null rewards are left out and counted. */
import type { Trace } from "../core/trace.ts";
import { bootstrapMean, wilson } from "../util/stats.ts";

export type Bounds = readonly [low: number, high: number];

export interface EvalSummary {
  readonly n: number;
  /** Episodes without signal; they are in no other number. */
  readonly infra: number;
  readonly reward: number;
  readonly reward_ci95: Bounds;
  /** Two entries per label, for instance `blocked` and `blocked_ci95`. */
  readonly [label: string]: number | Bounds;
}

/** `labels` names the 0/1 labels to average. `seed` makes the bootstrap interval of the reward reproducible. */
export function summarise(traces: readonly Trace[], labels: readonly string[], seed: number): EvalSummary {
  const scored = traces.filter((trace) => trace.reward.value !== null);
  const reward = bootstrapMean(
    scored.map((trace) => trace.reward.value!),
    { seed },
  );
  const rates = labels.flatMap((label): [string, number | Bounds][] => {
    const rate = wilson(
      scored.reduce((sum, trace) => sum + (trace.labels[label] ?? 0), 0),
      scored.length,
    );
    return [
      [label, rate.value],
      [`${label}_ci95`, [rate.low, rate.high]],
    ];
  });
  return {
    n: scored.length,
    infra: traces.length - scored.length,
    reward: reward.value,
    reward_ci95: [reward.low, reward.high],
    ...Object.fromEntries(rates),
  };
}
