/** The small policy of the code recipes: its tokenizer, its shape, and the engine that trains and samples it. */
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import type { StdinTask } from "../../src/core/program.ts";
import { programLanguage, PROGRAM_TOKENS, type ProgramLanguage } from "../../src/envs/programs/index.ts";
import { trainTokenizer } from "../../src/model/tokenizer-train.ts";
import { Tokenizer } from "../../src/model/tokenizer.ts";
import { writeFileAtomic } from "../../src/runs/files.ts";
import { adapted } from "../../src/train/local/adapted.ts";
import { LocalBackend } from "../../src/train/local/backend.ts";
import { SMALL_ADAMW, SMALL_MUON, smallDecoder } from "../../src/train/local/small.ts";
import type { LoraSchema, ModelSettings } from "./settings.ts";

const FILES = ["tokenizer.json", "tokenizer_config.json"];

/** Texts and solutions of the practised tasks alone. */
export async function learnTokenizer(
  tasks: readonly StdinTask[],
  size: number,
  folder: string,
): Promise<void> {
  const texts = tasks.flatMap(({ prompt, reference, security }) =>
    [prompt, reference, security?.unsafe].filter((text) => text !== undefined),
  );
  await mkdir(folder, { recursive: true });
  const json = trainTokenizer(texts, size, PROGRAM_TOKENS);
  writeFileAtomic(join(folder, "tokenizer.json"), JSON.stringify(json));
  writeFileAtomic(join(folder, "tokenizer_config.json"), `${JSON.stringify(TOKENIZER_CONFIG)}\n`);
}

const TOKENIZER_CONFIG = {
  tokenizer_class: "PreTrainedTokenizerFast",
  clean_up_tokenization_spaces: false,
  eos_token: "<|end|>",
  pad_token: "<|pad|>",
};

export const loadLanguage = async (folder: string): Promise<ProgramLanguage> =>
  programLanguage(await Tokenizer.load(folder));

export async function copyTokenizer(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of FILES) await copyFile(join(from, file), join(to, file));
}

export interface PolicySettings {
  readonly language: ProgramLanguage;
  readonly model: ModelSettings;
  readonly seed: number;
  /** Which optimizer; `ppo` adds a value net to that of `rl`. */
  readonly job: "sft" | "grpo" | "ppo";
  /** The value net learns at this many times the policy's rate. */
  readonly valueRate?: number;
  /** Trains an adapter instead of the weights. */
  readonly lora?: z.output<typeof LoraSchema> | null;
  readonly threads: number;
}

export function startPolicy(settings: PolicySettings): LocalBackend {
  const { language, model, seed, job, valueRate = 1, threads } = settings;
  const lora = settings.lora ?? null;
  return new LocalBackend(
    {
      engine: {
        model: smallDecoder(model, language.tokenizer.vocabSize, 1024),
        seed,
        stopToken: language.end,
        padToken: language.pad,
        optimizer: job === "sft" && lora === null ? SMALL_MUON : SMALL_ADAMW,
        maxGradNorm: 1,
        precision: "fp32",
        tokensPerBatch: 2048,
        ...adapted(lora),
        ...(job === "ppo" ? { valueNet: { learningRateScale: valueRate } } : {}),
      },
      constraintModule: undefined,
    },
    threads,
  );
}
