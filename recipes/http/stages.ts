/** Phase 1 of http-triage: the base from random weights, and an adapter for each category. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HttpCategory } from "../../src/core/index.ts";
import { copyTokenizer, fineTune, modelOf, startTriageBackend } from "../../src/envs/http/train.ts";
import type { TriageLanguage } from "../../src/envs/http/language.ts";
import type { RecipeContext } from "../../src/runs/recipe.ts";
import { NonFiniteGuard } from "../../src/train/guard.ts";
import type { LocalBackend } from "../../src/train/local/backend.ts";
import { smallDecoder } from "../../src/train/local/small.ts";
import { dumpBatch, logStep } from "../patch/record.ts";
import { ofCategory, type TriageExamples } from "./data.ts";
import type { TriageSettings } from "./settings.ts";

export interface TriageWorkshop {
  readonly config: TriageSettings;
  readonly context: RecipeContext;
  readonly language: TriageLanguage;
  /** Folder of the tokenizer. */
  readonly tokenizer: string;
  readonly examples: TriageExamples;
  /** Where the next stage's steps begin in the run's log. */
  offset: number;
}

export interface StageTools {
  readonly guard: NonFiniteGuard;
  readonly onStep: (
    step: number,
    metrics: Readonly<Record<string, number>>,
    note?: string,
  ) => Promise<boolean>;
}

/** Something that a stage made, in a folder of the run. It can be interrupted between stages: a started one begins again. */
export async function playStage(
  workshop: TriageWorkshop,
  name: string,
  steps: number,
  work: (
    tools: StageTools,
    publish: (fill: (folder: string) => Promise<void>) => Promise<string>,
  ) => Promise<void>,
): Promise<string> {
  const { run, emit, signal } = workshop.context;
  const { offset } = workshop;
  workshop.offset += steps;
  const last = offset + steps - 1;
  const folder = join(run.dir, name);
  if (run.resumedFrom !== null && run.resumedFrom.step >= last && existsSync(folder)) return folder;
  const started = performance.now();
  emit({ kind: "stage-start", stage: name, total: steps });
  const onStep: StageTools["onStep"] = async (step, metrics, note) => {
    logStep(run, offset + step, metrics);
    const shown = note ?? `loss ${metrics["loss"]!.toFixed(3)}`;
    emit({ kind: "stage-step", stage: name, done: step + 1, total: steps, note: shown });
    signal.throwIfAborted();
    return true;
  };
  await work({ guard: new NonFiniteGuard(dumpBatch(run.dir)), onStep }, (fill) => run.publish(name, fill));
  await run.saveCheckpoint(last, () => {});
  emit({ kind: "stage-end", stage: name, seconds: (performance.now() - started) / 1000 });
  return folder;
}

/** With the backend closed whatever happens. */
export async function withBackend<T>(backend: LocalBackend, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await backend.close().catch(() => 0);
  }
}

const MAX_POSITIONS = 1024;

export function trainBase(workshop: TriageWorkshop): Promise<string> {
  const { config, language, tokenizer, examples } = workshop;
  const { seed, threads, base, demonstrations } = config;
  const model = smallDecoder(config.model, language.tokenizer.vocabSize, MAX_POSITIONS);
  return playStage(workshop, "base", base.steps, async (tools, publish) => {
    const backend = startTriageBackend({ language, model, seed, lora: null, threads });
    await withBackend(backend, async () => {
      const { reflections } = demonstrations;
      const data = { backend, language, examples: examples.train, reflections, demonstrations };
      await fineTune({ ...data, ...base, seed: `base/${seed}`, ...tools });
      await publish(async (folder) => {
        await backend.save(folder, { optimizer: false });
        await copyTokenizer(tokenizer, folder);
      });
    });
  });
}

/** The folder has base, adapter and optimizer, to go on from. */
export function trainAdapter(
  workshop: TriageWorkshop,
  base: string,
  category: HttpCategory,
): Promise<string> {
  const { config, language, examples } = workshop;
  const { seed, threads, sft, lora, demonstrations } = config;
  return playStage(workshop, join("sft", category), sft.steps, async (tools, publish) => {
    const backend = startTriageBackend({ language, model: await modelOf(base), seed, lora, threads });
    await withBackend(backend, async () => {
      await backend.load(base, { optimizer: false });
      const { reflections } = demonstrations;
      const own = ofCategory(examples.train, category);
      const data = { backend, language, examples: own, reflections, demonstrations };
      await fineTune({ ...data, ...sft, seed: `sft/${category}/${seed}`, ...tools });
      await publish((folder) => backend.save(folder, { optimizer: true }));
    });
  });
}
