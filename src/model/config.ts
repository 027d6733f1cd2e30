/** `config.json` of a Qwen2-architecture causal language model, in the field names of transformers 4 and 5. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../core/errors.ts";

export interface Qwen2Config {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly ropeTheta: number;
  readonly normEps: number;
  readonly tiedHead: boolean;
  readonly maxPositions: number;
  readonly initStd: number;
}

const JsonSchema = z.looseObject({
  model_type: z.literal("qwen2"),
  vocab_size: z.int().positive(),
  hidden_size: z.int().positive(),
  intermediate_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  num_key_value_heads: z.int().positive().optional(),
  rope_theta: z.number().optional(),
  rope_parameters: z.looseObject({ rope_type: z.literal("default"), rope_theta: z.number() }).optional(),
  rms_norm_eps: z.number().default(1e-6),
  tie_word_embeddings: z.boolean().default(false),
  max_position_embeddings: z.int().positive().default(32768),
  initializer_range: z.number().default(0.02),
  hidden_act: z.literal("silu").default("silu"),
});

/** Reads and checks a checkpoint's config.json. Throws InputError naming the file and the key. */
export async function readConfig(folder: string): Promise<Qwen2Config> {
  const file = join(folder, "config.json");
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new InputError(`${file}: cannot be read; a Hugging Face checkpoint folder was expected`, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${file}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = JsonSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new InputError(`${file}: ${issue.path.join(".") || "top level"}: ${issue.message}`);
  }
  const c = parsed.data;
  return {
    vocabSize: c.vocab_size,
    hiddenSize: c.hidden_size,
    intermediateSize: c.intermediate_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    kvHeads: c.num_key_value_heads ?? c.num_attention_heads,
    ropeTheta: c.rope_parameters?.rope_theta ?? c.rope_theta ?? 10000,
    normEps: c.rms_norm_eps,
    tiedHead: c.tie_word_embeddings,
    maxPositions: c.max_position_embeddings,
    initStd: c.initializer_range,
  };
}

/** The JSON that `transformers` reads; `eos` and `pad` are token ids. */
export function configJson(config: Qwen2Config, eos: number, pad: number): object {
  return {
    architectures: ["Qwen2ForCausalLM"],
    model_type: "qwen2",
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    rope_theta: config.ropeTheta,
    rope_parameters: { rope_type: "default", rope_theta: config.ropeTheta },
    rms_norm_eps: config.normEps,
    tie_word_embeddings: config.tiedHead,
    max_position_embeddings: config.maxPositions,
    initializer_range: config.initStd,
    hidden_act: "silu",
    attention_dropout: 0,
    use_sliding_window: false,
    bos_token_id: null,
    eos_token_id: eos,
    pad_token_id: pad,
    torch_dtype: "float32",
    dtype: "float32",
  };
}
