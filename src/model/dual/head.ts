/** A classification head: a small multi-layer perceptron on the last hidden states of a decoder, one logit out. */
import { z } from "zod";
import { Generator, linear, noGrad, randn, tensor, tidy, zeros, type Tensor } from "../../torch/index.ts";

/** `last`: the state of the last token. `mean`: of all tokens. `attention`: weighted by a query that is learnt. */
export const POOLINGS = ["last", "mean", "attention"] as const;
export type Pooling = (typeof POOLINGS)[number];

export const HeadConfigSchema = z.strictObject({
  /** Width of the states. */
  inputs: z.int().positive(),
  /** Widths of the hidden layers; none: logistic regression. */
  hidden: z.array(z.int().positive()),
  pooling: z.enum(POOLINGS),
});
export type HeadConfig = z.output<typeof HeadConfigSchema>;

const [QUERY, SHIFT, SCALE] = ["pool.query", "input.shift", "input.scale"];
const layerName = (layer: number): string => `layers.${layer}`;

/** Shape of every parameter by name; `input.*` standardise the states and are set from data, not trained. */
export function headShapes({ inputs, hidden, pooling }: HeadConfig): Map<string, readonly number[]> {
  const widths = [inputs, ...hidden, 1];
  return new Map<string, readonly number[]>([
    [SHIFT, [inputs]],
    [SCALE, [inputs]],
    ...(pooling === "attention" ? [[QUERY, [inputs]] as const] : []),
    ...widths
      .slice(1)
      .flatMap((width, layer) => [
        [`${layerName(layer)}.weight`, [width, widths[layer]!]] as const,
        [`${layerName(layer)}.bias`, [width]] as const,
      ]),
  ]);
}

/** He-normal matrices, everything else 0 but for the scale of the inputs, which is 1. The caller disposes them. */
export function initialHead(config: HeadConfig, seed: number): Map<string, Tensor> {
  const generator = new Generator(seed);
  return noGrad(() => {
    const parameters = new Map<string, Tensor>();
    for (const [name, shape] of headShapes(config)) {
      const fresh =
        shape.length === 2 ? randn(shape, { generator }).mul_(Math.sqrt(2 / shape[1]!)) : zeros(shape);
      parameters.set(name, name === SCALE ? fresh.add_(1) : fresh);
    }
    return parameters;
  });
}

/** What is trained. */
export const trainable = (parameters: ReadonlyMap<string, Tensor>): Map<string, Tensor> =>
  new Map([...parameters].filter(([name]) => name !== SHIFT && name !== SCALE));

/** Sets the standardisation to these means and standard deviations of the states, each [inputs]. */
export function standardise(
  parameters: ReadonlyMap<string, Tensor>,
  means: Float32Array,
  deviations: Float32Array,
): void {
  tidy(() =>
    noGrad(() => {
      parameters.get(SHIFT)!.copy_(tensor(means));
      parameters.get(SCALE)!.copy_(tensor(deviations.map((one) => 1 / Math.max(one, 1e-6))));
    }),
  );
}

/**
 * Logits [B] of states: [B, inputs] for `last` and `mean`, for `attention` [B, T, inputs] with a mask [B, T] that is
 * true at tokens.
 */
export function headLogits(
  config: HeadConfig,
  parameters: ReadonlyMap<string, Tensor>,
  states: Tensor,
  mask?: Tensor,
): Tensor {
  const get = (name: string): Tensor => parameters.get(name)!;
  let x = states.sub(get(SHIFT)).mul(get(SCALE));
  if (config.pooling === "attention") {
    const scores = x.mul(get(QUERY)).sum(-1).div(Math.sqrt(config.inputs));
    const weights = scores.maskedFill(mask!.logicalNot(), -Infinity).softmax(-1);
    x = x.mul(weights.unsqueeze(-1)).sum(1);
  }
  config.hidden.forEach((_, layer) => {
    x = linear(x, get(`${layerName(layer)}.weight`), get(`${layerName(layer)}.bias`)).relu();
  });
  const last = layerName(config.hidden.length);
  return linear(x, get(`${last}.weight`), get(`${last}.bias`)).squeeze(-1);
}
