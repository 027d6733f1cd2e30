/** Turn-based sampling: what a rollout asks of whatever draws tokens. Data only, so that it crosses threads. */

export interface SamplingOptions {
  /** 0 = greedy. */
  readonly temperature: number;
  /** Keep the smallest set of tokens whose probability reaches this; 1 = all. */
  readonly topP: number;
  readonly maxTokens: number;
}

/** One row of a wave that takes a turn. */
export interface TurnRow {
  /** Index of the row in the wave. */
  readonly row: number;
  /** Tokens that came from the environment since the row's last turn. */
  readonly append: readonly number[];
  /** Handed to the constraint module named when the sampler was made; undefined = unconstrained. */
  readonly constraint?: unknown;
  /** Drawing a token depends on nothing but this seed, the row's text and the weights. */
  readonly seed: number;
}

export interface TurnResult {
  readonly row: number;
  readonly ids: readonly number[];
  /** Natural log of the probability with which each id was drawn, under temperature and constraint. */
  readonly logprobs: readonly number[];
  /** The constraint's mask at each id; undefined where unconstrained. Equal masks may be one object. */
  readonly masks: readonly (Uint8Array | undefined)[];
  /** False when maxTokens cut the turn off. */
  readonly finished: boolean;
}

/** What changes in a wave before it goes on. */
export interface WaveChange {
  /** Rows that take a turn from here on; other rows go on with theirs, or wait. */
  readonly start: readonly TurnRow[];
  /** Rows that never take a turn again. */
  readonly drop: readonly number[];
}

/** A wave is a batch of rows that share KV cache and schedule; every call names it. */
export interface TurnSampler {
  /** Makes `copies` rows per prompt: rows 0..copies-1 belong to prompt 0, and so on. */
  begin(wave: number, prompts: readonly (readonly number[])[], copies: number): Promise<void>;
  /**
   * Computes at most `steps` tokens for each row that is taking a turn and returns the turns that ended. Rows join and
   * leave between calls only, so that what is computed together depends on the tokens and never on timing.
   */
  advance(wave: number, change: WaveChange, options: SamplingOptions, steps: number): Promise<TurnResult[]>;
  end(wave: number): Promise<void>;
}
