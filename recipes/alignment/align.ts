/** Alignment: the policy's start, and its practice against the judge. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startAlignEpisode } from "../../src/envs/alignment/index.ts";
import type { RecipeContext } from "../../src/runs/recipe.ts";
import { writeFileAtomic } from "../../src/runs/files.ts";
import type { PolicyTask } from "./data.ts";
import {
  examplesOf,
  executor,
  references,
  scorePolicy,
  watchGap,
  type PolicyScore,
  type PolicyTools,
} from "./policy.ts";
import type { AlignmentSettings } from "./settings.ts";
import { playStage } from "./stage.ts";
import { reinforce, teach, type Stage } from "./train.ts";

export interface AlignOptions {
  readonly config: AlignmentSettings;
  readonly context: RecipeContext;
  readonly tools: PolicyTools;
  readonly tokenizer: string;
  readonly train: readonly PolicyTask[];
  readonly heldOut: readonly PolicyTask[];
  /** Steps of the stages before. */
  readonly offset: number;
}

const percent = (share: number | undefined): string => `${Math.round(100 * (share ?? 0))} %`;

export async function alignPolicy(
  options: AlignOptions,
): Promise<{ readonly folder: string; readonly before: PolicyScore; readonly after: PolicyScore }> {
  const { config, context, tools, tokenizer, train, heldOut, offset } = options;
  const { seed, threads, demonstrate, align } = config;
  const { language, judge, arena } = tools;
  const shared = { context, language, tokenizer, model: config.policy, seed, threads };
  const score = (backend: Stage["backend"]): Promise<PolicyScore> =>
    scorePolicy(backend.sampler, heldOut, tools, config);
  const start = await playStage({
    ...shared,
    name: "policy",
    index: 2,
    offset,
    steps: demonstrate.steps,
    job: "sft",
    train: async (stage) => {
      if (demonstrate.steps > 0) await teach(stage, examplesOf(train), demonstrate);
    },
    judge: score,
    note: ({ loss }) => `loss ${loss!.toFixed(3)}`,
  });
  const byId = new Map(train.map((one) => [one.id, one]));
  const attacks = align.security === "executed" || align.likeness === "tests";
  const aligned = await playStage({
    ...shared,
    name: "checkpoint",
    index: 3,
    offset: offset + demonstrate.steps,
    steps: align.steps,
    job: "rl",
    from: start.folder,
    train: async (stage) => {
      const written = await readReferences(options, stage);
      const watched: Stage = {
        ...stage,
        onStep: async (step, metrics, traces) => {
          const isWatched = align.watchEvery > 0 && step % align.watchEvery === 0 && !attacks;
          const gap = isWatched ? await watchGap(traces, byId, tools) : {};
          await stage.onStep(step, { ...metrics, ...gap }, traces);
        },
      };
      await reinforce(
        watched,
        train,
        (task) =>
          startAlignEpisode({
            task,
            language,
            reference: written[task.id] ?? null,
            judge,
            variant: align,
            execute: attacks ? executor(arena, task) : undefined,
          }),
        align,
      );
    },
    judge: score,
    note: (metrics) =>
      `reward ${metrics["reward"]!.toFixed(2)}, judged secure ${percent(metrics["judged_secure"])}` +
      (metrics["watch/executed_secure"] === undefined
        ? ""
        : `, attacked ${percent(metrics["watch/executed_secure"])}, works ${percent(metrics["watch/functional"])}`),
  });
  return { folder: aligned.folder, before: start.result, after: aligned.result };
}

/** By task; kept in the run's folder, so that a resumed run compares with the same ones. */
async function readReferences(
  { config, context, tools, train }: AlignOptions,
  { backend }: Stage,
): Promise<Readonly<Record<string, string>>> {
  if (config.align.reference === "task")
    return Object.fromEntries(
      train.flatMap(({ id, reference }) => (reference === null ? [] : [[id, reference]])),
    );
  const file = join(context.run.dir, "references.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  const written = await references(backend.sampler, tools.language, train, config);
  writeFileAtomic(file, JSON.stringify(written));
  return written;
}
