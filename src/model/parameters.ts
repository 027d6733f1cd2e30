/** Names, shapes and initial values of a Qwen2 model's parameters, as in Hugging Face checkpoints. */
import type { Qwen2Config } from "./config.ts";

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
export function parameterSpecs(config: Qwen2Config): ParameterSpec[] {
  const { hiddenSize: d, intermediateSize: f, vocabSize } = config;
  const kv = (d / config.heads) * config.kvHeads;
  const specs: ParameterSpec[] = [{ name: EMBEDDING, shape: [vocabSize, d], init: "normal" }];
  for (let layer = 0; layer < config.layers; layer++) {
    const at = layerPrefix(layer);
    const add = (name: string, shape: readonly number[], init: ParameterSpec["init"] = "normal"): void => {
      specs.push({ name: at + name, shape, init });
    };
    add("input_layernorm.weight", [d], "ones");
    for (const [name, out] of [
      ["q", d],
      ["k", kv],
      ["v", kv],
    ] as const) {
      add(`self_attn.${name}_proj.weight`, [out, d]);
      add(`self_attn.${name}_proj.bias`, [out], "zeros");
    }
    add("self_attn.o_proj.weight", [d, d]);
    add("post_attention_layernorm.weight", [d], "ones");
    add("mlp.gate_proj.weight", [f, d]);
    add("mlp.up_proj.weight", [f, d]);
    add("mlp.down_proj.weight", [d, f]);
  }
  specs.push({ name: FINAL_NORM, shape: [d], init: "ones" });
  if (!config.tiedHead) specs.push({ name: HEAD, shape: [vocabSize, d], init: "normal" });
  return specs;
}

export const parameterCount = (config: Qwen2Config): number =>
  parameterSpecs(config).reduce((sum, spec) => sum + spec.shape.reduce((a, b) => a * b, 1), 0);
