/** `config.json` of a causal language model (Qwen2, Qwen3, Llama, Mistral), in the field names of transformers 4 and 5. */
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { DType } from "../torch/index.ts";
import { readJsonFile } from "./json-file.ts";
import { RopeScalingSchema, type RopeScaling } from "./rope-scaling.ts";

export const ARCHITECTURES = {
  qwen2: "Qwen2ForCausalLM",
  qwen3: "Qwen3ForCausalLM",
  llama: "LlamaForCausalLM",
  mistral: "MistralForCausalLM",
} as const;
export type Architecture = keyof typeof ARCHITECTURES;

/** A query sees this many positions, its own among them, in the layers marked true. */
export interface SlidingWindow {
  readonly size: number;
  readonly layers: readonly boolean[];
}

/** One description for all decoders; what only some of them have is optional. */
export interface DecoderConfig {
  /** Default qwen2: biases on queries, keys and values. */
  readonly architecture?: Architecture;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Width of one head; default hiddenSize / heads. */
  readonly headDim?: number | undefined;
  readonly ropeTheta: number;
  readonly ropeScaling?: RopeScaling | undefined;
  readonly normEps: number;
  readonly tiedHead: boolean;
  readonly maxPositions: number;
  readonly initStd: number;
  /** Biases on all four projections of attention (Llama, Qwen3); default none. */
  readonly attentionBias?: boolean | undefined;
  /** Biases in the feed-forward layers (Llama); default none. */
  readonly mlpBias?: boolean | undefined;
  readonly slidingWindow?: SlidingWindow | undefined;
}

export const headDimOf = (config: DecoderConfig): number =>
  config.headDim ?? config.hiddenSize / config.heads;

const rope = z.looseObject({
  rope_theta: z.number().optional(),
  partial_rotary_factor: z.literal(1).optional(),
});
const sizes = {
  vocab_size: z.int().positive(),
  hidden_size: z.int().positive(),
  intermediate_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  num_key_value_heads: z.int().positive().nullish(),
  head_dim: z.int().positive().nullish(),
};
const JsonSchema = z
  .looseObject({
    model_type: z.enum(Object.keys(ARCHITECTURES) as [Architecture, ...Architecture[]]),
    ...sizes,
    rope_theta: z.number().nullish(),
    rope_scaling: rope.nullish(),
    rope_parameters: rope.nullish(),
    rms_norm_eps: z.number().default(1e-6),
    tie_word_embeddings: z.boolean().default(false),
    max_position_embeddings: z.int().positive().optional(),
    initializer_range: z.number().default(0.02),
    hidden_act: z.literal("silu").default("silu"),
    attention_bias: z.boolean().nullish(),
    mlp_bias: z.boolean().nullish(),
    sliding_window: z.int().positive().nullish(),
    use_sliding_window: z.boolean().nullish(),
    max_window_layers: z.int().nullish(),
    layer_types: z.array(z.enum(["full_attention", "sliding_attention"])).nullish(),
    quantization_config: z.undefined("weights quantised by another tool are not supported").optional(),
  })
  .refine((c) => c.num_attention_heads % (c.num_key_value_heads ?? c.num_attention_heads) === 0, {
    path: ["num_key_value_heads"],
    message: "expected a divisor of num_attention_heads",
  });
type Json = z.output<typeof JsonSchema>;

/** What transformers assumes where a file is silent. */
const DEFAULTS: Record<Architecture, { maxPositions: number; headDim?: number; window?: number }> = {
  qwen2: { maxPositions: 32768, window: 4096 },
  qwen3: { maxPositions: 32768, window: 4096, headDim: 128 },
  llama: { maxPositions: 2048 },
  mistral: { maxPositions: 4096 * 32, window: 4096 },
};

/** Reads and checks a checkpoint's config.json. Throws InputError naming the file and the key. */
export async function readConfig(folder: string): Promise<DecoderConfig> {
  const file = join(folder, "config.json");
  const c = readJsonFile(file, JsonSchema, "a Hugging Face checkpoint folder");
  const defaults = DEFAULTS[c.model_type];
  const headDim = c.head_dim ?? defaults.headDim ?? c.hidden_size / c.num_attention_heads;
  if (headDim % 2 !== 0)
    throw new InputError(`${file}: head_dim: expected an even width of heads, found ${headDim}`);
  const maxPositions = c.max_position_embeddings ?? defaults.maxPositions;
  return {
    architecture: c.model_type,
    vocabSize: c.vocab_size,
    hiddenSize: c.hidden_size,
    intermediateSize: c.intermediate_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    kvHeads: c.num_key_value_heads ?? c.num_attention_heads,
    headDim: headDim * c.num_attention_heads === c.hidden_size ? undefined : headDim,
    ropeTheta: c.rope_parameters?.rope_theta ?? c.rope_theta ?? 10000,
    ropeScaling: ropeScaling(file, c, maxPositions),
    normEps: c.rms_norm_eps,
    tiedHead: c.tie_word_embeddings,
    maxPositions,
    initStd: c.initializer_range,
    attentionBias: /llama|qwen3/.test(c.model_type) ? (c.attention_bias ?? undefined) : undefined,
    mlpBias: c.model_type === "llama" ? (c.mlp_bias ?? undefined) : undefined,
    slidingWindow: slidingWindow(c, defaults.window),
  };
}

/** transformers 4 wrote `rope_scaling` beside `rope_theta`, and before that `type` for `rope_type`. */
function ropeScaling(file: string, c: Json, maxPositions: number): RopeScaling | undefined {
  const key = c.rope_parameters ? "rope_parameters" : "rope_scaling";
  const given = c[key];
  if (!given) return undefined;
  const parsed = RopeScalingSchema.safeParse({
    original_max_position_embeddings: maxPositions,
    ...given,
    rope_type: given["rope_type"] ?? given["type"] ?? "default",
  });
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new InputError(`${file}: ${[key, ...issue.path].join(".")}: ${issue.message}`);
  }
  return parsed.data.rope_type === "default" ? undefined : parsed.data;
}

function slidingWindow(c: Json, fallback: number | undefined): SlidingWindow | undefined {
  const size = c.sliding_window === undefined ? fallback : (c.sliding_window ?? undefined);
  const used = c.model_type === "mistral" || c.use_sliding_window === true;
  if (size === undefined || !used || c.model_type === "llama") return undefined;
  const from = c.model_type === "mistral" ? 0 : (c.max_window_layers ?? 28);
  const layers = Array.from({ length: c.num_hidden_layers }, (_, layer) =>
    c.layer_types ? c.layer_types[layer] === "sliding_attention" : layer >= from,
  );
  return layers.includes(true) ? { size, layers } : undefined;
}

/** The JSON that `transformers` reads; `eos` and `pad` are token ids. */
export function configJson(
  config: DecoderConfig,
  eos: number,
  pad: number,
  dtype: DType = "float32",
): object {
  const architecture = config.architecture ?? "qwen2";
  const { slidingWindow: window, ropeScaling: scaling } = config;
  return {
    architectures: [ARCHITECTURES[architecture]],
    model_type: architecture,
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    ...(architecture === "qwen2" ? {} : { head_dim: headDimOf(config) }),
    rope_theta: config.ropeTheta,
    rope_parameters: { rope_type: "default", ...scaling, rope_theta: config.ropeTheta },
    ...(scaling === undefined ? {} : { rope_scaling: scaling }),
    rms_norm_eps: config.normEps,
    tie_word_embeddings: config.tiedHead,
    max_position_embeddings: config.maxPositions,
    initializer_range: config.initStd,
    hidden_act: "silu",
    attention_dropout: 0,
    ...(/llama|qwen3/.test(architecture) ? { attention_bias: config.attentionBias ?? false } : {}),
    ...(architecture === "llama" ? { mlp_bias: config.mlpBias ?? false } : {}),
    ...windowJson(architecture, window),
    bos_token_id: null,
    eos_token_id: eos,
    pad_token_id: pad,
    torch_dtype: dtype,
    dtype,
  };
}

function windowJson(architecture: Architecture, window: SlidingWindow | undefined): object {
  if (architecture === "llama") return {};
  if (architecture === "mistral") return { sliding_window: window?.size ?? null };
  if (window === undefined) return { use_sliding_window: false };
  return {
    use_sliding_window: true,
    sliding_window: window.size,
    max_window_layers: window.layers.indexOf(true),
    layer_types: window.layers.map((slides) => (slides ? "sliding_attention" : "full_attention")),
  };
}
