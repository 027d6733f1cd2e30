/** Settings of a LoRA adapter (Hu et al. 2021): what PEFT's `adapter_config.json` says of them. */
import { join } from "node:path";
import { z } from "zod";
import { readJsonFile } from "../json-file.ts";

export const CONFIG_FILE = "adapter_config.json";

export interface LoraConfig {
  readonly rank: number;
  readonly alpha: number;
  /** On the input of A while training. */
  readonly dropout: number;
  /** Scale alpha / sqrt(rank) instead of alpha / rank (Kalajdzievski 2023). */
  readonly rankStabilized: boolean;
  /** Ends of module paths, or a regular expression for whole paths, or `all-linear`: all but the head. */
  readonly targets: readonly string[] | string;
  readonly exclude?: readonly string[] | string | undefined;
  /** Only in these layers. */
  readonly layers?: readonly number[] | undefined;
  /** Other ranks and alphas for modules whose path ends in a match of the key. */
  readonly rankPattern: Readonly<Record<string, number>>;
  readonly alphaPattern: Readonly<Record<string, number>>;
  /** Ends of the paths of modules that are trained and saved whole. */
  readonly modulesToSave: readonly string[];
  /** What the adapter was trained on, for people to read. */
  readonly base?: string | undefined;
  /** PEFT's: CAUSAL_LM, SEQ_CLS, ... */
  readonly taskType?: string | undefined;
}

/** PEFT's defaults, for what is not given. */
export function loraConfig(
  given: Partial<LoraConfig> & Pick<LoraConfig, "rank" | "alpha" | "targets">,
): LoraConfig {
  return {
    dropout: 0,
    rankStabilized: false,
    rankPattern: {},
    alphaPattern: {},
    modulesToSave: [],
    ...given,
  };
}

/** Settings that change the numbers in ways that are not implemented here have to be off. */
const off = (what: string) =>
  z
    .union([z.literal(false), z.null(), z.tuple([]), z.strictObject({})], `${what} is not supported`)
    .optional();

const names = z.union([z.string(), z.array(z.string())]);
const JsonSchema = z.looseObject({
  peft_type: z.literal("LORA"),
  task_type: z.string().nullish(),
  base_model_name_or_path: z.string().nullish(),
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  lora_dropout: z.number().min(0).lt(1).default(0),
  use_rslora: z.boolean().default(false),
  target_modules: names,
  exclude_modules: names.nullish(),
  layers_to_transform: z.union([z.int(), z.array(z.int())]).nullish(),
  rank_pattern: z.record(z.string(), z.int().positive()).default({}),
  alpha_pattern: z.record(z.string(), z.number().positive()).default({}),
  modules_to_save: z.array(z.string()).nullish(),
  bias: z.literal("none", "biases of the base model that are trained too are not supported").default("none"),
  use_dora: off("DoRA"),
  use_qalora: off("QA-LoRA"),
  use_bdlora: off("BD-LoRA"),
  fan_in_fan_out: off("a transposed base layer"),
  lora_bias: off("a bias in the adapter"),
  layers_pattern: off("a pattern of layers"),
  layer_replication: off("replication of layers"),
  target_parameters: off("LoRA on bare parameters"),
  trainable_token_indices: off("training of single embeddings"),
  alora_invocation_tokens: off("activated LoRA"),
  arrow_config: off("routing between adapters"),
});

/** Reads `adapter_config.json` of a PEFT folder. Throws InputError naming the file and the key. */
export function readLoraConfig(folder: string): LoraConfig {
  const json = readJsonFile(join(folder, CONFIG_FILE), JsonSchema, "a PEFT adapter folder");
  const layers = json.layers_to_transform ?? undefined;
  return {
    rank: json.r,
    alpha: json.lora_alpha,
    dropout: json.lora_dropout,
    rankStabilized: json.use_rslora,
    targets: json.target_modules,
    exclude: json.exclude_modules ?? undefined,
    layers: typeof layers === "number" ? [layers] : layers,
    rankPattern: json.rank_pattern,
    alphaPattern: json.alpha_pattern,
    modulesToSave: json.modules_to_save ?? [],
    base: json.base_model_name_or_path ?? undefined,
    taskType: json.task_type ?? undefined,
  };
}

/** The JSON that PEFT reads. */
export function loraConfigJson(config: LoraConfig): object {
  return {
    alpha_pattern: config.alphaPattern,
    base_model_name_or_path: config.base ?? null,
    bias: "none",
    exclude_modules: config.exclude ?? null,
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_to_transform: config.layers ?? null,
    lora_alpha: config.alpha,
    lora_dropout: config.dropout,
    modules_to_save: config.modulesToSave.length === 0 ? null : config.modulesToSave,
    peft_type: "LORA",
    r: config.rank,
    rank_pattern: config.rankPattern,
    target_modules: config.targets,
    task_type: config.taskType ?? null,
    use_dora: false,
    use_rslora: config.rankStabilized,
  };
}
