/** Entry of a checkpoint sampler's thread: loads model, adapter and tokenizer, and completes prompts in batches. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { workerData } from "node:worker_threads";
import { InputError } from "../../core/errors.ts";
import type { Completion } from "../../core/sampler.ts";
import type { SamplingOptions } from "../../core/sampling.ts";
import { contentHash } from "../../util/hash.ts";
import { serveThread } from "../../util/thread.ts";
import { ChatTemplate } from "../chat-template.ts";
import { Decoder, decoderWeights } from "../decoder.ts";
import { loadDecoder } from "../load.ts";
import { Adapters } from "../lora/adapters.ts";
import { loadAdapter } from "../lora/folder.ts";
import { Tokenizer } from "../tokenizer.ts";
import { LocalTurnSampler } from "../turn-sampler.ts";
import { endTokens } from "./end-tokens.ts";

export interface CheckpointSettings {
  /** A Hugging Face folder: config.json, safetensors, tokenizer.json. */
  readonly checkpoint: string;
  /** A PEFT folder for it. */
  readonly adapter?: string | undefined;
  /** `{prompt}` is replaced by the task's. */
  readonly template?: string | undefined;
  /** Whether the prompt goes through the folder's chat template; default: when there is one. */
  readonly chat?: boolean | undefined;
  readonly system?: string | undefined;
}

/** A text: why this prompt can have no completion. */
export type Generated = Completion | string;

export type Opened = { readonly fingerprint: string } | { readonly problem: string };

interface Loaded {
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | undefined;
  readonly sampler: LocalTurnSampler;
  readonly maxPositions: number;
}

/** Tokens computed between two looks at which rows have ended. */
const STEPS = 32;
const WAVE = 0;

const settings = workerData as CheckpointSettings;
let loaded: Loaded | undefined;

serveThread({
  // What is wrong with the folder goes over as data: an error loses its class on the way.
  open: async (): Promise<Opened> => {
    try {
      return { fingerprint: await open() };
    } catch (error) {
      if (error instanceof InputError) return { problem: error.message };
      throw error;
    }
  },
  generate,
});

/** What identifies the weights: names, sizes and times of the files, as hashing gigabytes would take minutes. */
async function open(): Promise<string> {
  const { checkpoint, adapter } = settings;
  const tokenizer = await Tokenizer.load(checkpoint);
  const base = await loadDecoder(checkpoint);
  let model = base;
  if (adapter !== undefined) {
    const weights = decoderWeights(base.config, base.parameters);
    const adapters = new Adapters(weights);
    adapters.add("adapter", loadAdapter(adapter, weights));
    adapters.use("adapter");
    adapters.merge("adapter");
    model = new Decoder(base.config, base.parameters, adapters);
  }
  const { maxPositions } = model.config;
  const sampler = new LocalTurnSampler(model, model.rope(maxPositions), endTokens(checkpoint, tokenizer));
  loaded = { tokenizer, template: chatTemplate(checkpoint), sampler, maxPositions };
  return contentHash(
    [checkpoint, adapter].flatMap((folder) => (folder === undefined ? [] : filesOf(folder))),
  );
}

function chatTemplate(folder: string): ChatTemplate | undefined {
  if (settings.chat === false) return undefined;
  if (settings.chat === true) return ChatTemplate.load(folder);
  try {
    return ChatTemplate.load(folder);
  } catch {
    return undefined;
  }
}

async function generate(
  requests: readonly { readonly prompt: string; readonly seed: number }[],
  options: SamplingOptions,
): Promise<Generated[]> {
  const { tokenizer, sampler, maxPositions } = loaded!;
  const out: (Generated | undefined)[] = requests.map(() => undefined);
  const prompts: { readonly ids: readonly number[]; readonly requests: number[] }[] = [];
  const seen = new Map<string, number>();
  requests.forEach(({ prompt }, index) => {
    const known = seen.get(prompt);
    if (known !== undefined) return void prompts[known]!.requests.push(index);
    const ids = encode(prompt);
    const room = maxPositions - options.maxTokens;
    if (ids.length === 0) out[index] = "the prompt is empty";
    else if (ids.length > room)
      out[index] =
        `the prompt has ${ids.length} tokens; beside ${options.maxTokens} new ones the model has room for ${room}`;
    else {
      seen.set(prompt, prompts.length);
      prompts.push({ ids, requests: [index] });
    }
  });
  if (prompts.length === 0) return out as Generated[];

  const begun = performance.now();
  const copies = Math.max(...prompts.map((prompt) => prompt.requests.length));
  const requestOf = (row: number): number | undefined =>
    prompts[Math.floor(row / copies)]!.requests[row % copies];
  const rows = Array.from({ length: prompts.length * copies }, (_, row) => row);
  const start = rows.flatMap((row) => {
    const request = requestOf(row);
    return request === undefined ? [] : [{ row, append: [], seed: requests[request]!.seed }];
  });
  let change = { start, drop: rows.filter((row) => requestOf(row) === undefined) };
  await sampler.begin(
    WAVE,
    prompts.map(({ ids }) => ids),
    copies,
  );
  try {
    for (let left = start.length; left > 0;) {
      const ended = await sampler.advance(WAVE, change, options, STEPS);
      for (const { row, ids, finished } of ended) {
        left--;
        // The token that ended it is no part of the text.
        const text = tokenizer.decode(finished ? ids.slice(0, -1) : ids);
        const promptTokens = prompts[Math.floor(row / copies)]!.ids.length;
        const ms = performance.now() - begun;
        out[requestOf(row)!] = { text, finished, promptTokens, completionTokens: ids.length, ms };
      }
      change = { start: [], drop: ended.map(({ row }) => row) };
    }
  } finally {
    await sampler.end(WAVE);
  }
  return out as Generated[];
}

function encode(prompt: string): number[] {
  const { tokenizer, template } = loaded!;
  const text = (settings.template ?? "{prompt}").split("{prompt}").join(prompt);
  if (template === undefined) return tokenizer.encode(text);
  const messages = [
    ...(settings.system === undefined ? [] : [{ role: "system", content: settings.system }]),
    { role: "user", content: text },
  ];
  return tokenizer.encodeTemplate(template.render(messages, { addGenerationPrompt: true }));
}

function filesOf(folder: string): object[] {
  const index = join(folder, "model.safetensors.index.json");
  const shards = existsSync(index)
    ? Object.values(
        (JSON.parse(readFileSync(index, "utf8")) as { weight_map: Record<string, string> }).weight_map,
      )
    : ["model.safetensors", "adapter_model.safetensors"];
  const names = [...new Set([...shards, "config.json", "adapter_config.json", "tokenizer.json"])];
  return names.flatMap((name) => {
    const path = join(folder, name);
    if (!existsSync(path)) return [];
    const { size, mtimeMs } = statSync(path);
    return [{ name, size, mtimeMs }];
  });
}
