/** Rotary position embedding (Su et al. 2021), in the half-split form of Hugging Face models. */
import { cat, tensor, type Tensor } from "../torch/index.ts";

export interface Rope {
  /** [positions, headDim] */
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** Angles for positions 0..count-1; inv_freq = theta^(-2i/headDim) in fp32, as transformers computes them. */
export function ropeTable(headDim: number, theta: number, count: number): Rope {
  const half = headDim / 2;
  const cos = new Float32Array(count * headDim);
  const sin = new Float32Array(count * headDim);
  for (let i = 0; i < half; i++) {
    const frequency = Math.fround(1 / Math.fround(theta ** ((2 * i) / headDim)));
    for (let position = 0; position < count; position++) {
      const angle = Math.fround(position * frequency);
      for (const column of [i, i + half]) {
        cos[position * headDim + column] = Math.cos(angle);
        sin[position * headDim + column] = Math.sin(angle);
      }
    }
  }
  const shape = [count, headDim];
  return { cos: tensor(cos, { shape }), sin: tensor(sin, { shape }) };
}

/** x [B, T, H, D] with cos, sin broadcastable to it -> x cos + rotate_half(x) sin. */
export function rotate(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const half = x.shape.at(-1)! / 2;
  const turned = cat([x.narrow(-1, half, half).neg(), x.narrow(-1, 0, half)], -1);
  return x.mul(cos).add(turned.mul(sin));
}
