/** Tokens that a policy loss leaves out: of sequences that have drifted too far, and of little entropy. */
import { op, type Tensor } from "../../torch/index.ts";
import type { PolicySpec, Ratios } from "./policy-loss.ts";

export interface KeptTokens {
  /** [n] of 0 and 1; undefined: all. */
  readonly policy: Tensor | undefined;
  /** The entropy bonus acts on these only, too. */
  readonly entropy: Tensor | undefined;
}

export function keptTokens(
  spec: PolicySpec,
  { logRatio, advantages, entropy, sequences }: Ratios,
): KeptTokens {
  const { offPolicyThreshold: threshold, topEntropyQuantile: top = 1 } = spec;
  return {
    // DeepSeek-V3.2: what has become unlikely is not to be made yet less likely.
    policy:
      threshold === undefined
        ? undefined
        : sequences.spread(sequences.mean(logRatio).neg()).le(threshold).logicalOr(advantages.ge(0)).float(),
    entropy: top === 1 ? undefined : entropy.ge(op("aten::quantile", "scalar")(entropy, 1 - top)).float(),
  };
}
