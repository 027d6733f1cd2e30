/** Gradient clipping by global norm, as torch.nn.utils.clip_grad_norm_. */
import { noGrad } from "./autograd.ts";
import { stack } from "./create.ts";
import { defineOp, engine } from "./engine.ts";
import { type Handle, idsOf, wrap, wrapAll } from "./handle.ts";
import type { Tensor } from "./tensor.ts";
import { tidy } from "./tidy.ts";

const [FOREACH_NORM, FOREACH_MUL_] = [
  defineOp("aten::_foreach_norm", "Scalar"),
  defineOp("aten::_foreach_mul_", "Tensor"),
];

export interface GradNorm {
  /** Euclidean norm of all gradients together, before clipping. */
  readonly norm: number;
  /** False: a gradient is NaN or infinite; nothing was scaled and the step should be skipped. */
  readonly finite: boolean;
}

/** Scales the gradients in place so that their global norm is at most `maxNorm`; Infinity only measures. */
export function clipGradNorm(parameters: readonly Handle[], maxNorm: number): GradNorm {
  return noGrad(() =>
    tidy(() => {
      const gradients = engine
        .grads(idsOf(parameters))
        .filter((id) => id !== 0)
        .map(wrap);
      if (gradients.length === 0) return { norm: 0, finite: true };
      const total = globalNorm(gradients);
      const norm = total.item();
      const finite = Number.isFinite(norm);
      if (finite && norm > 0 && maxNorm !== Infinity) {
        // In the tensors' own precision, as torch does, so that the trajectories agree bit for bit.
        const factor = total.add(1e-6).reciprocal().mul(maxNorm).clamp(null, 1);
        engine.call(FOREACH_MUL_, idsOf(gradients), factor.id);
      }
      return { norm, finite };
    }),
  );
}

function globalNorm(tensors: readonly Tensor[]): Tensor {
  return stack(wrapAll(engine.call(FOREACH_NORM, idsOf(tensors), 2))).norm();
}
