/** How rotary frequencies are stretched for contexts longer than those of pre-training. */
import { z } from "zod";
import { arange, noGrad, op, tidy } from "../torch/index.ts";

const { fround } = Math;

/** `rope_scaling` (transformers 4) or `rope_parameters` (5) of a config.json; keys as there. */
export const RopeScalingSchema = z.discriminatedUnion("rope_type", [
  z.object({ rope_type: z.literal("default") }),
  z.object({ rope_type: z.literal("linear"), factor: z.number().positive() }),
  z.object({
    rope_type: z.literal("llama3"),
    factor: z.number().positive(),
    low_freq_factor: z.number().positive(),
    high_freq_factor: z.number().positive(),
    original_max_position_embeddings: z.int().positive(),
  }),
  z.object({
    rope_type: z.literal("yarn"),
    factor: z.number().positive(),
    original_max_position_embeddings: z.int().positive(),
    attention_factor: z.number().nullish(),
    beta_fast: z.number().nullish(),
    beta_slow: z.number().nullish(),
    mscale: z.number().nullish(),
    mscale_all_dim: z.number().nullish(),
    truncate: z.boolean().nullish(),
  }),
]);
export type RopeScaling = z.infer<typeof RopeScalingSchema>;
type Kind<T> = Extract<RopeScaling, { rope_type: T }>;

export interface RopeFrequencies {
  /** Radians per position, [headDim / 2]. */
  readonly perPosition: Float32Array;
  /** Multiplies cos and sin. */
  readonly magnitude: number;
}

/** theta^(-2i/headDim) in fp32 with libtorch's own power function, so that each bit is as in transformers. */
function unscaled(headDim: number, theta: number): Float32Array {
  return noGrad(() =>
    tidy(() => {
      const exponents = arange(0, headDim, 2).float().div(headDim);
      return op("aten::pow", "Scalar")(theta, exponents).reciprocal().toFloat32Array();
    }),
  );
}

export function ropeFrequencies(
  headDim: number,
  theta: number,
  scaling: RopeScaling = { rope_type: "default" },
): RopeFrequencies {
  const base = unscaled(headDim, theta);
  switch (scaling.rope_type) {
    case "default":
      return { perPosition: base, magnitude: 1 };
    case "linear":
      return { perPosition: base.map((f) => f / scaling.factor), magnitude: 1 };
    case "llama3":
      return { perPosition: base.map((f) => llama3(f, scaling)), magnitude: 1 };
    case "yarn":
      return {
        perPosition: yarn(base, headDim, theta, scaling),
        magnitude: fround(scaling.attention_factor ?? yarnMagnitude(scaling)),
      };
  }
}

/** Llama 3.1: long wavelengths are stretched, short ones kept, those between interpolated. */
function llama3(frequency: number, scaling: Kind<"llama3">): number {
  const { factor, low_freq_factor: low, high_freq_factor: high } = scaling;
  const turns = scaling.original_max_position_embeddings / ((2 * Math.PI) / frequency);
  if (turns > high) return frequency;
  if (turns < low) return frequency / factor;
  const keep = (turns - low) / (high - low);
  return ((1 - keep) * frequency) / factor + keep * frequency;
}

/** YaRN (Peng et al. 2023): dimensions that turn often keep their frequency, a linear ramp leads to those divided by `factor`. */
function yarn(base: Float32Array, headDim: number, theta: number, scaling: Kind<"yarn">): Float32Array {
  const dimensionOf = (rotations: number): number =>
    (headDim * Math.log(scaling.original_max_position_embeddings / (rotations * 2 * Math.PI))) /
    (2 * Math.log(theta));
  // 0 means "default" here, as it does in transformers.
  let first = dimensionOf(scaling.beta_fast || 32);
  let last = dimensionOf(scaling.beta_slow || 1);
  if (scaling.truncate ?? true) [first, last] = [Math.floor(first), Math.ceil(last)];
  first = Math.max(first, 0);
  last = Math.min(last, headDim - 1);
  if (first === last) last += 0.001;
  return base.map((frequency, i) => {
    const keep = fround(1 - Math.min(1, Math.max(0, fround(fround(i - first) / (last - first)))));
    return (frequency / scaling.factor) * (1 - keep) + frequency * keep;
  });
}

function yarnMagnitude({ factor, mscale, mscale_all_dim: all }: Kind<"yarn">): number {
  const at = (weight: number): number => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  return mscale && all ? at(mscale) / at(all) : at(1);
}
