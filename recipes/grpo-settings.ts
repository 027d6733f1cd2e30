/** How the recipes that practise by GRPO turn rewards into a loss: every kind that `PolicyLossOptions` has. */
import { z } from "zod";
import type { PolicyLossOptions } from "../src/train/backend.ts";

const TYPES = [
  "grpo",
  "bnpo",
  "dr_grpo",
  "dapo",
  "cispo",
  "sapo",
  "vespo",
  "luspo",
] as const satisfies readonly PolicyLossOptions["type"][];

interface Defaults {
  readonly loss: (typeof TYPES)[number];
  readonly epsilonHigh?: number;
  readonly minibatches: number;
}

export const grpoLoss = ({ loss, epsilonHigh = 0.2, minibatches }: Defaults) => ({
  loss: z.enum(TYPES).default(loss),
  /** Ratios of single tokens, or one for an answer. luspo needs the second, vespo the first. */
  level: z.enum(["token", "sequence"]).default(loss === "luspo" ? "sequence" : "token"),
  /** Over the batch: in groups that hardly differ the little that they do must not count as much as a solution. */
  scaling: z.enum(["group", "batch", "none"]).default("batch"),
  epsilonLow: z.number().positive().default(0.2),
  /** For cispo the largest ratio itself, about 5. */
  epsilonHigh: z.number().positive().default(epsilonHigh),
  /** Largest ratio, whatever the sign of the advantage. */
  delta: z.number().positive().optional(),
  /** Weight of the KL to the start. */
  beta: z.number().nonnegative().default(0),
  biasCorrectedKl: z.boolean().default(false),
  entropyCoefficient: z.number().default(0),
  /** Share of the tokens, those of most entropy, that have a policy loss. */
  topEntropyQuantile: z.number().positive().max(1).default(1),
  /** Answers of negative advantage that became this much less likely, in nats per token, are dropped. */
  offPolicyThreshold: z.number().positive().optional(),
  epochs: z.int().positive().default(1),
  minibatches: z.int().positive().default(minibatches),
});
