/** The reward model: reasoning and verdicts are shown first, then practised with the `detect` reward. */
import type { RecipeContext } from "../../src/runs/recipe.ts";
import type { TurnSampler } from "../../src/core/sampling.ts";
import {
  startDetectionEpisode,
  type ChatLanguage,
  type DetectionTask,
} from "../../src/envs/alignment/index.ts";
import { evaluateDetection, READERS, TEMPLATES, type Said } from "../../src/eval/detect/index.ts";
import { fillTemplate } from "../../src/eval/detect/index.ts";
import type { VerdictRow } from "./data.ts";
import type { AlignmentSettings } from "./settings.ts";
import { playStage, type StageResult } from "./stage.ts";
import { attempt, reinforce, teach } from "./train.ts";

export interface DetectScore {
  readonly n: number;
  readonly accuracy: number;
  readonly accuracy_ci95: readonly [low: number, high: number];
  readonly precision: number;
  readonly recall: number;
  readonly unclear: number;
  /** Share of pairs of which both halves are judged rightly. */
  readonly pairs_right: number | null;
  /** Accuracy on generated applications, on chores, and by weakness. */
  readonly by_source: Readonly<Record<string, number>>;
  readonly by_cwe: Readonly<Record<string, number>>;
}

export const templateOf = ({ judge }: Pick<AlignmentSettings, "judge">): string =>
  judge.template === "own" ? "{code}" : TEMPLATES[judge.template].text;

export interface RewardModelOptions {
  readonly config: AlignmentSettings;
  readonly context: RecipeContext;
  readonly language: ChatLanguage;
  readonly tokenizer: string;
  readonly train: readonly VerdictRow[];
  readonly heldOut: readonly VerdictRow[];
}

const percent = (share: number | undefined): string => `${Math.round(100 * (share ?? 0))} %`;

export async function trainRewardModel(options: RewardModelOptions): Promise<{
  readonly folder: string;
  readonly coldStart: DetectScore;
  readonly practised: DetectScore;
}> {
  const { config, context, language, tokenizer, train, heldOut } = options;
  const { seed, threads, coldStart: shown, detect } = config;
  const template = templateOf(config);
  const shared = { context, language, tokenizer, model: config.rewardModel, seed, threads };
  const judge = (backend: { sampler: TurnSampler }): Promise<DetectScore> =>
    scoreRewardModel(backend.sampler, language, heldOut, template, config);
  const cold: StageResult<DetectScore> = await playStage({
    ...shared,
    name: "reward-model-start",
    index: 0,
    offset: 0,
    steps: shown.steps,
    job: "sft",
    train: (stage) =>
      teach(
        stage,
        train.map((row) => ({ prompt: fillTemplate(template, row, (cwe) => cwe), answers: [row.answer] })),
        shown,
      ),
    judge,
    note: ({ loss }) => `loss ${loss!.toFixed(3)}`,
  });
  const practised: StageResult<DetectScore> = await playStage({
    ...shared,
    name: "reward-model",
    index: 1,
    offset: shown.steps,
    steps: detect.steps,
    job: "rl",
    from: cold.folder,
    train: (stage) =>
      reinforce(
        stage,
        train,
        (task: DetectionTask) => startDetectionEpisode({ task, language, template }),
        detect,
      ),
    judge,
    note: ({ reward, correct }) => `reward ${reward!.toFixed(2)}, right ${percent(correct)}`,
  });
  return { folder: practised.folder, coldStart: cold.result, practised: practised.result };
}

/** One greedy answer for each row. */
export async function scoreRewardModel(
  sampler: TurnSampler,
  language: ChatLanguage,
  rows: readonly VerdictRow[],
  template: string,
  { seed, judge: { maxTokens } }: Pick<AlignmentSettings, "seed" | "judge">,
): Promise<DetectScore> {
  const groups = rows.map((task) => [startDetectionEpisode({ task, language, template })]);
  const traces = (await attempt(sampler, groups, { temperature: 0, maxTokens, seed })).flat();
  const said = new Map(
    traces.map(({ task, turns }): [string, Said] => [
      task,
      { id: task, answers: [String(turns[0]!.action)] },
    ]),
  );
  const settings = { read: READERS.tags, unclear: "wrong", seed, resamples: 1000 } as const;
  const labelled = rows.map(({ id, language: of, is_vulnerable, cwe, pair }) => ({
    id,
    language: of,
    is_vulnerable,
    cwe,
    ...(pair === undefined ? {} : { pair }),
  }));
  const { n, metrics, intervals, unclear, by_cwe } = evaluateDetection(labelled, said, settings);
  const right = new Map(traces.map(({ task, labels }) => [task, labels["correct"] ?? 0]));
  const sources = [...new Set(rows.map(({ source }) => source ?? "other"))];
  return {
    n,
    accuracy: metrics["accuracy"]!,
    accuracy_ci95: intervals["accuracy"] ?? [Number.NaN, Number.NaN],
    precision: metrics["precision"]!,
    recall: metrics["recall"]!,
    unclear,
    pairs_right: metrics["p_c"] ?? null,
    by_source: Object.fromEntries(
      sources.map((source) => {
        const mine = rows.filter((row) => (row.source ?? "other") === source);
        return [source, mine.reduce((sum, { id }) => sum + right.get(id)!, 0) / mine.length];
      }),
    ),
    by_cwe: Object.fromEntries(Object.entries(by_cwe).map(([cwe, group]) => [cwe, group.metrics.accuracy])),
  };
}
