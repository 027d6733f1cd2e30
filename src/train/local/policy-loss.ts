/** The losses of GRPO and its kin on log-probabilities of drawn tokens (trl 1.13.0; ../shared/protocols/trainers.md 1.3). */
import { noGrad, tensor, where, zeros, type Tensor } from "../../torch/index.ts";
import type { Datum, LossSpec } from "../backend.ts";
import type { TokenScores } from "./head-loss.ts";
import { keptTokens } from "./kept-tokens.ts";
import type { PartialLoss } from "./losses.ts";
import type { Target } from "./rows.ts";

export type PolicySpec = Extract<LossSpec, { kind: "policy" }>;

/** What a batch says beside its tokens. */
export interface BatchTotals {
  /** Trained tokens of each sequence. */
  readonly lengths: ReadonlyMap<Datum, number>;
  /** Sum of the loss weights of all tokens. */
  readonly weight: number;
  /** Tokens of each sequence that were clipped below and above, counted here. */
  readonly clipped: Map<Datum, { low: number; high: number }>;
}

/** Whether a token's loss follows from that token alone, so that a sequence may be taken apart. */
export const isTokenwise = (spec: PolicySpec): boolean =>
  spec.type !== "vespo" &&
  spec.level !== "sequence" &&
  spec.offPolicyThreshold === undefined &&
  (spec.topEntropyQuantile ?? 1) === 1;

/** Which sequence each of n tokens is of. */
export interface Sequences {
  readonly data: readonly Datum[];
  /** [n] values of tokens -> [S] their sums, and means. */
  sum(x: Tensor): Tensor;
  mean(x: Tensor): Tensor;
  /** [S] values of sequences -> [n] */
  spread(x: Tensor): Tensor;
}

/** All [n] but for what is said of sequences. */
export interface Ratios {
  readonly own: Tensor;
  readonly logRatio: Tensor;
  /** Of tokens, or of their sequences. */
  readonly ratio: Tensor;
  readonly advantages: Tensor;
  readonly entropy: Tensor;
  readonly sequences: Sequences;
}

const float32 = (values: readonly number[]): Tensor => tensor(Float32Array.from(values));

export function sequencesOf(targets: readonly Target[]): Sequences {
  const data = [...new Set(targets.map(({ datum }) => datum))];
  const numbers = new Map(data.map((datum, i) => [datum, i]));
  const of = tensor(BigInt64Array.from(targets, ({ datum }) => BigInt(numbers.get(datum)!)));
  const sum = (x: Tensor): Tensor => zeros([data.length]).indexAdd(0, of, x);
  const lengths = noGrad(() => sum(float32(targets.map(() => 1))));
  return { data, sum, mean: (x) => sum(x).div(lengths), spread: (x) => x.indexSelect(0, of) };
}

/**
 * Policy loss, entropy bonus and KL of `targets`, all tokens of a sequence together unless `isTokenwise`. `reference`
 * [n] are the reference policy's log-probabilities when beta > 0.
 */
export function policyLoss(
  { logprobs: own, entropy }: Pick<TokenScores, "logprobs" | "entropy">,
  targets: readonly Target[],
  spec: PolicySpec,
  totals: BatchTotals,
  reference: Tensor | undefined,
): PartialLoss {
  const sequences = sequencesOf(targets);
  const advantages = float32(targets.map(({ datum }) => datum.advantage ?? 0));
  const unchanged = targets.some(({ datum }) => datum.logprobs === undefined);
  const old = unchanged ? own.detach() : float32(targets.map(({ datum, token }) => datum.logprobs![token]!));
  const logRatio = own.sub(old);
  const ratio = spec.level === "sequence" ? sequences.spread(sequences.mean(logRatio)).exp() : logRatio.exp();
  const ratios = { own, logRatio, ratio, advantages, entropy, sequences };
  const kept = noGrad(() => keptTokens(spec, ratios));
  let perToken = perTokenLoss(spec, ratios);
  if (kept.policy !== undefined) perToken = perToken.mul(kept.policy);
  if (kept.entropy !== undefined) perToken = perToken.mul(kept.entropy);
  const sums: Record<string, number> = { entropy: noGrad(() => entropy.sum().item()) };
  if (reference !== undefined) {
    const gap = reference.sub(own);
    const k3 = gap.exp().sub(gap).sub(1);
    const kl = spec.biasCorrectedKl === true ? k3.mul(ratio) : k3;
    perToken = perToken.add(kl.mul(spec.beta));
    sums["kl"] = noGrad(() => kl.sum().item());
  }
  const weights = targets.map(
    (target) => target.datum.weights[target.token]! * normaliser(target.datum, spec, totals),
  );
  let loss = perToken.mul(float32(weights)).sum();
  const shares: Record<string, number> = {};
  const bonus = spec.entropyCoefficient ?? 0;
  if (bonus !== 0) {
    shares["policy_loss"] = loss.item();
    // The mean over the tokens that it acts on, of which these are a share.
    const mean =
      kept.entropy === undefined ? entropy.mean() : entropy.mul(kept.entropy).sum().div(kept.entropy.sum());
    loss = loss.sub(mean.mul((bonus * targets.length) / totals.weight));
  }
  const { ofTokens, ofSequences } = noGrad(() => ratioMetrics(spec, ratios, targets, totals));
  return { loss, sums: { ...sums, ...ofTokens }, sequenceSums: ofSequences, shares };
}

/** The positive and the negative shape of vespo's weight of a sequence; sapo's temperatures likewise. */
const VESPO_SHAPES = [
  [2, 3],
  [3, 2],
] as const;
const SAPO_TEMPERATURES = [1, 1.05] as const;

function perTokenLoss(spec: PolicySpec, ratios: Ratios): Tensor {
  const { ratio, advantages, own, sequences } = ratios;
  switch (spec.type) {
    case "cispo":
      return ratio.detach().clamp(null, spec.epsilonHigh).mul(advantages).mul(own).neg();
    case "sapo": {
      const [positive, other] = spec.sapoTemperatures ?? SAPO_TEMPERATURES;
      const temperature = advantages
        .gt(0)
        .float()
        .mul(positive - other)
        .add(other);
      return ratio.sub(1).mul(temperature).sigmoid().mul(4).div(temperature).mul(advantages).neg();
    }
    case "vespo": {
      const weights = noGrad(() => sequences.spread(sequenceWeights(spec, ratios)));
      return weights.mul(advantages).mul(own).neg();
    }
    default: {
      const clipped = ratio.clamp(1 - spec.epsilonLow, 1 + spec.epsilonHigh);
      return cut(ratio, spec).mul(advantages).minimum(clipped.mul(advantages)).neg();
    }
  }
}

const cut = (ratio: Tensor, { delta }: PolicySpec): Tensor =>
  delta === undefined ? ratio : ratio.clamp(null, delta);

/** vespo's phi(w) = exp(lambda + k log w - lambda w) of each sequence [S], w the product of its tokens' ratios. */
function sequenceWeights(spec: PolicySpec, { logRatio, advantages, sequences }: Ratios): Tensor {
  const [positive, negative] = spec.vespoShapes ?? VESPO_SHAPES;
  const logW = sequences.sum(logRatio.clamp(-20, 20)).clamp(Math.log(1e-8), 20);
  const isNegative = sequences.sum(advantages).lt(0);
  const shape = (i: 0 | 1): Tensor =>
    where(isNegative, logW.mul(0).add(negative[i]), logW.mul(0).add(positive[i]));
  const [k, lambda] = [shape(0), shape(1).clamp(1e-4)];
  return lambda.add(k.mul(logW)).sub(lambda.mul(logW.exp())).exp();
}

/** What one token's loss is multiplied with, so that micro-batches add up to the reduction of the whole batch. */
function normaliser(datum: Datum, spec: PolicySpec, { lengths, weight }: BatchTotals): number {
  switch (spec.type) {
    case "grpo":
    case "sapo":
      return 1 / (spec.totalSequences * lengths.get(datum)!);
    case "bnpo":
      return 1 / weight;
    case "dr_grpo":
      return 1 / (spec.totalSequences * spec.maxCompletionLength);
    case "luspo":
      return 1 / spec.totalSequences;
    case "dapo":
    case "cispo":
    case "vespo":
      return 1 / spec.totalTokens;
  }
}

interface RatioMetrics {
  readonly ofTokens: Readonly<Record<string, number>>;
  readonly ofSequences: Readonly<Record<string, number>>;
}

function ratioMetrics(
  spec: PolicySpec,
  ratios: Ratios,
  targets: readonly Target[],
  { clipped }: BatchTotals,
): RatioMetrics {
  const { ratio, advantages, sequences } = ratios;
  const above = (bound: number): Tensor => cut(ratio, spec).gt(bound).logicalAnd(advantages.gt(0));
  const bySequence = spec.level === "sequence";
  const report = (flags: Readonly<Record<string, Tensor>>): RatioMetrics => {
    const total = (flag: Tensor): number =>
      (bySequence ? sequences.mean(flag.float()) : flag.float()).sum().item();
    const values = Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, total(flag)]));
    return bySequence ? { ofTokens: {}, ofSequences: values } : { ofTokens: values, ofSequences: {} };
  };
  switch (spec.type) {
    case "sapo":
      return { ofTokens: {}, ofSequences: {} };
    case "vespo":
      return {
        ofTokens: {},
        ofSequences: { "vespo/phi_seq_mean": sequenceWeights(spec, ratios).sum().item() },
      };
    case "cispo":
      return report({ cispo_clip_ratio: above(spec.epsilonHigh) });
    default: {
      const low = cut(ratio, spec)
        .lt(1 - spec.epsilonLow)
        .logicalAnd(advantages.lt(0));
      const high = above(1 + spec.epsilonHigh);
      count(clipped, targets, low.toUint8Array(), high.toUint8Array());
      return report({
        "clip_ratio/low_mean": low,
        "clip_ratio/high_mean": high,
        "clip_ratio/region_mean": low.logicalOr(high),
      });
    }
  }
}

function count(
  clipped: BatchTotals["clipped"],
  targets: readonly Target[],
  low: Uint8Array,
  high: Uint8Array,
): void {
  targets.forEach(({ datum }, i) => {
    const counts = clipped.get(datum) ?? { low: 0, high: 0 };
    clipped.set(datum, { low: counts.low + low[i]!, high: counts.high + high[i]! });
  });
}

/** The least share of a sequence's tokens that was clipped below, and the largest that was clipped above. */
export function clipExtremes({ clipped, lengths }: BatchTotals): {
  least: Record<string, number>;
  most: Record<string, number>;
} {
  if (clipped.size === 0) return { least: {}, most: {} };
  const shares = [...clipped].map(([datum, { low, high }]) =>
    [low, high].map((n) => n / lengths.get(datum)!),
  );
  return {
    least: { "clip_ratio/low_min": Math.min(...shares.map(([low]) => low!)) },
    most: { "clip_ratio/high_max": Math.max(...shares.map(([, high]) => high!)) },
  };
}
