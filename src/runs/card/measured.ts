/** Finds the numbers of a summary that carry an interval, so that cards never show one without it by accident. */
import type { Measured } from "./facts.ts";

const isInterval = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((bound) => typeof bound === "number");

/**
 * Metrics of one evaluation: `intervals.NAME` or `NAME_ci95` beside NAME; numbers without one are taken as they are.
 * `names` says which are shown and in which order; a name that is absent or null is left out.
 */
export function measuredOn(
  on: string,
  metrics: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Measured[] {
  const intervals = (metrics["intervals"] ?? {}) as Readonly<Record<string, unknown>>;
  const n = metrics["n"];
  return names.flatMap((metric) => {
    const value = metrics[metric];
    if (typeof value !== "number") return [];
    const interval = metrics[`${metric}_ci95`] ?? intervals[metric];
    return [
      {
        metric,
        on,
        value,
        ...(isInterval(interval) ? { interval } : {}),
        ...(typeof n === "number" ? { n } : {}),
      },
    ];
  });
}
