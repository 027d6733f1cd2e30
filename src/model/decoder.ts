/** The decoder of Qwen2, Qwen3, Llama and Mistral: embeddings, layers and head as tensor expressions. Attention is the caller's choice. */
import {
  enableGrad,
  Generator,
  noGrad,
  ones,
  randn,
  rmsNorm,
  tidy,
  zeros,
  type DType,
  type Tensor,
} from "../torch/index.ts";
import type { Attention } from "./attention.ts";
import { headDimOf, type DecoderConfig } from "./config.ts";
import { EMBEDDING, FINAL_NORM, HEAD, layerPrefix, parameterSpecs } from "./parameters.ts";
import { ropeTable, type Rope } from "./rope.ts";
import { plainWeights, type Parameters, type Weights } from "./weights.ts";

export type { Parameters } from "./weights.ts";

/**
 * Fresh parameters: normal(0, initStd) matrices, zero biases, unit norms; residual outputs scaled by 1/sqrt(2 layers)
 * (GPT-2). What `take` says it has taken is left out of the result, before the next one is made.
 */
export function initialParameters(
  config: DecoderConfig,
  seed: number,
  take: (name: string, parameter: Tensor) => boolean = () => false,
): Map<string, Tensor> {
  const residual = config.initStd / Math.sqrt(2 * config.layers);
  return noGrad(() => {
    const out = new Map<string, Tensor>();
    const generator = new Generator(seed);
    for (const spec of parameterSpecs(config)) {
      const std = /o_proj|down_proj/.test(spec.name) ? residual : config.initStd;
      const parameter =
        spec.init === "normal"
          ? randn(spec.shape, { generator }).mul_(std)
          : spec.init === "ones"
            ? ones(spec.shape)
            : zeros(spec.shape);
      if (!take(spec.name, parameter)) out.set(spec.name, parameter);
    }
    return out;
  });
}

/** The parameters of a decoder as its layers read them: a tied head reads the embeddings. */
export function decoderWeights(config: DecoderConfig, parameters: Parameters): Weights {
  return plainWeights(parameters, config.tiedHead ? { [HEAD]: EMBEDDING } : {});
}

export class Decoder {
  readonly config: DecoderConfig;
  /** The base model's, by checkpoint name. */
  readonly parameters: Parameters;
  readonly #weights: Weights;

  /** `weights` are what the layers compute with: the parameters, unless adapters stand before them. */
  constructor(
    config: DecoderConfig,
    parameters: Parameters,
    weights: Weights = decoderWeights(config, parameters),
  ) {
    this.config = config;
    this.parameters = parameters;
    this.#weights = weights;
  }

  get headDim(): number {
    return headDimOf(this.config);
  }

  /** Of weights and activations. */
  get dtype(): DType {
    return this.parameters.get(EMBEDDING)!.dtype;
  }

  /** The angles of positions 0..count-1, which the caller disposes. */
  rope(count: number): Rope {
    const { ropeTheta, ropeScaling: scaling, slidingWindow: window } = this.config;
    return ropeTable(this.headDim, ropeTheta, count, { scaling, window, dtype: this.dtype });
  }

  /** ids [B, T] int64 -> final-normed hidden states [B, T, d]. `seen` is told what leaves the embeddings and each layer. */
  hidden(ids: Tensor, attention: Attention, seen?: (states: Tensor) => void): Tensor {
    let x = this.#weights.embedding("model.embed_tokens", ids);
    seen?.(x);
    for (let layer = 0; layer < this.config.layers; layer++) {
      x = this.#layer(layer, x, attention);
      seen?.(x);
    }
    return this.#norm(FINAL_NORM, x);
  }

  /**
   * Final-normed hidden states [B, 1, d] of one token of each row, `at` [B] int64 counted over all rows. The last layer
   * computes only keys and values for the others; there `asking` attends, given one query for each row.
   */
  hiddenAt(ids: Tensor, attention: Attention, at: Tensor, asking: Attention): Tensor {
    let x = this.#weights.embedding("model.embed_tokens", ids);
    const last = this.config.layers - 1;
    for (let layer = 0; layer < last; layer++) x = this.#layer(layer, x, attention);
    return this.#norm(FINAL_NORM, this.#layer(last, x, asking, at));
  }

  /**
   * The same hidden states without what a backward pass needs, but for each layer's input: `backward` computes a layer
   * again when it is that layer's turn, and takes the gradient of the hidden states to the parameters. About a third
   * more time for a fraction of the memory (Chen et al. 2016). Layers run inside `within`, say under autocast, both
   * times. Tensors belong to the scope of the caller.
   */
  checkpointed(
    ids: Tensor,
    within: (body: () => Tensor) => Tensor,
    attention: Attention,
  ): { hidden: Tensor; backward: (gradient: Tensor) => void } {
    const inputs = [noGrad(() => this.#weights.embedding("model.embed_tokens", ids))];
    for (let layer = 0; layer < this.config.layers; layer++)
      inputs.push(tidy(() => noGrad(() => within(() => this.#layer(layer, inputs[layer]!, attention)))));
    const last = inputs.pop()!;
    /** The gradient of `input`, and into the parameters that `compute` uses. */
    const back = (input: Tensor, compute: (x: Tensor) => Tensor, gradient: Tensor): Tensor =>
      tidy(() => {
        const leaf = input.detach().requiresGrad_();
        enableGrad(() => within(() => compute(leaf))).backward(gradient);
        return leaf.grad!;
      });
    return {
      hidden: noGrad(() => within(() => this.#norm(FINAL_NORM, last))),
      backward: (gradient) => {
        let of = back(last, (x) => this.#norm(FINAL_NORM, x), gradient);
        for (let layer = this.config.layers - 1; layer >= 0; layer--) {
          const input = inputs.pop()!;
          of = back(input, (x) => this.#layer(layer, x, attention), of);
          input.dispose();
        }
        const embedded = enableGrad(() => this.#weights.embedding("model.embed_tokens", ids));
        if (embedded.requiresGrad) embedded.backward(of);
      },
    };
  }

  /** hidden [N, d] -> logits [N, V]. */
  logits(hidden: Tensor): Tensor {
    return this.#weights.linear("lm_head", hidden);
  }

  /** x [B, T, d]. With `only` [B], indices over all rows, of these tokens alone: [B, 1, d]. */
  #layer(layer: number, x: Tensor, attention: Attention, only?: Tensor): Tensor {
    const at = layerPrefix(layer);
    const [batch, length, width] = x.shape as [number, number, number];
    const asking = (states: Tensor): Tensor =>
      only === undefined
        ? states
        : states
            .reshape(batch * length, width)
            .indexSelect(0, only)
            .unsqueeze(1);
    const input = this.#norm(`${at}input_layernorm.weight`, x);
    const project = (name: "q" | "k" | "v", heads: number): Tensor => {
      const from = name === "q" ? asking(input) : input;
      const split = this.#weights
        .linear(`${at}self_attn.${name}_proj`, from)
        .view(batch, from.size(1), heads, this.headDim);
      const normed = this.config.architecture === "qwen3" && name !== "v";
      return normed ? this.#norm(`${at}self_attn.${name}_norm.weight`, split) : split;
    };
    const { heads, kvHeads } = this.config;
    const mixed = attention.attend(layer, project("q", heads), project("k", kvHeads), project("v", kvHeads));
    const middle = asking(x).add(this.#weights.linear(`${at}self_attn.o_proj`, mixed));
    const normed = this.#norm(`${at}post_attention_layernorm.weight`, middle);
    const gate = this.#weights.linear(`${at}mlp.gate_proj`, normed).silu();
    const up = this.#weights.linear(`${at}mlp.up_proj`, normed);
    return middle.add(this.#weights.linear(`${at}mlp.down_proj`, gate.mul(up)));
  }

  #norm(name: string, x: Tensor): Tensor {
    return rmsNorm(x, this.#weights.get(name), this.config.normEps);
  }
}
