/** What completes a prompt, one text per request: a local checkpoint or an endpoint. */
import type { SamplingOptions } from "./sampling.ts";

export interface CompletionRequest {
  /** What is asked, without any template. */
  readonly prompt: string;
  /** The same seed gives the same text again where the sampler can keep that promise. */
  readonly seed: number;
}

export interface Completion {
  readonly text: string;
  /** False when the limit of tokens cut it off. */
  readonly finished: boolean;
  /** Null where an endpoint does not say. */
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  /** From the start of the try that succeeded to its last token, in milliseconds. */
  readonly ms: number;
}

export interface Sampler {
  readonly name: string;
  /** What the text depends on beside prompt, seed and options: the key of everything that is remembered. */
  readonly identity: unknown;
  /** Requests that are worth having under way at once. */
  readonly parallel: number;
  /** Throws InfraError when there is no completion, InputError when this prompt can have none. */
  complete(request: CompletionRequest, options: SamplingOptions, signal?: AbortSignal): Promise<Completion>;
  close(): Promise<void>;
}
