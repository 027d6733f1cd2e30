/** Bodies of requests to the model endpoint. Fields that are not known are ignored, as other servers do. */
import { z } from "zod";
import { ApiError } from "./errors.ts";

const MAX_STOPS = 16;
const MAX_ANSWERS = 128;
const text = z.string();
const stops = z
  .union([text.transform((one) => [one]), z.array(text).max(MAX_STOPS)])
  .nullish()
  .transform((list) => (list ?? []).filter((one) => one !== ""));

const sampling = {
  model: z.string(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  /** -1 and 0: all, as in vLLM. */
  top_k: z.int().min(-1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().gt(0).max(10).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: z.record(z.string().regex(/^\d+$/), z.number().min(-100).max(100)).nullish(),
  n: z.int().min(1).max(MAX_ANSWERS).nullish(),
  stop: stops,
  seed: z.int().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().min(1).nullish(),
  ignore_eos: z.boolean().nullish(),
};

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const content = z.union([z.string(), z.array(part)]).nullish();
const toolCall = z.looseObject({
  id: z.string().optional(),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
});
const message = z.looseObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
  content,
  tool_calls: z.array(toolCall).nullish(),
});
const tool = z.looseObject({
  type: z.literal("function"),
  function: z.looseObject({
    name: z.string().regex(/^[\w.-]{1,128}$/, "expected letters, digits, _, . and -"),
    parameters: z.looseObject({}).optional(),
  }),
});
const responseFormat = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text") }),
  z.looseObject({ type: z.literal("json_object") }),
  z.looseObject({
    type: z.literal("json_schema"),
    json_schema: z.looseObject({ schema: z.looseObject({}) }),
  }),
]);

export const chatSchema = z.looseObject({
  ...sampling,
  messages: z.array(message).min(1),
  max_completion_tokens: z.int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: z
    .union([
      z.enum(["none", "auto", "required"]),
      z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: z.string() }) }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
});
export type ChatBody = z.output<typeof chatSchema>;

const ids = z.array(z.int().min(0)).min(1);
export const completionSchema = z.looseObject({
  ...sampling,
  prompt: z.union([text, z.array(text).min(1), ids, z.array(ids).min(1)]),
  echo: z.boolean().nullish(),
  logprobs: z.int().min(0).max(20).nullish(),
  suffix: z.literal("", "not supported").nullish(),
  response_format: responseFormat.nullish(),
});
export type CompletionBody = z.output<typeof completionSchema>;
export type SamplingBody = Pick<CompletionBody, keyof typeof sampling>;

export const embeddingSchema = z.looseObject({
  model: z.string(),
  input: z.union([text, z.array(text).min(1).max(2048)]),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.undefined("not supported").optional(),
});

export const classifySchema = z.union([
  z.looseObject({
    inputs: z.union([text, z.array(text).min(1).max(1024)]),
    parameters: z
      .looseObject({
        top_k: z.int().positive().nullish(),
        function_to_apply: z.literal("softmax", "only softmax is supported").nullish(),
      })
      .nullish(),
  }),
  z.looseObject({ model: z.string(), input: z.union([text, z.array(text).min(1).max(1024)]) }),
]);

export const loadAdapterSchema = z.looseObject({
  lora_name: z.string().regex(/^[\w.-]{1,128}$/, "expected letters, digits, _, . and -"),
  lora_path: z.string().min(1),
  /** Of adapter_model.safetensors, in hexadecimal digits; checked when it is given. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export const unloadAdapterSchema = z.looseObject({ lora_name: z.string().min(1) });

export const tokenizeSchema = z.union([
  z.looseObject({ prompt: text }),
  z.looseObject({ messages: z.array(message).min(1) }),
]);
export const detokenizeSchema = z.looseObject({ tokens: z.array(z.int().min(0)) });

/** Throws ApiError naming the field. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const { path, message: said } = deepest(parsed.error.issues[0]!);
  const param = path.join(".");
  throw new ApiError(400, param === "" ? said : `${param}: ${said}`, null, param === "" ? null : param);
}

/** Of a union, what is wrong with the alternative that came furthest. */
function deepest(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string } {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors.flatMap((errors) => errors.slice(0, 1).map(deepest));
  const [best] = inner.sort((a, b) => b.path.length - a.path.length);
  if (best === undefined || best.path.length === 0) return issue;
  return { path: [...issue.path, ...best.path], message: best.message };
}
