/** A checkpoint that answers requests: texts in, pieces of text out, adapters by name. Runs where the engine runs. */
import { InputError } from "../../core/errors.ts";
import { dispose } from "../../torch/index.ts";
import { ChatTemplate } from "../chat-template.ts";
import { readConfig } from "../config.ts";
import { Decoder, decoderWeights } from "../decoder.ts";
import type { Grammar } from "../json/token-mask.ts";
import { loadDecoder } from "../load.ts";
import { Adapters } from "../lora/adapters.ts";
import { loadAdapter } from "../lora/folder.ts";
import { allEndTokens, endTokens } from "../samplers/end-tokens.ts";
import { Tokenizer } from "../tokenizer.ts";
import { answerText, type AnswerText } from "./answer-text.ts";
import type { AnswerPart, NamedLogprob, TokenProbability } from "./answer.ts";
import { createGrammars } from "./grammars.ts";
import type { DrawnToken, GenerationRequest, TokenLogprob } from "./request.ts";
import { chatPrompt } from "./chat-prompt.ts";
import { createScheduler, MAX_POSITIONS, MAX_ROWS } from "./scheduler.ts";

export interface GenerationSettings {
  /** A Hugging Face folder: config.json, safetensors, tokenizer.json. */
  readonly checkpoint: string;
  /** Answers that are computed at once; default 32. */
  readonly maxRows?: number | undefined;
  /** Positions in the caches of all answers under way; default 65,536. */
  readonly maxPositions?: number | undefined;
  /** New tokens of a request that does not say how many; default 1024. */
  readonly defaultTokens?: number | undefined;
}

/** Why a request cannot be answered: its own fault. */
export interface Refusal {
  readonly problem: string;
  readonly reason: "context-length" | "too-many" | "adapter" | "schema" | "template" | "prompt";
}

export interface GenerationModel {
  readonly maxPositions: number;
  readonly chat: boolean;
  readonly running: number;
  readonly waiting: number;
  /** `id` is the caller's. Answers come out of `step`. */
  add(id: number, request: GenerationRequest): { readonly promptTokens: number } | Refusal;
  cancel(id: number): void;
  /** One token of each answer under way. */
  step(): AnswerPart[];
  /** Drops every request, after an error. */
  reset(): void;
  encode(prompt: GenerationRequest["prompt"]): readonly number[];
  decode(ids: readonly number[]): string;
  /** Throws InputError. */
  loadAdapter(name: string, folder: string): void;
  /** Requests under way are answered to their end; then the memory is free. */
  unloadAdapter(name: string): void;
  dispose(): void;
}

const DEFAULT_TOKENS = 1024;

interface Answer {
  readonly text: AnswerText;
  over: boolean;
}

/** Throws InputError naming the file and what was expected. */
export async function loadGenerationModel(settings: GenerationSettings): Promise<GenerationModel> {
  const { checkpoint, defaultTokens = DEFAULT_TOKENS } = settings;
  const { maxRows = MAX_ROWS, maxPositions: maxCached = MAX_POSITIONS } = settings;
  // First, so that a folder of another kind is blamed for what it is.
  await readConfig(checkpoint);
  const tokenizer = await Tokenizer.load(checkpoint);
  const end = allEndTokens(checkpoint, tokenizer);
  const { pad } = endTokens(checkpoint, tokenizer);
  const template = ChatTemplate.find(checkpoint);
  const base = await loadDecoder(checkpoint);
  const weights = decoderWeights(base.config, base.parameters);
  const adapters = new Adapters(weights);
  const model = new Decoder(base.config, base.parameters, adapters);
  const { maxPositions, vocabSize } = base.config;
  const rope = model.rope(maxPositions);
  const scheduler = createScheduler(model, rope, {
    end,
    pad,
    useAdapter: (key) => adapters.use(key),
    maxRows,
    maxPositions: maxCached,
  });
  const answers = new Map<number, Answer[]>();
  /** By the name that requests use; each load has a key of its own, so that a name may be loaded again at once. */
  const keys = new Map<string, string>();
  const leaving = new Set<string>();
  let loads = 0;

  const grammarOf = createGrammars(tokenizer, vocabSize, end);

  const encode = (prompt: GenerationRequest["prompt"]): readonly number[] => {
    if ("ids" in prompt) {
      const wrong = prompt.ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
      if (wrong !== undefined)
        throw new InputError(`prompt: expected token ids below ${vocabSize}, found ${wrong}`);
      return prompt.ids;
    }
    if ("text" in prompt) return tokenizer.encodeText(prompt.text);
    if (template === undefined)
      throw new InputError(`messages: this model has no chat template; ask for a completion instead`);
    return chatPrompt(template, tokenizer, prompt.messages, prompt.tools);
  };

  const freeAdapters = (): void => {
    for (const key of leaving)
      if (!scheduler.uses(key)) {
        adapters.remove(key);
        leaving.delete(key);
      }
  };

  const named = ({ id, logprob }: { id: number; logprob: number }): TokenProbability => {
    const bytes = tokenizer.bytes(id) ?? new Uint8Array();
    return { token: new TextDecoder().decode(bytes), bytes: [...bytes], logprob };
  };
  const namedLogprob = (found: TokenLogprob): NamedLogprob => {
    return { ...named(found), top: found.top.map(named) };
  };

  const partOf = (token: DrawnToken): AnswerPart | undefined => {
    const { request, answer: index, id, logprob, problem } = token;
    const answer = answers.get(request)?.[index];
    if (answer === undefined || answer.over) return undefined;
    let finish = token.finish;
    let text = "";
    const isEnd = finish === "stop" && end.has(id);
    if (!isEnd && finish !== "error") {
      const added = answer.text.push(id);
      text = added.text;
      if (added.stopped) {
        finish = "stop";
        scheduler.cancel(request, index);
      } else if (finish !== undefined) text += answer.text.end();
    } else text = answer.text.end();
    if (finish !== undefined) {
      answer.over = true;
      if (answers.get(request)!.every(({ over }) => over)) answers.delete(request);
    }
    return {
      request,
      answer: index,
      text,
      ...(logprob === undefined || isEnd ? {} : { logprob: namedLogprob(logprob) }),
      ...(finish === undefined ? {} : { finish }),
      ...(problem === undefined ? {} : { problem }),
    };
  };

  return {
    maxPositions,
    chat: template !== undefined,
    get running() {
      return scheduler.running;
    },
    get waiting() {
      return scheduler.waiting;
    },
    encode,
    decode: (ids) => tokenizer.decode(ids),

    add(id, request) {
      const key = request.adapter === undefined ? undefined : keys.get(request.adapter);
      if (request.adapter !== undefined && key === undefined)
        return { problem: `there is no adapter ${request.adapter}`, reason: "adapter" };
      let grammar: Grammar | undefined;
      let prompt: readonly number[];
      try {
        if (request.json !== undefined) grammar = grammarOf(request.json);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        return { problem: error.message, reason: "schema" };
      }
      try {
        prompt = encode(request.prompt);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        return { problem: error.message, reason: "messages" in request.prompt ? "template" : "prompt" };
      }
      if (prompt.length === 0) return { problem: "the prompt is empty", reason: "prompt" };
      const room = maxPositions - prompt.length;
      const wanted = request.sampling.maxTokens;
      if (room < (wanted ?? 1))
        return {
          problem: `the prompt has ${prompt.length} tokens and ${wanted ?? 1} new ones are asked for; the model has room for ${maxPositions} together`,
          reason: "context-length",
        };
      const maxTokens = wanted ?? Math.min(room, defaultTokens);
      const cached = request.seeds.length * (prompt.length + maxTokens);
      if (request.seeds.length > 1 && (request.seeds.length > maxRows || cached > maxCached))
        return {
          problem: `${request.seeds.length} answers of up to ${prompt.length + maxTokens} tokens; there is room for ${maxRows} answers and ${maxCached} tokens at once`,
          reason: "too-many",
        };
      answers.set(
        id,
        request.seeds.map(() => ({ text: answerText(tokenizer, request.stop), over: false })),
      );
      scheduler.add({
        id,
        prompt,
        seeds: request.seeds,
        options: { ...request.sampling, maxTokens },
        adapter: key,
        ...(grammar === undefined ? {} : { constraint: () => grammar.follow() }),
      });
      return { promptTokens: prompt.length };
    },

    cancel(id) {
      answers.delete(id);
      scheduler.cancel(id);
      freeAdapters();
    },

    step() {
      const parts = scheduler.step().flatMap((token) => partOf(token) ?? []);
      if (leaving.size > 0) freeAdapters();
      return parts;
    },

    reset() {
      scheduler.dispose();
      answers.clear();
      freeAdapters();
    },

    loadAdapter(name, folder) {
      if (keys.has(name)) throw new InputError(`there is an adapter ${name} already`);
      const key = `${name}#${loads++}`;
      adapters.add(key, loadAdapter(folder, weights));
      keys.set(name, key);
    },

    unloadAdapter(name) {
      const key = keys.get(name);
      if (key === undefined) throw new InputError(`there is no adapter ${name}`);
      keys.delete(name);
      leaving.add(key);
      freeAdapters();
    },

    dispose() {
      scheduler.dispose();
      adapters.dispose();
      dispose(base.parameters);
      dispose([rope.cos, rope.sin]);
    },
  };
}
