/** What comes of http-triage on templates that nobody has seen: the table of model kinds, analyses, reflection. */
import type { HttpCategory } from "../../src/core/index.ts";
import { localContender } from "../../src/envs/http/contender.ts";
import { openTriageModel, type TriageModel } from "../../src/envs/http/model.ts";
import {
  control,
  judge,
  KINDS,
  METRICS,
  scaling,
  type Judged,
  type Judgement,
  type ModelKind,
} from "../../src/eval/http/index.ts";
import { ofCategory } from "./data.ts";
import { readTrials } from "./heads.ts";
import { readReflection, REFLECT_ARMS } from "./reflection.ts";
import type { TriageWorkshop } from "./stages.ts";

const BARS = { accuracy: 0.9, falsePositiveRate: 0.05, points: 10 };

export interface TriageResults {
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly table: string;
  /** Every bar of the recipe holds. */
  readonly passed: boolean;
}

export async function judgeTriage(workshop: TriageWorkshop, checkpoint: string): Promise<TriageResults> {
  const model = await openTriageModel(checkpoint, workshop.config.threads);
  try {
    const kinds = await judgeKinds(workshop, model);
    const analysis = await judgeAnalyses(workshop, model);
    const reflection = judgeReflection(workshop);
    const head = kinds["FT-CH"];
    const perCategory = Object.entries(head.categories);
    const passed =
      perCategory.every(
        ([, { metrics }]) =>
          metrics.accuracy! >= BARS.accuracy && metrics.false_positive_rate! <= BARS.falsePositiveRate,
      ) && reflection.gain_points >= BARS.points;
    return {
      metrics: {
        head: { ...head.all.metrics, intervals: head.all.intervals, ...categoryMetrics(head.categories) },
        kinds: Object.fromEntries(
          KINDS.map((kind) => [
            kind,
            { ...kinds[kind].all.metrics, unclear: kinds[kind].all.confusion.unclear },
          ]),
        ),
        analysis,
        reflection,
        heads_tried: readTrials(checkpoint),
      },
      table: [kindTable(kinds), analysisTable(analysis), reflectionTable(reflection)].join("\n\n"),
      passed,
    };
  } finally {
    await model.close();
  }
}

interface KindResult {
  readonly all: Judged;
  readonly categories: Readonly<Partial<Record<HttpCategory, Judged>>>;
}

async function judgeKinds(
  { config, examples, context }: TriageWorkshop,
  model: TriageModel,
): Promise<Record<ModelKind, KindResult>> {
  const { seed, categories } = config;
  const options = {
    bounds: { min: 0, max: 0 },
    enforce: false,
    temperature: 0,
    samples: 1,
    seed,
    signal: context.signal,
  };
  const out: Partial<Record<ModelKind, KindResult>> = {};
  for (const kind of KINDS) {
    const contender = localContender(model, kind);
    const judgements = new Map<HttpCategory, Judgement[]>();
    for (const category of categories) {
      const pairs = ofCategory(examples.test, category).map(({ pair }) => pair);
      const answers = await contender.answer(pairs, options);
      judgements.set(
        category,
        pairs.map(({ is_vulnerable }, index) => ({
          truth: is_vulnerable,
          answer: answers[index]![0]!.answer,
        })),
      );
    }
    out[kind] = {
      all: judge([...judgements.values()].flat(), { seed }),
      categories: Object.fromEntries(
        [...judgements].map(([category, own]) => [category, judge(own, { seed })]),
      ),
    };
  }
  return out as Record<ModelKind, KindResult>;
}

const categoryMetrics = (categories: KindResult["categories"]): object =>
  Object.fromEntries(Object.entries(categories).map(([name, { metrics }]) => [name, metrics]));

interface AnalysisPoint {
  readonly min: number;
  readonly max: number;
  readonly accuracy: number;
  readonly unclear: number;
  readonly mean_tokens: number;
  /** Share within the bounds, as asked for in the prompt alone. */
  readonly control: number;
}
interface AnalysisResult {
  readonly points: readonly AnalysisPoint[];
  /** Mean slope of accuracy per token over the budgets. */
  readonly scaling: number | null;
}

async function judgeAnalyses(
  { config, examples, context }: TriageWorkshop,
  model: TriageModel,
): Promise<AnalysisResult> {
  const { seed, categories } = config;
  const contender = localContender(model, "FT-SC");
  const pairs = categories.flatMap((category) =>
    ofCategory(examples.test, category)
      .slice(0, config.eval.pairs)
      .map(({ pair }) => pair),
  );
  const points: AnalysisPoint[] = [];
  for (const bounds of config.eval.bounds) {
    const options = { bounds, enforce: false, temperature: 0, samples: 1, seed, signal: context.signal };
    const answers = (await contender.answer(pairs, options)).flat();
    const judgements = answers.map(({ answer }, index) => ({ truth: pairs[index]!.is_vulnerable, answer }));
    const tokens = answers.map((one) => one.tokens!);
    const { metrics, confusion } = judge(judgements, { seed, resamples: 0 });
    points.push({
      ...bounds,
      accuracy: metrics.accuracy!,
      unclear: confusion.unclear,
      mean_tokens: tokens.reduce((sum, one) => sum + one, 0) / tokens.length,
      control: control(tokens, bounds),
    });
  }
  return {
    points,
    scaling: scaling(points.map(({ max, accuracy }) => ({ tokens: max, value: accuracy }))),
  };
}

interface ReflectionShare {
  readonly first: number | null;
  readonly second: number | null;
}
interface ReflectionResult {
  readonly held_out_failures: number;
  readonly held_out_successes: number;
  /** Right answers of each arm, at once and after reflecting, on held-out failures and on what was right before. */
  readonly failures: Readonly<Record<string, ReflectionShare>>;
  readonly successes: Readonly<Record<string, ReflectionShare>>;
  /** Answers after reflecting of the arm that learnt to, beyond the answers of the plain arm, in points. */
  readonly gain_points: number;
  /** The same beyond the plain arm's second answers: it has seen reflections in its demonstrations. */
  readonly gain_over_retry_points: number;
}

function judgeReflection({ config, context }: TriageWorkshop): ReflectionResult {
  const all = config.categories.map((category) => readReflection(context.run.dir, category));
  const arms = ["start", ...REFLECT_ARMS] as const;
  const sum = (
    side: "failures" | "successes",
    arm: (typeof arms)[number],
    what: "n" | "first" | "second",
  ): number => all.reduce((total, one) => total + one[arm][side][what], 0);
  const shares = (side: "failures" | "successes"): Record<string, ReflectionShare> =>
    Object.fromEntries(
      arms.map((arm) => {
        const n = sum(side, arm, "n");
        const share = (what: "first" | "second"): number | null =>
          n === 0 ? null : sum(side, arm, what) / n;
        return [arm, { first: share("first"), second: share("second") }];
      }),
    );
  const failures = shares("failures");
  const { first, second } = failures["plain"]!;
  const reflected = failures["reflection"]!.second ?? 0;
  return {
    held_out_failures: sum("failures", "start", "n"),
    held_out_successes: sum("successes", "start", "n"),
    failures,
    successes: shares("successes"),
    gain_points: 100 * (reflected - (first ?? 0)),
    gain_over_retry_points: 100 * (reflected - (second ?? 0)),
  };
}

const percent = (share: number | null): string => (share === null ? "-" : `${(100 * share).toFixed(1)} %`);

function rows(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function kindTable(kinds: Record<ModelKind, KindResult>): string {
  const cell = ({ metrics, intervals }: Judged, name: (typeof METRICS)[number]): string => {
    const bounds = intervals[name];
    const shown =
      bounds === undefined ? "" : ` (${(100 * bounds[0]).toFixed(1)} to ${(100 * bounds[1]).toFixed(1)})`;
    return `${percent(metrics[name])}${shown}`;
  };
  return rows([
    ["kind", "category", ...METRICS, "unclear"],
    ...KINDS.flatMap((kind) =>
      Object.entries(kinds[kind].categories).map(([category, judged]) => [
        kind,
        category,
        ...METRICS.map((name) => cell(judged, name)),
        String(judged.confusion.unclear),
      ]),
    ),
  ]);
}

function analysisTable({ points, scaling: slope }: AnalysisResult): string {
  return [
    rows([
      ["analysis", "accuracy", "unclear", "mean tokens", "control"],
      ...points.map((point) => [
        `${point.min} to ${point.max}`,
        percent(point.accuracy),
        String(point.unclear),
        point.mean_tokens.toFixed(0),
        percent(point.control),
      ]),
    ]),
    `scaling: ${slope === null ? "-" : (slope * 1e4).toFixed(2)} points of accuracy for each 100 tokens`,
  ].join("\n");
}

function reflectionTable(result: ReflectionResult): string {
  return [
    rows([
      ["arm", "failures: at once", "after reflecting", "successes: at once", "after reflecting"],
      ...Object.keys(result.failures).map((arm) => [
        arm,
        ...[result.failures[arm]!, result.successes[arm]!].flatMap(({ first, second }) => [
          percent(first),
          percent(second),
        ]),
      ]),
    ]),
    `${result.held_out_failures} held-out failures; reflection gains ${result.gain_points.toFixed(1)} points over plain fine-tuning`,
  ].join("\n");
}
