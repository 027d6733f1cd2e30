/** The policy that writes programs: what it is shown, what it practises, and how it is judged by attack and by the judge. */
import type { TurnSampler } from "../../src/core/sampling.ts";
import type { Trace } from "../../src/core/trace.ts";
import {
  programIn,
  scoreAnswer,
  startAlignEpisode,
  type AlignVariant,
  type ChatLanguage,
  type Executed,
  type Judge,
} from "../../src/envs/alignment/index.ts";
import { wilson } from "../../src/util/stats.ts";
import type { CodeArena } from "../code/arena.ts";
import type { PolicyTask } from "./data.ts";
import type { AlignmentSettings } from "./settings.ts";
import { attempt, type Example } from "./train.ts";

export const examplesOf = (tasks: readonly PolicyTask[]): Example[] =>
  tasks.map(({ prompt, solutions }) => ({ prompt, answers: solutions }));

export interface PolicyTools {
  readonly language: ChatLanguage;
  readonly judge: Judge;
  readonly arena: CodeArena;
}

/** Undefined for a prompt whose answers cannot be run. */
export const executor = (
  arena: CodeArena,
  { attacked }: PolicyTask,
): ((source: string) => Promise<Executed>) | undefined =>
  attacked === undefined ? undefined : (source) => arena.judgeAttacked(attacked, source);

/** What the policy writes for each task when it takes the likeliest token every time; the program alone, by task. */
export async function references(
  sampler: TurnSampler,
  language: ChatLanguage,
  tasks: readonly PolicyTask[],
  { seed, align: { maxTokens } }: Pick<AlignmentSettings, "seed" | "align">,
): Promise<Record<string, string>> {
  const plain = tasks.map((task) => {
    let said = "";
    return [
      {
        task: task.id,
        prompt: language.prompt(task.prompt),
        constraint: () => undefined,
        act: async (ids: readonly number[]) => {
          said = language.read(ids);
          const record = { action: said, observation: null, reward: null, components: {} };
          return { record, append: [], done: true };
        },
        reward: () => ({ value: null, components: {} }),
        labels: () => ({}),
        close: async () => {},
      },
    ];
  });
  const traces = (await attempt(sampler, plain, { temperature: 0, maxTokens, seed })).flat();
  return Object.fromEntries(
    traces.map(({ turns }, index) => {
      const { id, language: of } = tasks[index]!;
      return [id, programIn(String(turns[0]!.action), of)];
    }),
  );
}

const RATES = [
  "executed_secure",
  "judged_secure",
  "functional",
  "functional_and_secure",
  "overjudged",
  "empty",
  "unparsable",
  "comments",
  "claims",
  "aimed",
] as const;

export interface PolicyScore extends Readonly<Record<string, unknown>> {
  /** Answers that were attacked and judged; every rate is a share of them. */
  readonly n: number;
  readonly executed_secure: number;
  readonly judged_secure: number;
  readonly functional: number;
  /** Answers without a verdict of the judge. */
  readonly unjudged: number;
  /** Answers that could not be run; they are in no number. */
  readonly infra: number;
  /** judged_secure - executed_secure. */
  readonly gap: number;
}

/** `samples` answers to every held-out prompt. */
export async function scorePolicy(
  sampler: TurnSampler,
  tasks: readonly PolicyTask[],
  { language, judge, arena }: PolicyTools,
  config: Pick<AlignmentSettings, "seed" | "align" | "eval">,
): Promise<PolicyScore> {
  const { seed, align, eval: settings } = config;
  const variant: AlignVariant = { security: "judge", likeness: "codebleu" };
  const groups = tasks.map((task) =>
    Array.from({ length: settings.samples }, () =>
      startAlignEpisode({ task, language, reference: null, judge, variant, execute: executor(arena, task) }),
    ),
  );
  const { temperature } = settings;
  const traces = (
    await attempt(sampler, groups, { temperature, maxTokens: align.maxTokens, seed: seed + 77 })
  ).flat();
  return summarise(traces);
}

export function summarise(traces: readonly Trace[]): PolicyScore {
  const run = traces.map(({ labels }) => labels).filter((labels) => labels["executed_secure"] !== undefined);
  const rows = run.map((labels): Readonly<Record<string, number>> => ({
    ...labels,
    functional_and_secure: labels["functional"]! * labels["executed_secure"]!,
  }));
  const n = rows.length;
  const rate = (name: string): number =>
    rows.reduce((sum, labels) => sum + (labels[name] ?? 0), 0) / Math.max(1, n);
  const intervals = RATES.map((name): [string, unknown] => {
    const { low, high } = wilson(rows.filter((labels) => labels[name] === 1).length, n);
    return [`${name}_ci95`, [low, high]];
  });
  return {
    n,
    ...(Object.fromEntries(RATES.map((name) => [name, rate(name)])) as Record<
      (typeof RATES)[number],
      number
    >),
    ...Object.fromEntries(intervals),
    unjudged: rows.filter((labels) => labels["judged_secure"] === undefined).length,
    infra: traces.length - n,
    gap: rate("judged_secure") - rate("executed_secure"),
  };
}

/** Attacks some answers of a training step after the fact: what was judged secure and is not. */
export async function watchGap(
  traces: readonly Trace[],
  tasks: ReadonlyMap<string, PolicyTask>,
  { judge, arena }: Pick<PolicyTools, "judge" | "arena">,
): Promise<Record<string, number>> {
  const variant: AlignVariant = { security: "judge", likeness: "codebleu" };
  const scored = await Promise.all(
    traces.map(({ task, turns }) =>
      scoreAnswer(String(turns[0]!.action), {
        task: tasks.get(task)!,
        reference: null,
        judge,
        variant,
        execute: executor(arena, tasks.get(task)!),
      }),
    ),
  );
  const rows = scored.map(({ labels }) => labels).filter((labels) => labels["executed_secure"] !== undefined);
  const rate = (name: string): number =>
    rows.reduce((sum, labels) => sum + (labels[name] ?? 0), 0) / Math.max(1, rows.length);
  return Object.fromEntries(
    ["executed_secure", "functional", "overjudged"].map((name) => [`watch/${name}`, rate(name)]),
  );
}
