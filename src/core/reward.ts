/** A reward is a number or null; null means that the infrastructure failed and there is no signal. */

export interface Reward {
  readonly value: number | null;
  /** Named parts; they add up to `value` where the preset is a sum. */
  readonly components: Readonly<Record<string, number>>;
}

export const NO_SIGNAL: Reward = { value: null, components: {} };
