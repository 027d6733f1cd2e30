/** Names, shapes and initial values of a decoder's parameters, as in Hugging Face checkpoints. */
import { headDimOf, type DecoderConfig } from "./config.ts";

export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: "normal" | "zeros" | "ones";
}

export const EMBEDDING = "model.embed_tokens.weight";
export const HEAD = "lm_head.weight";
export const FINAL_NORM = "model.norm.weight";
export const layerPrefix = (layer: number): string => `model.layers.${layer}.`;

/** In checkpoint order. A tied head has no entry of its own. */
export function parameterSpecs(config: DecoderConfig): ParameterSpec[] {
  const { hiddenSize: d, intermediateSize: f, vocabSize } = config;
  const headDim = headDimOf(config);
  const [q, kv] = [config.heads * headDim, config.kvHeads * headDim];
  const { architecture = "qwen2", attentionBias = false, mlpBias = false } = config;
  const specs: ParameterSpec[] = [{ name: EMBEDDING, shape: [vocabSize, d], init: "normal" }];
  for (let layer = 0; layer < config.layers; layer++) {
    const at = layerPrefix(layer);
    const add = (name: string, shape: readonly number[], init: ParameterSpec["init"] = "normal"): void => {
      specs.push({ name: at + name, shape, init });
    };
    add("input_layernorm.weight", [d], "ones");
    const linear = (name: string, out: number, into: number, bias: boolean): void => {
      add(`${name}.weight`, [out, into]);
      if (bias) add(`${name}.bias`, [out], "zeros");
    };
    linear("self_attn.q_proj", q, d, attentionBias || architecture === "qwen2");
    linear("self_attn.k_proj", kv, d, attentionBias || architecture === "qwen2");
    linear("self_attn.v_proj", kv, d, attentionBias || architecture === "qwen2");
    linear("self_attn.o_proj", d, q, attentionBias);
    if (architecture === "qwen3")
      for (const part of ["q", "k"]) add(`self_attn.${part}_norm.weight`, [headDim], "ones");
    add("post_attention_layernorm.weight", [d], "ones");
    linear("mlp.gate_proj", f, d, mlpBias);
    linear("mlp.up_proj", f, d, mlpBias);
    linear("mlp.down_proj", d, f, mlpBias);
  }
  specs.push({ name: FINAL_NORM, shape: [d], init: "ones" });
  if (!config.tiedHead) specs.push({ name: HEAD, shape: [vocabSize, d], init: "normal" });
  return specs;
}

export const parameterCount = (config: DecoderConfig): number =>
  parameterSpecs(config).reduce((sum, spec) => sum + spec.shape.reduce((a, b) => a * b, 1), 0);
