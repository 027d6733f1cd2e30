/** What samples of programs come to over several seeds: shares and means with intervals, and differences between policies. */
import type { Trace } from "../core/trace.ts";
import { makeRng, type Rng } from "../util/rng.ts";
import { quantile, type Interval } from "../util/stats.ts";

export const PROGRAM_METRICS = [
  "syntax",
  "any_test",
  "all_tests",
  "security",
  "withstands",
  "reward",
] as const;
/**
 * `syntax`, `any_test`, `all_tests`: shares of all samples. `security`: of those that can be parsed, the share without a
 * finding of MEDIUM or HIGH severity. `withstands`: of those that pass a test and were attacked, the share on which no
 * attack works. `reward`: the mean.
 */
export type ProgramMetric = (typeof PROGRAM_METRICS)[number];

/** One sample; a metric that says nothing about it is absent. */
export interface ProgramOutcome {
  readonly task: string;
  readonly values: Readonly<Partial<Record<ProgramMetric, number>>>;
}

/** Undefined for a sample without signal. */
export function toOutcome({ task, reward, labels }: Trace): ProgramOutcome | undefined {
  if (reward.value === null) return undefined;
  const { syntax = 0, any_test = 0, all_tests = 0, clean = 0, withstands } = labels;
  return {
    task,
    values: {
      syntax,
      any_test,
      all_tests,
      reward: reward.value,
      ...(syntax === 1 ? { security: clean } : {}),
      ...(withstands === undefined ? {} : { withstands }),
    },
  };
}

/** Outcomes of one policy: per training seed, on the same tasks. */
export type SeedOutcomes = readonly (readonly ProgramOutcome[])[];

const RESAMPLES = 2000;

/**
 * Percentile bootstrap with two levels: seeds are drawn with replacement, and within each its tasks with all their
 * samples, so that the interval speaks of other seeds and of other tasks.
 */
export function pooledMean(outcomes: SeedOutcomes, metric: ProgramMetric, seed: number): Interval {
  const seeds = outcomes.map((samples) => [...totalsByTask(samples, metric).values()]);
  const rng = makeRng(`pooled/${seed}/${metric}`);
  const total = add(seeds.flat());
  return interval(total.sum / total.n, total.n, () => {
    const drawn = add(draw(rng, seeds).map((tasks) => add(draw(rng, tasks))));
    return drawn.sum / drawn.n;
  });
}

/**
 * `a` minus `b`, which were trained from the same seeds and sampled on the same tasks: both are resampled alike, which
 * leaves out what seeds and tasks do to either.
 */
export function pooledDifference(
  a: SeedOutcomes,
  b: SeedOutcomes,
  metric: ProgramMetric,
  seed: number,
): Interval {
  const pairs = a.map((samples, i) => {
    const other = totalsByTask(b[i]!, metric);
    return [...totalsByTask(samples, metric)].map(([task, own]) => [own, other.get(task) ?? NONE] as const);
  });
  const difference = (drawn: readonly (readonly [Total, Total])[]): number => {
    const [mine, theirs] = [add(drawn.map(([own]) => own)), add(drawn.map(([, other]) => other))];
    return mine.sum / mine.n - theirs.sum / theirs.n;
  };
  const rng = makeRng(`difference/${seed}/${metric}`);
  const all = pairs.flat();
  return interval(difference(all), add(all.map(([own]) => own)).n, () =>
    difference(draw(rng, pairs).flatMap((tasks) => draw(rng, tasks))),
  );
}

/** Resamples in which the metric says nothing are left out. */
function interval(value: number, n: number, resample: () => number): Interval {
  if (n === 0) return { value: NaN, low: NaN, high: NaN, n };
  const means = Array.from({ length: RESAMPLES }, resample).filter((one) => !Number.isNaN(one));
  return { value, low: quantile(means, 0.025), high: quantile(means, 0.975), n };
}

const draw = <T>(rng: Rng, items: readonly T[]): T[] => items.map(() => rng.pick(items));

/** Of one metric over some samples. */
interface Total {
  readonly sum: number;
  readonly n: number;
}

const NONE: Total = { sum: 0, n: 0 };

function add(totals: readonly Total[]): Total {
  let [sum, n] = [0, 0];
  for (const total of totals) {
    sum += total.sum;
    n += total.n;
  }
  return { sum, n };
}

function totalsByTask(samples: readonly ProgramOutcome[], metric: ProgramMetric): Map<string, Total> {
  const tasks = new Map<string, Total>();
  for (const { task, values } of samples) {
    const value = values[metric];
    const before = tasks.get(task) ?? NONE;
    tasks.set(task, value === undefined ? before : { sum: before.sum + value, n: before.n + 1 });
  }
  return tasks;
}
