/** What two runs were told differently, and what came out differently. */
import type { RunReader } from "./reader.ts";

export interface Difference {
  /** Dotted path, for instance `train.lr`. */
  readonly key: string;
  /** One value per run, in the order given; undefined where a run has no such key. */
  readonly values: readonly unknown[];
}

export interface RunComparison {
  readonly runs: readonly string[];
  /** Only what differs. */
  readonly config: readonly Difference[];
  /** Numbers of the summaries' metrics, whether or not they differ. */
  readonly metrics: readonly Difference[];
}

export function compareRuns(runs: readonly RunReader[]): RunComparison {
  const configs = runs.map((run) => new Map([["seed", run.info.seed], ...flatten(run.info.config)]));
  const metrics = runs.map((run) => flatten(run.summary?.metrics ?? {}));
  return {
    runs: runs.map((run) => run.name),
    config: align(configs).filter(({ values }) => values.some((value) => value !== values[0])),
    metrics: align(metrics).filter(({ values }) => values.some((value) => typeof value === "number")),
  };
}

/** Leaves of a JSON value by dotted path; arrays count as leaves and are compared by their text. */
export function flatten(value: unknown, prefix = ""): Map<string, unknown> {
  const isBranch = value !== null && typeof value === "object" && !Array.isArray(value);
  if (!isBranch) return new Map([[prefix, Array.isArray(value) ? JSON.stringify(value) : value]]);
  const out = new Map<string, unknown>();
  for (const [key, child] of Object.entries(value))
    for (const [path, leaf] of flatten(child, prefix === "" ? key : `${prefix}.${key}`)) out.set(path, leaf);
  return out;
}

function align(maps: readonly ReadonlyMap<string, unknown>[]): Difference[] {
  const keys = new Set(maps.flatMap((map) => [...map.keys()]));
  return [...keys].map((key) => ({ key, values: maps.map((map) => map.get(key)) }));
}
