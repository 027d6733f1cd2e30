/** A model's completions summed up, and two models on the tasks that both have been graded on. */
import type { Completion } from "../../core/index.ts";
import { median, quantile, type Interval } from "../../util/stats.ts";
import { CATEGORIES, type Category } from "../../verify/programs/index.ts";
import { overTasks, perTask } from "./metrics.ts";
import type { Sample } from "./types.ts";

export interface Price {
  /** Of a million tokens. */
  readonly input: number;
  readonly output: number;
}

export interface CodegenSummary {
  readonly name: string;
  /** Graded completions: what the metrics rest on. */
  readonly n: number;
  readonly tasks: number;
  /** Of 0 to 1; null where nothing was measured. */
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly intervals: Readonly<Record<string, readonly [low: number, high: number]>>;
  readonly categories: Readonly<Record<Category, number>>;
  /** Completions that the limit of tokens cut off. */
  readonly cut: number;
  /** Completions that are empty: nothing was said. They are graded all the same. */
  readonly unclear: number;
  /** Samples without a completion or without a grade; they are in no other number. */
  readonly infra: number;
  /** Of these, prompts that the model has no room for. */
  readonly refused_prompts: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly latency_ms: { readonly median: number | null; readonly p95: number | null };
  readonly tokens: {
    readonly prompt: number;
    readonly completion: number;
    /** Completions whose tokens nobody counted. */
    readonly uncounted: number;
    /** Whole price of the tokens that were counted; null without prices. */
    readonly cost: number | null;
  };
}

const ERRORS_SHOWN = 5;

export function summarise(
  name: string,
  samples: readonly Sample[],
  options: { readonly ks: readonly number[]; readonly seed: number; readonly price?: Price | undefined },
): CodegenSummary {
  const { ks, seed, price } = options;
  const graded = samples.filter(({ grade }) => grade !== null);
  const measured = [...perTask(samples, ks)].map(([key, values]) => [key, overTasks(values, seed)] as const);
  const completions = samples.flatMap(({ completion }) => (completion === null ? [] : [completion]));
  const times = completions.map(({ ms }) => ms);
  return {
    name,
    n: graded.length,
    tasks: new Set(graded.map(({ task }) => task)).size,
    metrics: Object.fromEntries(measured.map(([key, interval]) => [key, interval?.value ?? null])),
    intervals: Object.fromEntries(
      measured.flatMap(([key, interval]) =>
        interval === undefined ? [] : [[key, [interval.low, interval.high] as const]],
      ),
    ),
    categories: Object.fromEntries(
      CATEGORIES.map((category) => [
        category,
        graded.filter(({ grade }) => grade!.category === category).length,
      ]),
    ) as Record<Category, number>,
    cut: completions.filter(({ finished }) => !finished).length,
    unclear: graded.filter(({ completion }) => completion!.text.trim() === "").length,
    infra: samples.length - graded.length,
    refused_prompts: samples.filter(({ error }) => error?.class === "prompt").length,
    errors: countErrors(samples),
    latency_ms: {
      median: times.length === 0 ? null : Math.round(median(times)),
      p95: times.length === 0 ? null : Math.round(quantile(times, 0.95)),
    },
    tokens: countTokens(completions, price),
  };
}

/** What went wrong how often, the most frequent first. */
function countErrors(samples: readonly Sample[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { error } of samples)
    if (error !== null) counts.set(error.message, (counts.get(error.message) ?? 0) + 1);
  const sorted = [...counts].toSorted((a, b) => b[1] - a[1]);
  return Object.fromEntries(sorted.slice(0, ERRORS_SHOWN));
}

function countTokens(completions: readonly Completion[], price: Price | undefined): CodegenSummary["tokens"] {
  const counted = completions.filter((one) => one.promptTokens !== null && one.completionTokens !== null);
  const prompt = counted.reduce((sum, one) => sum + one.promptTokens!, 0);
  const completion = counted.reduce((sum, one) => sum + one.completionTokens!, 0);
  const cost = price === undefined ? null : (prompt * price.input + completion * price.output) / 1e6;
  return { prompt, completion, uncounted: completions.length - counted.length, cost };
}

/** First minus second on the tasks that both have a number for, by metric; the bootstrap draws tasks. */
export function compareModels(
  first: readonly Sample[],
  second: readonly Sample[],
  options: { readonly ks: readonly number[]; readonly seed: number },
): Record<string, Interval> {
  const [mine, other] = [perTask(first, options.ks), perTask(second, options.ks)];
  return Object.fromEntries(
    [...mine].flatMap(([name, values]) => {
      const theirs = other.get(name)!;
      const shared = new Map(
        [...values].flatMap(([task, value]) =>
          theirs.has(task) ? [[task, value - theirs.get(task)!] as const] : [],
        ),
      );
      const interval = overTasks(shared, options.seed);
      return interval === undefined ? [] : [[name, interval]];
    }),
  );
}
