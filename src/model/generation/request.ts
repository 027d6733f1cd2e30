/** What is asked of a generating model and what comes back, token by token. Data only, so that it crosses threads. */
import type { ChatMessage } from "../chat-template.ts";

/** How the tokens of one request are drawn. */
export interface TokenOptions {
  /** 0 = greedy. */
  readonly temperature: number;
  readonly topP: number;
  readonly topK?: number | undefined;
  readonly minP?: number | undefined;
  /** Logits of tokens of prompt and answer are divided (if positive, else multiplied) by it (Keskar et al. 2019). */
  readonly repetitionPenalty?: number | undefined;
  /** Subtracted once from the logits of tokens that the answer has, and once for each time (as the OpenAI API). */
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  /** Added to the logits of these tokens. */
  readonly logitBias?: Readonly<Record<number, number>> | undefined;
  readonly maxTokens: number;
  /** End tokens count as any other. */
  readonly ignoreEnd?: boolean | undefined;
  /** Report log-probabilities, and those of so many of the most likely tokens beside. */
  readonly logprobs?: number | undefined;
}

/** One prompt, any number of answers to it. */
export interface GenerationRequest {
  readonly prompt:
    | { readonly text: string }
    | { readonly ids: readonly number[] }
    | { readonly messages: readonly ChatMessage[]; readonly tools?: readonly object[] | undefined };
  /** One answer for each. A token depends on its seed, the text before it and the weights. */
  readonly seeds: readonly number[];
  /** Undefined: the base model. */
  readonly adapter?: string | undefined;
  /** `maxTokens` undefined: what the model has room for, at most the engine's own limit. */
  readonly sampling: Omit<TokenOptions, "maxTokens"> & { readonly maxTokens?: number | undefined };
  /** An answer ends before the first of these. */
  readonly stop?: readonly string[] | undefined;
  /** The answer is JSON that the schema permits; `true` is any object. */
  readonly json?: object | true | undefined;
}

/** "stop": an end token, a stop string, or nothing more that the schema permits. */
export type FinishReason = "stop" | "length" | "error";

/** Natural logs of the probabilities that the model itself gives, before temperature, penalties and constraints. */
export interface TokenLogprob {
  readonly id: number;
  readonly logprob: number;
  /** The most likely tokens, most likely first. */
  readonly top: readonly { readonly id: number; readonly logprob: number }[];
}

/** A token that was drawn for one answer of a request. */
export interface DrawnToken {
  readonly request: number;
  readonly answer: number;
  readonly id: number;
  readonly logprob?: TokenLogprob | undefined;
  readonly finish?: FinishReason | undefined;
  /** With finish "error". */
  readonly problem?: string | undefined;
}
