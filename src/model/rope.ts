/** Rotary position embedding (Su et al. 2021), in the half-split form of Hugging Face models. */
import { cat, noGrad, tensor, type DType, type Tensor } from "../torch/index.ts";
import type { SlidingWindow } from "./config.ts";
import { ropeFrequencies, type RopeScaling } from "./rope-scaling.ts";

/** What attention knows about positions: the angles by which heads are rotated, and how far back layers look. */
export interface Rope {
  /** [positions, headDim] */
  readonly cos: Tensor;
  readonly sin: Tensor;
  readonly window?: SlidingWindow | undefined;
}

/** The window of one layer, for rows of `length` positions; undefined when it hides nothing. */
export function windowOf(rope: Rope, layer: number, length: number): number | undefined {
  const { window } = rope;
  return window?.layers[layer] === true && length > window.size ? window.size : undefined;
}

export interface RopeOptions {
  readonly scaling?: RopeScaling | undefined;
  /** Of the model's activations; the table is computed in float32 first. Default float32. */
  readonly dtype?: DType;
  readonly window?: SlidingWindow | undefined;
}

/** Angles for positions 0..count-1 in fp32, as transformers computes them. */
export function ropeTable(headDim: number, theta: number, count: number, options: RopeOptions = {}): Rope {
  const { perPosition, magnitude } = ropeFrequencies(headDim, theta, options.scaling);
  const half = headDim / 2;
  const cos = new Float32Array(count * headDim);
  const sin = new Float32Array(count * headDim);
  for (let i = 0; i < half; i++) {
    const frequency = perPosition[i]!;
    for (let position = 0; position < count; position++) {
      const angle = Math.fround(position * frequency);
      for (const column of [i, i + half]) {
        cos[position * headDim + column] = Math.fround(Math.cos(angle)) * magnitude;
        sin[position * headDim + column] = Math.fround(Math.sin(angle)) * magnitude;
      }
    }
  }
  const { dtype = "float32" } = options;
  const table = (values: Float32Array): Tensor => tensor(values, { shape: [count, headDim], dtype });
  return noGrad(() => ({ cos: table(cos), sin: table(sin), window: options.window }));
}

/** x [B, T, H, D] with cos, sin broadcastable to it -> x cos + rotate_half(x) sin. */
export function rotate(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const half = x.shape.at(-1)! / 2;
  const turned = cat([x.narrow(-1, half, half).neg(), x.narrow(-1, 0, half)], -1);
  return x.mul(cos).add(turned.mul(sin));
}
