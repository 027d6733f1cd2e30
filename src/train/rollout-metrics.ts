/** What a step's rollouts say before anything is learnt from them. */
import type { Trace } from "../core/trace.ts";
import { mean, standardDeviation } from "../util/stats.ts";

/** Means over traces, under TRL's names where TRL has the number; rewards and labels of those with a signal. */
export function rolloutMetrics(traces: readonly Trace[]): Record<string, number> {
  const scored = traces.filter((trace) => trace.reward.value !== null);
  const lengths = traces.map((trace) =>
    trace.spans.reduce((sum, span) => sum + (span.author === "policy" ? span.ids.length : 0), 0),
  );
  const terminated = lengths.filter((_, i) => !traces[i]!.truncated);
  const labels = [...new Set(scored.flatMap((trace) => Object.keys(trace.labels)))];
  const components = [...new Set(scored.flatMap((trace) => Object.keys(trace.reward.components)))];
  const average = (values: readonly number[]): number => (values.length === 0 ? 0 : mean(values));
  return {
    reward: average(scored.map((trace) => trace.reward.value!)),
    "completions/mean_length": average(lengths),
    "completions/min_length": lengths.length === 0 ? 0 : Math.min(...lengths),
    "completions/max_length": Math.max(0, ...lengths),
    "completions/mean_terminated_length": average(terminated),
    "completions/min_terminated_length": terminated.length === 0 ? 0 : Math.min(...terminated),
    "completions/max_terminated_length": Math.max(0, ...terminated),
    "completions/clipped_ratio": average(traces.map((trace) => (trace.truncated ? 1 : 0))),
    "episodes/mean_turns": average(traces.map((trace) => trace.turns.length)),
    ...Object.fromEntries(
      labels.map((label) => [label, average(scored.map((trace) => trace.labels[label] ?? 0))]),
    ),
    ...Object.fromEntries(
      components.flatMap((name) => {
        const values = scored.map((trace) => trace.reward.components[name] ?? 0);
        return [
          [`rewards/${name}/mean`, average(values)],
          [`rewards/${name}/std`, values.length < 2 ? 0 : standardDeviation(values)],
        ];
      }),
    ),
  };
}
