/** Gradients of functions, and the modes that say whether they are recorded. */
import { type DType, dtypeCode } from "./dtype.ts";
import { engine } from "./engine.ts";
import { type Handle, idsOf, wrap } from "./handle.ts";
import type { Tensor } from "./tensor.ts";

export interface GradOptions {
  /** One per output; needed unless the output has one element. */
  readonly gradients?: readonly Handle[];
  /** Keep the graph for another pass. Default: `createGraph`. */
  readonly retainGraph?: boolean;
  /** Record the gradient itself, for second derivatives. */
  readonly createGraph?: boolean;
}

/** Accumulates the gradients of the sum of `outputs` into `.grad` of the leaves. */
export function backward(outputs: readonly Handle[], options: GradOptions = {}): void {
  const create = options.createGraph ?? false;
  const gradients = options.gradients === undefined ? null : idsOf(options.gradients);
  engine.backward(idsOf(outputs), gradients, options.retainGraph ?? create, create);
}

/** Gradients of the sum of `outputs` for each input. Throws when an input was not used. */
export function grad(
  outputs: readonly Handle[],
  inputs: readonly Handle[],
  options: GradOptions = {},
): Tensor[] {
  const create = options.createGraph ?? false;
  const gradients = options.gradients === undefined ? null : idsOf(options.gradients);
  const ids = engine.grad(
    idsOf(outputs),
    idsOf(inputs),
    gradients,
    options.retainGraph ?? create,
    create,
    false,
  );
  return ids.map(wrap);
}

/** Runs `body` without recording for gradients. */
export function noGrad<T>(body: () => T): T {
  const before = engine.setGradEnabled(false);
  try {
    return body();
  } finally {
    engine.setGradEnabled(before);
  }
}

/** Runs `body` recording, also inside `noGrad`. */
export function enableGrad<T>(body: () => T): T {
  const before = engine.setGradEnabled(true);
  try {
    return body();
  } finally {
    engine.setGradEnabled(before);
  }
}

/**
 * `noGrad` with less work per operator: tensors made inside never take part in a gradient, not even later.
 * For generation.
 */
export function inferenceMode<T>(body: () => T): T {
  engine.enterInference();
  try {
    return body();
  } finally {
    engine.leaveInference();
  }
}

/** Runs `body` with matrix products in `dtype` and numerically delicate operators in float32. */
export function autocast<T>(device: string, dtype: DType, body: () => T): T {
  engine.enterAutocast(device, dtypeCode(dtype));
  try {
    return body();
  } finally {
    engine.leaveAutocast(device);
  }
}

/** Drops the gradients of `tensors`. */
export function clearGrads(tensors: readonly Handle[]): void {
  engine.clearGrads(idsOf(tensors));
}
