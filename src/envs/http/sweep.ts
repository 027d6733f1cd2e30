/** What a sweep trains: an adapter of some rank, rate and number of pairs, or a head of some shape, each once. */
import { existsSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { HTTP_CATEGORIES, type EventSink, type HttpCategory, type HttpPair } from "../../core/index.ts";
import { openDualEngine } from "../../model/dual/engine.ts";
import { saveHead } from "../../model/dual/folder.ts";
import { writeFolderAtomic } from "../../runs/files.ts";
import { dispose } from "../../torch/index.ts";
import { NonFiniteGuard } from "../../train/guard.ts";
import type { HeadTraining } from "../../train/head/fit.ts";
import { ADAPTER_FOLDER } from "../../train/local/policy-net.ts";
import { contentHash } from "../../util/hash.ts";
import { toExample, type TriageExample } from "./examples.ts";
import { chooseHead, type HeadShape } from "./heads.ts";
import type { TriageModel } from "./model.ts";
import { fineTune, LoraSettingsSchema, modelOf, startTriageBackend } from "./train.ts";

export interface AdapterVariant {
  readonly rank: number;
  readonly learningRate: number;
  /** Pairs that it is trained on, the first ones of each category. */
  readonly count: number;
  readonly steps: number;
}

export interface SweepHands {
  /** Folder of the model whose base is adapted. */
  readonly checkpoint: string;
  readonly model: TriageModel;
  /** Trained things are kept here by what they were trained on. */
  readonly out: string;
  readonly seed: number;
  readonly threads: number;
  readonly emit: EventSink;
  readonly signal: AbortSignal;
}

/** As the recipe demonstrates, with smaller batches: pairs of a step, and what is shown of them. */
const BATCH = 16;
const DEMONSTRATIONS = { verdictWeight: 4, engineered: 0.15, maxAnalysis: 160 };
/** alpha / rank, so that ranks differ in room and not in step. */
const SCALE = 2;

/** Folders of adapters by category; those that are there already are not trained again. */
export async function sweepAdapters(
  train: readonly HttpPair[],
  { rank, learningRate, count, steps }: AdapterVariant,
  hands: SweepHands,
): Promise<Partial<Record<HttpCategory, string>>> {
  const { checkpoint, model, out, seed, threads, emit, signal } = hands;
  const { language, fingerprint } = model;
  const folders: Partial<Record<HttpCategory, string>> = {};
  for (const [category, pairs] of byCategory(train)) {
    const shown = pairs.slice(0, count);
    const key = contentHash({
      fingerprint,
      rank,
      learningRate,
      steps,
      seed,
      pairs: shown.map(({ id }) => id),
    });
    const folder = join(out, `adapter-${category}-${key.slice(0, 16)}`);
    folders[category] = folder;
    if (existsSync(folder)) continue;
    const stage = `${category}: rank ${rank}, rate ${learningRate}, ${shown.length} pairs`;
    emit({ kind: "stage-start", stage, total: steps });
    const lora = LoraSettingsSchema.parse({ rank, alpha: SCALE * rank });
    const backend = startTriageBackend({ language, model: await modelOf(checkpoint), seed, lora, threads });
    try {
      await backend.load(checkpoint, { optimizer: false });
      await fineTune({
        backend,
        language,
        examples: shown.map((pair) => toExample(pair, language)),
        steps,
        batch: BATCH,
        learningRate,
        warmup: Math.min(10, steps - 1),
        demonstrations: DEMONSTRATIONS,
        reflections: 0,
        seed: `sweep/${category}/${seed}`,
        guard: new NonFiniteGuard(async () => {}),
        onStep: async (step) => {
          emit({ kind: "stage-step", stage, done: step + 1, total: steps });
          signal.throwIfAborted();
          return true;
        },
      });
      await writeFolderAtomic(folder, async (own) => {
        // The backend saves the whole model; the base is in the checkpoint already.
        const whole = join(own, "whole");
        await backend.save(whole, { optimizer: false });
        await cp(join(whole, ADAPTER_FOLDER), own, { recursive: true });
        await rm(whole, { recursive: true });
      });
    } finally {
      await backend.close().catch(() => 0);
    }
  }
  return folders;
}

export interface HeadSweep extends Omit<HeadTraining, "seed" | "signal"> {
  readonly shape: HeadShape;
  /** Share of the pairs that chooses the best epoch and the threshold. */
  readonly validation: number;
  readonly maxFalsePositiveRate: number;
}

/** Folders of heads by category, trained on states of the model's own adapters. */
export async function sweepHeads(
  train: readonly HttpPair[],
  { shape, validation, ...training }: HeadSweep,
  { checkpoint, model, out, seed, threads, signal }: SweepHands,
): Promise<Partial<Record<HttpCategory, string>>> {
  const { language, fingerprint, categories } = model;
  const folders: Partial<Record<HttpCategory, string>> = {};
  for (const [category, pairs] of byCategory(train)) {
    const ids = pairs.map(({ id }) => id);
    const key = contentHash({ fingerprint, shape, validation, training, seed, ids });
    const folder = join(out, `head-${category}-${key.slice(0, 16)}`);
    folders[category] = folder;
    if (existsSync(folder)) continue;
    const adapter = categories[category]?.adapter;
    const adapters = adapter === undefined ? {} : { [category]: join(checkpoint, adapter) };
    const engine = await openDualEngine({ checkpoint, adapters, heads: {} }, threads);
    try {
      const examples = pairs.map((pair) => toExample(pair, language));
      const [kept, learnt] = divide(examples, validation);
      const source = {
        engine,
        language,
        fingerprint,
        adapter: adapter === undefined ? undefined : category,
        cache: join(out, "states"),
      };
      const options = { ...training, shapes: [shape], engineered: false, seed, signal };
      const { head } = await chooseHead(source, { train: learnt, validation: kept }, options);
      await writeFolderAtomic(folder, (own) => saveHead(own, head));
      dispose(head.parameters);
    } finally {
      await engine.close();
    }
  }
  return folders;
}

/** Twins stand behind one another, so a piece from the end does not divide them but once. */
function divide(
  examples: readonly TriageExample[],
  share: number,
): [validation: TriageExample[], rest: TriageExample[]] {
  const at = examples.length - Math.max(2, 2 * Math.round((examples.length * share) / 2));
  return [examples.slice(at), examples.slice(0, at)];
}

const byCategory = (pairs: readonly HttpPair[]): [HttpCategory, HttpPair[]][] =>
  HTTP_CATEGORIES.map((category): [HttpCategory, HttpPair[]] => [
    category,
    pairs.filter((pair) => pair.category === category),
  ]).filter(([, own]) => own.length > 0);
