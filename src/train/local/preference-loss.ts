/** Losses of pairs of which one is preferred: of a policy (DPO) and of a reward model. */
import { noGrad, tensor, type Tensor } from "../../torch/index.ts";
import type { LossSpec } from "../backend.ts";
import type { TokenScores } from "./head-loss.ts";
import type { PartialLoss } from "./losses.ts";
import { sequencesOf } from "./policy-loss.ts";
import type { Target } from "./rows.ts";

export type PreferenceSpec = Extract<LossSpec, { kind: "preference" }>;

/**
 * Direct preference optimisation (Rafailov et al. 2023): -log sigmoid(beta h), where h is how much more the policy has
 * gained on the reference in the chosen answer than in the rejected one; with smoothing s the pair counts as swapped
 * with weight s (cDPO). `reference` [n] are log-probabilities. Both answers of each pair have to be among the targets.
 */
export function preferenceLoss(
  { logprobs }: Pick<TokenScores, "logprobs">,
  targets: readonly Target[],
  spec: PreferenceSpec,
  reference: Tensor,
): PartialLoss {
  const sequences = sequencesOf(targets);
  const pairs = pairsOf(sequences.data);
  const at = (side: "chosen" | "rejected", of: Tensor): Tensor =>
    of.indexSelect(0, tensor(BigInt64Array.from(pairs, (pair) => BigInt(pair[side]))));
  const own = sequences.sum(logprobs);
  const gain = own.sub(sequences.sum(reference)).mul(spec.beta);
  const [chosen, rejected] = [at("chosen", gain), at("rejected", gain)];
  const margin = chosen.sub(rejected);
  const smoothing = spec.labelSmoothing ?? 0;
  const perPair = margin
    .logSigmoid()
    .mul(smoothing - 1)
    .sub(margin.neg().logSigmoid().mul(smoothing));
  const loss = perPair.sum().div(spec.totalPairs);
  return noGrad(() => ({
    loss,
    sums: {},
    sequenceSums: {
      "rewards/chosen": chosen.sum().item(),
      "rewards/rejected": rejected.sum().item(),
      "rewards/accuracies": margin.gt(0).float().sum().item(),
      "rewards/margins": margin.sum().item(),
      "logps/chosen": at("chosen", own).sum().item(),
      "logps/rejected": at("rejected", own).sum().item(),
    },
    sequences: pairs.length,
  }));
}

/** Places of both answers of each pair. Throws when one is missing. */
function pairsOf(data: readonly Target["datum"][]): { chosen: number; rejected: number }[] {
  const pairs = new Map<number, { chosen?: number; rejected?: number }>();
  data.forEach(({ preference }, place) => {
    if (preference === undefined) throw new Error("a preference loss needs data with a preference");
    const pair = pairs.get(preference.pair) ?? {};
    pairs.set(preference.pair, { ...pair, [preference.chosen ? "chosen" : "rejected"]: place });
  });
  return [...pairs].map(([pair, { chosen, rejected }]) => {
    if (chosen === undefined || rejected === undefined)
      throw new Error(`pair ${pair} has only one of its answers in this batch`);
    return { chosen, rejected };
  });
}

export interface RewardModelLoss {
  /** Scalar with gradient. */
  readonly loss: Tensor;
  readonly metrics: Readonly<
    Record<"min_reward" | "mean_reward" | "max_reward" | "accuracy" | "margin", number>
  >;
}

/**
 * Bradley-Terry: the mean of -log sigmoid(chosen - rejected - margin), and `centering` times that of
 * (chosen + rejected)^2, which keeps scores near 0. All [pairs]. As TRL's RewardTrainer, with its metrics' names.
 */
export function rewardModelLoss(
  chosen: Tensor,
  rejected: Tensor,
  options: { readonly margin?: Tensor; readonly centering?: number } = {},
): RewardModelLoss {
  const gap = chosen.sub(rejected);
  let loss = (options.margin === undefined ? gap : gap.sub(options.margin)).logSigmoid().mean().neg();
  if (options.centering !== undefined)
    loss = loss.add(chosen.add(rejected).pow(2).mean().mul(options.centering));
  return noGrad(() => {
    const all = [...chosen.toNumbers(), ...rejected.toNumbers()];
    return {
      loss,
      metrics: {
        min_reward: Math.min(...all),
        mean_reward: all.reduce((a, b) => a + b, 0) / all.length,
        max_reward: Math.max(...all),
        accuracy: gap.gt(0).float().mean().item(),
        margin: gap.mean().item(),
      },
    };
  });
}
