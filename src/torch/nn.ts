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
const [MM, ADDMM, T, RESHAPE, VIEW, UNSQUEEZE] = [
  defineOp("aten::mm"),
  defineOp("aten::addmm"),
  defineOp("aten::t"),
  defineOp("aten::reshape"),
  defineOp("aten::view"),
  defineOp("aten::unsqueeze"),
];
const BCE_LOGITS = defineOp("aten::binary_cross_entropy_with_logits");

/** Rows and weights between which MKL is faster with the weight first (a decode step of some sequences). */
const FEW_ROWS = { least: 8, most: 48, weights: 1 << 16 };

/** `input @ weight^T + bias`; weight [out, in], input [..., in]. The result need not be contiguous. */
export function linear(input: Handle, weight: Handle, bias: Handle | null = null): Tensor {
  const shape = input.shape;
  const inputs = shape.at(-1)!;
  const rows = shape.reduce((product, size) => product * size, 1) / inputs;
  const few = rows >= FEW_ROWS.least && rows <= FEW_ROWS.most;
  if (few && inputs * weight.shape[0]! >= FEW_ROWS.weights && engine.device(weight.id) === "cpu")
    return weightFirst(input, rows, weight, bias);
  return wrap(engine.call(LINEAR, input.id, weight.id, bias === null ? null : bias.id));
}

/**
 * (weight input^T)^T. A product whose first matrix has few rows is computed by one thread, and reads the weight the slow
 * way round; with the weight first it is 1.1 to 2.3 times as fast (lab log, 2026-11-22), without a second copy of it.
 */
function weightFirst(input: Handle, rows: number, weight: Handle, bias: Handle | null): Tensor {
  const [outputs, inputs] = weight.shape as [number, number];
  const flat = engine.call(RESHAPE, input.id, [rows, inputs]);
  const turned = engine.call(T, flat);
  const column = bias === null ? 0 : engine.call(UNSQUEEZE, bias.id, 1);
  const product =
    bias === null ? engine.call(MM, weight.id, turned) : engine.call(ADDMM, column, weight.id, turned);
  const back = engine.call(T, product);
  const out = engine.call(VIEW, back, [...input.shape.slice(0, -1), outputs]);
  for (const id of [flat, turned, column, product, back]) engine.release(id);
  return wrap(out);
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
