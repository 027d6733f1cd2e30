/** PPO's losses over a batch [B, T] (Schulman et al. 2017; masks and reduction as in TRL, trainers.md 1.5). */
import { noGrad, tensor, type Tensor } from "../../torch/index.ts";

export interface PpoLossOptions {
  readonly clip: number;
  readonly valueClip: number;
  readonly valueWeight: number;
}

/** Tokens and values of a whole minibatch, of which a call may see a part: its parts then add up. Default: the call's own. */
export interface PpoTotals {
  readonly tokens: number;
  readonly values: number;
}

export const PPO_LOSS: PpoLossOptions = { clip: 0.2, valueClip: 0.2, valueWeight: 0.1 };

/** What was known before the update; [rows][T] each. */
export interface PpoBatch {
  /** Index of each answer's last token. */
  readonly last: readonly number[];
  readonly logprobs: readonly (readonly number[])[];
  readonly values: readonly (readonly number[])[];
  readonly advantages: readonly (readonly number[])[];
  readonly returns: readonly (readonly number[])[];
}

export interface PpoLoss {
  /** Scalar with gradient: policy + valueWeight * value. */
  readonly loss: Tensor;
  readonly metrics: {
    readonly policy_loss: number;
    readonly value_loss: number;
    readonly clip_fraction: number;
    readonly value_clip_fraction: number;
    /** Half the mean squared difference of log-probabilities (Schulman's k2 estimate). */
    readonly approx_kl: number;
    readonly ratio: number;
  };
}

/** `logprobs` and `values` [B, T] are those of the nets being trained; what lies behind an answer may be anything finite. */
export function ppoLoss(
  batch: PpoBatch,
  logprobs: Tensor,
  values: Tensor,
  options: Partial<PpoLossOptions> = {},
  totals?: PpoTotals,
): PpoLoss {
  const { clip, valueClip, valueWeight } = { ...PPO_LOSS, ...options };
  const width = batch.values[0]!.length;
  const shape = [batch.last.length, width];
  const grid = (rows: readonly (readonly number[])[]): Tensor =>
    tensor(Float32Array.from(rows.flat()), { shape });
  const upTo = (extra: number): Tensor =>
    grid(batch.last.map((last) => Array.from({ length: width }, (_, t) => (t <= last + extra ? 1 : 0))));
  // The value net speaks once more, behind the last token.
  const [answers, spoken] = [upTo(0), upTo(1)];
  const [advantages, returns, before] = [grid(batch.advantages), grid(batch.returns), grid(batch.values)];

  const [tokens, spots] = [totals?.tokens ?? answers.sum(), totals?.values ?? spoken.sum()];

  const moved = logprobs.sub(grid(batch.logprobs)).mul(answers);
  const ratio = moved.exp();
  const [free, bound] = [ratio, ratio.clamp(1 - clip, 1 + clip)].map((r) => r.mul(advantages).neg());
  const policy = maskedMean(free!.maximum(bound!), answers, tokens);

  const step = values.sub(before).clamp(-valueClip, valueClip);
  const [far, near] = [values, before.add(step)].map((v) => v.sub(returns)).map((gap) => gap.mul(gap));
  const value = maskedMean(far!.maximum(near!), spoken, spots).mul(0.5);

  const metrics = noGrad(() => ({
    policy_loss: policy.item(),
    value_loss: value.item(),
    clip_fraction: maskedMean(bound!.gt(free!).float(), answers, tokens).item(),
    value_clip_fraction: maskedMean(near!.gt(far!).float(), spoken, spots).item(),
    approx_kl: maskedMean(moved.mul(moved), answers, tokens).mul(0.5).item(),
    ratio: maskedMean(ratio, answers, tokens).item(),
  }));
  return { loss: policy.add(value.mul(valueWeight)), metrics };
}

const maskedMean = (x: Tensor, mask: Tensor, count: Tensor | number): Tensor => x.mul(mask).sum().div(count);
