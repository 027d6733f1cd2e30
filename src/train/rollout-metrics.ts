/** What a step's rollouts say before anything is learnt from them. */
import type { Trace } from "../core/trace.ts";
import { mean } from "../util/stats.ts";

/** Means over traces, under TRL's names where TRL has the number; rewards and labels of those with a signal. */
export function rolloutMetrics(traces: readonly Trace[]): Record<string, number> {
  const scored = traces.filter((trace) => trace.reward.value !== null);
  const lengths = traces.map((trace) =>
    trace.spans.reduce((sum, span) => sum + (span.author === "policy" ? span.ids.length : 0), 0),
  );
  const labels = [...new Set(scored.flatMap((trace) => Object.keys(trace.labels)))];
  const components = [...new Set(scored.flatMap((trace) => Object.keys(trace.reward.components)))];
  const average = (values: readonly number[]): number => (values.length === 0 ? 0 : mean(values));
  return {
    reward: average(scored.map((trace) => trace.reward.value!)),
    "completions/mean_length": average(lengths),
    "completions/max_length": Math.max(0, ...lengths),
    "completions/clipped_ratio": average(traces.map((trace) => (trace.truncated ? 1 : 0))),
    "episodes/mean_turns": average(traces.map((trace) => trace.turns.length)),
    ...Object.fromEntries(
      labels.map((label) => [label, average(scored.map((trace) => trace.labels[label] ?? 0))]),
    ),
    ...Object.fromEntries(
      components.map((name) => [
        `rewards/${name}/mean`,
        average(scored.map((trace) => trace.reward.components[name] ?? 0)),
      ]),
    ),
  };
}
