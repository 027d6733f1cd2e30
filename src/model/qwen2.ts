/** The Qwen2 decoder: embeddings, layers and head as tensor expressions. Attention is the caller's choice. */
import {
  embedding,
  Generator,
  linear,
  noGrad,
  ones,
  randn,
  rmsNorm,
  zeros,
  type Tensor,
} from "../torch/index.ts";
import type { Attention } from "./attention.ts";
import type { Qwen2Config } from "./config.ts";
import { EMBEDDING, FINAL_NORM, HEAD, layerPrefix, parameterSpecs } from "./parameters.ts";

export type Parameters = ReadonlyMap<string, Tensor>;

/** Fresh parameters: normal(0, initStd) matrices, zero biases, unit norms; residual outputs scaled by 1/sqrt(2 layers) (GPT-2). */
export function initialParameters(config: Qwen2Config, seed: number): Map<string, Tensor> {
  const residual = config.initStd / Math.sqrt(2 * config.layers);
  return noGrad(() => {
    const out = new Map<string, Tensor>();
    const generator = new Generator(seed);
    for (const spec of parameterSpecs(config)) {
      const std = /o_proj|down_proj/.test(spec.name) ? residual : config.initStd;
      if (spec.init === "normal") out.set(spec.name, randn(spec.shape, { generator }).mul_(std));
      else out.set(spec.name, spec.init === "ones" ? ones(spec.shape) : zeros(spec.shape));
    }
    return out;
  });
}

export class Qwen2 {
  readonly config: Qwen2Config;
  readonly parameters: Parameters;

  constructor(config: Qwen2Config, parameters: Parameters) {
    this.config = config;
    this.parameters = parameters;
  }

  get headDim(): number {
    return this.config.hiddenSize / this.config.heads;
  }

  /** ids [B, T] int64 -> final-normed hidden states [B, T, d]. */
  hidden(ids: Tensor, attention: Attention): Tensor {
    let x = embedding(this.#get(EMBEDDING), ids);
    for (let layer = 0; layer < this.config.layers; layer++) x = this.#layer(layer, x, attention);
    return this.#norm(FINAL_NORM, x);
  }

  /** hidden [N, d] -> logits [N, V]. */
  logits(hidden: Tensor): Tensor {
    return linear(hidden, this.#get(this.config.tiedHead ? EMBEDDING : HEAD));
  }

  #layer(layer: number, x: Tensor, attention: Attention): Tensor {
    const at = layerPrefix(layer);
    const [batch, length] = x.shape as [number, number];
    const input = this.#norm(`${at}input_layernorm.weight`, x);
    const project = (name: "q" | "k" | "v", heads: number): Tensor =>
      linear(
        input,
        this.#get(`${at}self_attn.${name}_proj.weight`),
        this.#get(`${at}self_attn.${name}_proj.bias`),
      ).view(batch, length, heads, this.headDim);
    const { heads, kvHeads } = this.config;
    const mixed = attention.attend(layer, project("q", heads), project("k", kvHeads), project("v", kvHeads));
    const middle = x.add(linear(mixed, this.#get(`${at}self_attn.o_proj.weight`)));
    const normed = this.#norm(`${at}post_attention_layernorm.weight`, middle);
    const gate = linear(normed, this.#get(`${at}mlp.gate_proj.weight`)).silu();
    const up = linear(normed, this.#get(`${at}mlp.up_proj.weight`));
    return middle.add(linear(gate.mul(up), this.#get(`${at}mlp.down_proj.weight`)));
  }

  #norm(name: string, x: Tensor): Tensor {
    return rmsNorm(x, this.#get(name), this.config.normEps);
  }

  #get(name: string): Tensor {
    return this.parameters.get(name)!;
  }
}
