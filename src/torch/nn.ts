/** The layers of transformers as functions. */
import { defineOp, engine } from "./engine.ts";
import { type Handle, wrap } from "./handle.ts";
import type { Tensor } from "./tensor.ts";

const [LINEAR, EMBEDDING, LAYER_NORM, RMS_NORM, DROPOUT] = [
  defineOp("aten::linear"),
  defineOp("aten::embedding"),
  defineOp("aten::layer_norm"),
  defineOp("aten::rms_norm"),
  defineOp("aten::dropout"),
];
const [SDPA, CROSS_ENTROPY, NLL_LOSS, MSE] = [
  defineOp("aten::scaled_dot_product_attention"),
  defineOp("aten::cross_entropy_loss"),
  defineOp("aten::nll_loss_nd"),
  defineOp("aten::mse_loss"),
];
const BCE_LOGITS = defineOp("aten::binary_cross_entropy_with_logits");

/** `input @ weight^T + bias`; weight [out, in], input [..., in]. */
export function linear(input: Handle, weight: Handle, bias: Handle | null = null): Tensor {
  return wrap(engine.call(LINEAR, input.id, weight.id, bias === null ? null : bias.id));
}

/** Rows of `weight` [vocabulary, width] for each index (int64 or int32). */
export function embedding(weight: Handle, indices: Handle): Tensor {
  return wrap(engine.call(EMBEDDING, weight.id, indices.id));
}

/** Over the last dimension, whose size is that of `weight`. */
export function layerNorm(input: Handle, weight: Handle, bias: Handle | null, eps = 1e-5): Tensor {
  return wrap(
    engine.call(LAYER_NORM, input.id, weight.shape, weight.id, bias === null ? null : bias.id, eps),
  );
}

/** x / sqrt(mean(x^2) + eps) * weight over the last dimension. */
export function rmsNorm(input: Handle, weight: Handle, eps = 1e-6): Tensor {
  return wrap(engine.call(RMS_NORM, input.id, weight.shape, weight.id, eps));
}

/** Zeroes entries with probability `p` and scales the rest when `training`, else returns the input. */
export function dropout(input: Handle, p: number, training: boolean): Tensor {
  return wrap(engine.call(DROPOUT, input.id, p, training));
}

export interface AttentionOptions {
  /** bool (true: may be seen) or added to the scores; broadcast to [batch, heads, queries, keys]. */
  readonly mask?: Handle | null;
  /** Query i sees keys 0..i; not together with `mask`. */
  readonly causal?: boolean;
  /** Default 1 / sqrt(head width). */
  readonly scale?: number;
  /** Keys and values have fewer heads, each shared by a group of queries. */
  readonly groupedHeads?: boolean;
  readonly dropout?: number;
}

/** Attention over [batch, heads, length, width] in one fused operator. */
export function scaledDotProductAttention(
  query: Handle,
  key: Handle,
  value: Handle,
  options: AttentionOptions = {},
): Tensor {
  return wrap(
    engine.call(
      SDPA,
      query.id,
      key.id,
      value.id,
      options.mask?.id ?? null,
      options.dropout ?? 0,
      options.causal ?? false,
      options.scale ?? null,
      options.groupedHeads ?? false,
    ),
  );
}

export type LossReduction = "none" | "mean" | "sum";
const REDUCTION = { none: 0, mean: 1, sum: 2 } as const;

export interface LossOptions {
  /** Weight of each class. */
  readonly weight?: Handle;
  readonly reduction?: LossReduction;
  /** Targets with this value do not count. Default -100. */
  readonly ignoreIndex?: number;
  readonly labelSmoothing?: number;
}

/** Cross-entropy of logits [n, classes] to class indices [n] (int64). */
export function crossEntropy(logits: Handle, target: Handle, options: LossOptions = {}): Tensor {
  const reduction = REDUCTION[options.reduction ?? "mean"];
  const weight = options.weight?.id ?? null;
  const smoothing = options.labelSmoothing ?? 0;
  return wrap(
    engine.call(
      CROSS_ENTROPY,
      logits.id,
      target.id,
      weight,
      reduction,
      options.ignoreIndex ?? -100,
      smoothing,
    ),
  );
}

/** Negative log-likelihood of log-probabilities [n, classes] to class indices [n] (int64). */
export function nllLoss(logProbabilities: Handle, target: Handle, options: LossOptions = {}): Tensor {
  const reduction = REDUCTION[options.reduction ?? "mean"];
  const weight = options.weight?.id ?? null;
  return wrap(
    engine.call(NLL_LOSS, logProbabilities.id, target.id, weight, reduction, options.ignoreIndex ?? -100),
  );
}

/** Binary cross-entropy of logits to targets in [0, 1] of the same shape. */
export function bceWithLogits(
  logits: Handle,
  target: Handle,
  options: { readonly positiveWeight?: Handle; readonly reduction?: LossReduction } = {},
): Tensor {
  const reduction = REDUCTION[options.reduction ?? "mean"];
  return wrap(
    engine.call(BCE_LOGITS, logits.id, target.id, null, options.positiveWeight?.id ?? null, reduction),
  );
}

export function mseLoss(input: Handle, target: Handle, reduction: LossReduction = "mean"): Tensor {
  return wrap(engine.call(MSE, input.id, target.id, REDUCTION[reduction]));
}
