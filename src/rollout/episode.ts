/** What a rollout needs to know of an episode: how tokens become actions and results become tokens. */
import type { Reward } from "../core/reward.ts";
import type { TurnRecord } from "../core/trace.ts";

/** One task being run once; joins an environment with the language its policy speaks. */
export interface Episode {
  readonly task: string;
  readonly prompt: readonly number[];
  /** For the sampler's constraint module, at the next turn. */
  constraint(): unknown;
  /** Acts on the environment. `append` are the tokens to read before the next turn. Throws only for a programming error. */
  act(ids: readonly number[], finished: boolean): Promise<EpisodeStep>;
  reward(): Reward;
  labels(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

export interface EpisodeStep {
  readonly record: TurnRecord;
  readonly append: readonly number[];
  readonly done: boolean;
}
