/** What comes back for a request while it is answered. Data only, so that it crosses threads. */
import type { FinishReason } from "./request.ts";

export interface TokenProbability {
  /** Bytes that are no whole character show as U+FFFD. */
  readonly token: string;
  readonly bytes: readonly number[];
  /** Natural log. */
  readonly logprob: number;
}

export interface NamedLogprob extends TokenProbability {
  readonly top: readonly TokenProbability[];
}

/** One token of one answer. */
export interface AnswerPart {
  /** The id that the request was given. */
  readonly request: number;
  readonly answer: number;
  /** What it adds to the text; often nothing: half a character, or what may be the beginning of a stop string. */
  readonly text: string;
  readonly logprob?: NamedLogprob;
  readonly finish?: FinishReason;
  /** With finish "error". */
  readonly problem?: string;
}

/** Posted by the thread after each step. */
export interface StepEvent {
  readonly parts: readonly AnswerPart[];
  readonly running: number;
  readonly waiting: number;
  /** The engine failed: every request under way is lost. */
  readonly failed?: string;
}
