/** The record of a rollout: one task run once. */
import type { Reward } from "./reward.ts";

/** A stretch of tokens with one author. */
export interface TokenSpan {
  readonly author: "prompt" | "policy" | "environment";
  readonly ids: readonly number[];
  /** Policy spans only: see TurnResult. */
  readonly logprobs?: readonly number[];
  readonly masks?: readonly (Uint8Array | undefined)[];
}

export interface TurnRecord {
  /** The action as the environment got it; null when the tokens formed none. */
  readonly action: unknown;
  readonly observation: unknown;
  readonly reward: number | null;
  readonly components: Readonly<Record<string, number>>;
  /** For instance the verdict with the evidence of each rung. */
  readonly evidence?: unknown;
}

export interface Trace {
  readonly task: string;
  /** Index in the group. */
  readonly sample: number;
  readonly spans: readonly TokenSpan[];
  readonly turns: readonly TurnRecord[];
  /** Of the whole episode; value null when any step had no signal. */
  readonly reward: Reward;
  /** What happened, as 0 or 1, in the task's own words: `identified`, `blocked`, ... Averaged by evaluation. */
  readonly labels: Readonly<Record<string, number>>;
  /** The turn limit or the token limit ended it. */
  readonly truncated: boolean;
}
