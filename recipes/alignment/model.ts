/** A model of the alignment recipes: from a checkpoint, or small and from random weights with a tokenizer of our own. */
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { chatLanguage, languageOf, type ChatLanguage } from "../../src/envs/alignment/index.ts";
import { ChatTemplate } from "../../src/model/chat-template.ts";
import { readConfig } from "../../src/model/config.ts";
import { trainTokenizer } from "../../src/model/tokenizer-train.ts";
import { Tokenizer } from "../../src/model/tokenizer.ts";
import { writeFileAtomic } from "../../src/runs/files.ts";
import { LocalBackend } from "../../src/train/local/backend.ts";
import { SMALL_ADAMW, SMALL_MUON, smallDecoder } from "../../src/train/local/small.ts";
import type { ModelSettings } from "./settings.ts";

const MARKS = { user: "<|user|>", assistant: "<|assistant|>", end: "<|end|>", pad: "<|pad|>" };
const FILES =
  /^(?:tokenizer.*|special_tokens_map|added_tokens|vocab|merges|chat_template)\.(?:json|txt|jinja)$/;

/** Writes a tokenizer for one message and one answer, learnt from `texts`. */
export async function learnTokenizer(texts: readonly string[], size: number, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const json = trainTokenizer(texts, size, Object.values(MARKS));
  const config = {
    tokenizer_class: "PreTrainedTokenizerFast",
    clean_up_tokenization_spaces: false,
    eos_token: MARKS.end,
    pad_token: MARKS.pad,
    chat_template: `{{ '${MARKS.user}' + messages[-1]['content'] + '${MARKS.assistant}' }}`,
  };
  writeFileAtomic(join(folder, "tokenizer.json"), JSON.stringify(json));
  writeFileAtomic(join(folder, "tokenizer_config.json"), `${JSON.stringify(config)}\n`);
}

/** A tokenizer of ours, or that of the checkpoint to start from. */
export async function loadLanguage({ start }: ModelSettings, folder: string): Promise<ChatLanguage> {
  if (start !== "") return chatLanguage(start);
  const tokenizer = await Tokenizer.load(folder);
  const ends = { stop: tokenizer.special(MARKS.end), pad: tokenizer.special(MARKS.pad) };
  return languageOf(tokenizer, ChatTemplate.load(folder), ends);
}

/** Everything beside the weights that a checkpoint needs to be asked. */
export async function copyTokenizer(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of (await readdir(from)).filter((name) => FILES.test(name)))
    await copyFile(join(from, file), join(to, file));
}

export interface StartOptions {
  readonly language: ChatLanguage;
  readonly settings: ModelSettings;
  readonly seed: number;
  readonly job: "sft" | "rl";
  readonly threads: number;
  /** Weights to go on from; undefined: those of `settings.start`, or random ones. */
  readonly from?: string;
}

export async function startModel(options: StartOptions): Promise<LocalBackend> {
  const { language, settings, seed, job, threads, from } = options;
  const weights = from ?? (settings.start === "" ? undefined : settings.start);
  const model =
    settings.start === ""
      ? smallDecoder(settings, language.tokenizer.vocabSize, settings.maxPositions)
      : await readConfig(settings.start);
  const backend = new LocalBackend(
    {
      engine: {
        model,
        seed,
        stopToken: language.end,
        padToken: language.pad,
        optimizer: job === "sft" && settings.optimizer === "muon" ? SMALL_MUON : SMALL_ADAMW,
        maxGradNorm: 1,
        precision: settings.precision,
        tokensPerBatch: settings.tokensPerBatch,
      },
      constraintModule: undefined,
    },
    threads,
  );
  if (weights !== undefined) await backend.load(weights, { optimizer: false });
  return backend;
}
