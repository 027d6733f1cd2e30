/** Trains the language head of triage models: a base from nothing, and adapters for it, one for each category. */
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readConfig, type DecoderConfig } from "../../model/config.ts";
import type { Datum } from "../../train/backend.ts";
import type { NonFiniteGuard } from "../../train/guard.ts";
import { adapted } from "../../train/local/adapted.ts";
import { LocalBackend } from "../../train/local/backend.ts";
import { SMALL_ADAMW, SMALL_MUON } from "../../train/local/small.ts";
import { learningRateAt } from "../../train/schedule.ts";
import { trainSft } from "../../train/sft.ts";
import { makeRng } from "../../util/rng.ts";
import { LENGTH_MODULE } from "./attempt.ts";
import { demonstrate, type DemonstrationSettings, type TriageExample } from "./examples.ts";
import type { TriageLanguage } from "./language.ts";
import { demonstrateReflection } from "./reflect.ts";

export const LoraSettingsSchema = z.strictObject({
  rank: z.int().positive().default(16),
  alpha: z.number().positive().default(32),
  /** As for PEFT: ends of module names. */
  targets: z
    .array(z.string())
    .default(["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]),
  /** `nf4`: the weights before which the adapter stands are kept in four bits (QLoRA). */
  quantize: z.literal("nf4").nullable().default(null),
});
export type LoraSettings = z.output<typeof LoraSettingsSchema>;

export interface TriageBackendSettings {
  readonly language: TriageLanguage;
  readonly model: DecoderConfig;
  readonly seed: number;
  /** null: the weights themselves are trained. */
  readonly lora: LoraSettings | null;
  readonly threads: number;
}

export function startTriageBackend(settings: TriageBackendSettings): LocalBackend {
  const { language, model, seed, lora, threads } = settings;
  return new LocalBackend(
    {
      engine: {
        model,
        seed,
        stopToken: language.marks.end,
        padToken: language.marks.pad,
        optimizer: lora === null ? SMALL_MUON : SMALL_ADAMW,
        maxGradNorm: 1,
        precision: "fp32",
        tokensPerBatch: 1024,
        ...adapted(lora),
      },
      constraintModule: LENGTH_MODULE,
    },
    threads,
  );
}

export interface FineTuning {
  readonly backend: LocalBackend;
  readonly language: TriageLanguage;
  readonly examples: readonly TriageExample[];
  readonly steps: number;
  /** Pairs of a step. */
  readonly batch: number;
  readonly learningRate: number;
  readonly warmup: number;
  readonly demonstrations: DemonstrationSettings;
  /** Share of pairs that also show a reflection. */
  readonly reflections: number;
  readonly seed: string;
  readonly guard: NonFiniteGuard;
  readonly onStep: (step: number, metrics: Readonly<Record<string, number>>) => Promise<boolean>;
}

/** The batch of a step is a function of seed and step; a pair is followed by its twin where the examples have it so. */
export function fineTune(options: FineTuning): Promise<void> {
  const { backend, language, examples, steps, batch, learningRate, warmup, seed, guard, onStep } = options;
  const twin = new Map(examples.map((example) => [example.pair.id, example]));
  const schedule = { peak: learningRate, warmupSteps: warmup, totalSteps: steps, floor: 0.05 };
  return trainSft({
    backend,
    batch: (step): Datum[] => {
      const rng = makeRng(`${seed}/${step}`);
      return Array.from({ length: Math.ceil(batch / 2) }, () => rng.pick(examples))
        .flatMap((example) => {
          const other = twin.get(example.pair.provenance?.twin ?? "");
          return other === undefined ? [example] : [example, other];
        })
        .flatMap((example) => [
          ...demonstrate(example, language, options.demonstrations, rng),
          ...(rng.chance(options.reflections) ? demonstrateReflection(example, language, rng) : []),
        ]);
    },
    learningRate: (step) => learningRateAt(step, schedule),
    steps,
    guard,
    startStep: 0,
    onStep,
  });
}

const TOKENIZER_FILES = ["tokenizer.json", "tokenizer_config.json"];

export async function copyTokenizer(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of TOKENIZER_FILES) await copyFile(join(from, file), join(to, file));
}

/** The model of a checkpoint folder, to train an adapter for it. */
export const modelOf = (checkpoint: string): Promise<DecoderConfig> => readConfig(checkpoint);
