/** Group-relative advantages as TRL computes them (trl 1.13.0, grpo_trainer.py; ../shared/protocols/trainers.md 1.2). */

export type RewardScaling = "group" | "batch" | "none";

export interface GroupAdvantages {
  /** One per reward; 0 where the reward is null. */
  readonly advantages: readonly number[];
  readonly mean: number;
  /** Sample standard deviation (ddof 1); 0 for fewer than two rewards. */
  readonly std: number;
  readonly nulls: number;
}

const EPSILON = 1e-4;

/** Mean and sample standard deviation of the rewards that are numbers. */
function moments(values: readonly number[]): { mean: number; std: number } {
  if (values.length === 0) return { mean: 0, std: 0 };
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  if (values.length < 2) return { mean, std: 0 };
  return { mean, std: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1)) };
}

/**
 * A = (R - mean_group) / (std + 1e-4), std with ddof 1 over the group or the batch, or no division.
 * A null reward (no signal) takes no part in the mean and gets advantage 0; the caller drops its tokens.
 */
export function groupAdvantages(
  groups: readonly (readonly (number | null)[])[],
  scaling: RewardScaling = "group",
): GroupAdvantages[] {
  const known = (rewards: readonly (number | null)[]): number[] => rewards.filter((r) => r !== null);
  const batch = moments(groups.flatMap(known));
  return groups.map((rewards) => {
    const { mean, std } = moments(known(rewards));
    const scale = scaling === "none" ? 1 : (scaling === "group" ? std : batch.std) + EPSILON;
    return {
      advantages: rewards.map((r) => (r === null ? 0 : (r - mean) / scale)),
      mean,
      std,
      nulls: rewards.filter((r) => r === null).length,
    };
  });
}

/**
 * Advantages of several rewards, each normalised by itself (GDPO; TRL's `normalize_then_sum`): within the group every
 * reward becomes (r - mean) / (std + 1e-4), their weighted sum is brought to mean 0 and deviation 1 over the batch.
 * `groups[g][i][k]` is reward k of sample i; null is no signal. A sample without any has advantage 0.
 */
export function decoupledAdvantages(
  groups: readonly (readonly (readonly (number | null)[])[])[],
  weights: readonly number[],
): number[][] {
  const sums = groups.map((samples) => {
    const each = weights.map((_, k) =>
      moments(samples.map((rewards) => rewards[k]!).filter((r) => r !== null)),
    );
    return samples.map((rewards) => {
      if (rewards.every((reward) => reward === null)) return null;
      return rewards.reduce<number>((sum, reward, k) => {
        const { mean, std } = each[k]!;
        return reward === null ? sum : sum + (weights[k]! * (reward - mean)) / (std + EPSILON);
      }, 0);
    });
  });
  const { mean, std } = moments(sums.flat().filter((sum) => sum !== null));
  return sums.map((group) => group.map((sum) => (sum === null ? 0 : (sum - mean) / (std + EPSILON))));
}
