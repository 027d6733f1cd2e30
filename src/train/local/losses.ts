/** Losses over trained tokens: weighted cross-entropy, and the clipped policy loss of GRPO and its kin. */
import { noGrad, tensor, type Tensor } from "../../torch/index.ts";
import type { Datum, LossSpec } from "../backend.ts";
import type { Target } from "./rows.ts";

type PolicyLoss = Extract<LossSpec, { kind: "policy" }>;

/** Loss of a micro-batch, already normalised over the whole batch: micro-batches add up. */
export interface PartialLoss {
  readonly loss: Tensor;
  /** Sums over the micro-batch's tokens; divided by their number at the end. */
  readonly sums: Readonly<Record<string, number>>;
}

const int64 = (values: readonly number[]): Tensor => tensor(BigInt64Array.from(values, BigInt));
const float32 = (values: readonly number[]): Tensor => tensor(Float32Array.from(values));
const idOf = (target: Target): number => target.datum.ids[target.token]!;
const weightOf = (target: Target): number => target.datum.weights[target.token]!;

/** logits [N, V]; sum of weight * nll / `totalWeight`, as the mean over all weighted tokens of the batch. */
export function crossEntropyLoss(
  logits: Tensor,
  targets: readonly Target[],
  totalWeight: number,
): PartialLoss {
  const ids = int64(targets.map(idOf));
  const logp = logits.logSoftmax(-1).gather(1, ids.unsqueeze(1)).squeeze(1);
  const loss = logp.mul(float32(targets.map((target) => -weightOf(target) / totalWeight))).sum();
  return noGrad(() => {
    const right = logits.argmax(-1).eq(ids).toUint8Array();
    const sums = { full_hits: 0, full_tokens: 0, emphasised_hits: 0, emphasised_tokens: 0 };
    targets.forEach((target, i) => {
      const weight = weightOf(target);
      if (weight < 1) return;
      const kind = weight > 1 ? "emphasised" : "full";
      sums[`${kind}_hits`] += right[i]!;
      sums[`${kind}_tokens`]++;
    });
    return { loss, sums };
  });
}

/** Log-probabilities [N] of the drawn tokens under temperature and constraint, and the whole distribution [N, V]. */
export function policyLogprobs(
  logits: Tensor,
  targets: readonly Target[],
  temperature: number,
): { own: Tensor; all: Tensor } {
  const vocabulary = logits.size(1);
  const scaled = logits.div(temperature === 0 ? 1 : temperature);
  const forbidden = maskOf(targets, vocabulary);
  // A finite stand-in for minus infinity keeps 0 * log 0 at 0 in the entropy.
  const all = (forbidden === undefined ? scaled : scaled.maskedFill(forbidden, -1e30)).logSoftmax(-1);
  return { own: all.gather(1, int64(targets.map(idOf)).unsqueeze(1)).squeeze(1), all };
}

/** bool [N, V], true where the constraint forbade the token. */
function maskOf(targets: readonly Target[], vocabulary: number): Tensor | undefined {
  if (targets.every((target) => target.datum.masks?.[target.token] === undefined)) return undefined;
  const permitted = new Uint8Array(targets.length * vocabulary).fill(1);
  targets.forEach((target, row) => {
    const mask = target.datum.masks?.[target.token];
    if (mask !== undefined) permitted.set(mask.subarray(0, vocabulary), row * vocabulary);
  });
  return tensor(permitted, { shape: [targets.length, vocabulary] }).eq(0);
}

/**
 * -min(rho A, clip(rho, 1 - low, 1 + high) A) + beta k3, reduced as the type says (trl 1.13.0;
 * ../shared/protocols/trainers.md 1.3). `reference` are the reference policy's log-probabilities [N] when beta > 0.
 */
export function policyLoss(
  logits: Tensor,
  targets: readonly Target[],
  spec: PolicyLoss,
  lengths: ReadonlyMap<Datum, number>,
  reference: Tensor | undefined,
): PartialLoss {
  const { own, all } = policyLogprobs(logits, targets, spec.temperature);
  const advantages = float32(targets.map((target) => target.datum.advantage ?? 0));
  const old = float32(targets.map((target) => target.datum.logprobs?.[target.token] ?? 0));
  const ratio = own.sub(old).exp();
  const clipped = ratio.clamp(1 - spec.epsilonLow, 1 + spec.epsilonHigh);
  let perToken = ratio.mul(advantages).minimum(clipped.mul(advantages)).neg();
  let kl = 0;
  if (reference !== undefined) {
    const gap = reference.sub(own);
    const k3 = gap.exp().sub(gap).sub(1);
    perToken = perToken.add(k3.mul(spec.beta));
    kl = noGrad(() => k3.sum().item());
  }
  const loss = perToken
    .mul(float32(targets.map((target) => weightOf(target) * normaliser(target, spec, lengths))))
    .sum();
  const sums = noGrad(() => {
    const low = ratio
      .lt(1 - spec.epsilonLow)
      .logicalAnd(advantages.lt(0))
      .float()
      .sum()
      .item();
    const high = ratio
      .gt(1 + spec.epsilonHigh)
      .logicalAnd(advantages.gt(0))
      .float()
      .sum()
      .item();
    const entropy = -all.exp().mul(all).sum().item();
    return {
      entropy,
      kl,
      "clip_ratio/low_mean": low,
      "clip_ratio/high_mean": high,
      "clip_ratio/region_mean": low + high,
    };
  });
  return { loss, sums };
}

/** What one token's loss is multiplied with, so that micro-batches add up to the reduction of the whole batch. */
function normaliser(target: Target, spec: PolicyLoss, lengths: ReadonlyMap<Datum, number>): number {
  switch (spec.type) {
    case "grpo":
      return 1 / (spec.totalSequences * lengths.get(target.datum)!);
    case "dr_grpo":
      return 1 / (spec.totalSequences * spec.maxCompletionLength);
    case "dapo":
      return 1 / spec.totalTokens;
  }
}
