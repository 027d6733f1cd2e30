/** From a request's body to what the engine is asked: messages, settings, seeds, schemas. */
import { randomInt } from "node:crypto";
import type { ChatMessage } from "../../model/chat-template.ts";
import type { GenerationRequest } from "../../model/generation/request.ts";
import { hash32 } from "../../util/rng.ts";
import type { ChatBody, CompletionBody, SamplingBody } from "./bodies.ts";
import { ApiError } from "./errors.ts";

type Message = ChatBody["messages"][number];

/** Messages as chat templates of Hugging Face models know them. Throws ApiError. */
export function templateMessages(messages: readonly Message[]): ChatMessage[] {
  return messages.map((message, index) => {
    const { role, content, tool_calls: calls, ...rest } = message;
    return {
      ...rest,
      // Templates know no developer.
      role: role === "developer" ? "system" : role === "function" ? "tool" : role,
      content: plainText(content, `messages.${index}.content`),
      ...(calls && calls.length > 0
        ? { tool_calls: calls.map((call) => ({ ...call, type: "function", function: parsedCall(call) })) }
        : {}),
    };
  });
}

function plainText(content: Message["content"], param: string): string {
  if (typeof content === "string") return content;
  return (content ?? [])
    .map((part, index) => {
      if ((part.type === "text" || part.type === "refusal") && part.text !== undefined) return part.text;
      const at = `${param}.${index}`;
      throw new ApiError(400, `${at}: this model reads only text, not ${part.type}`, null, at);
    })
    .join("");
}

/** Templates write arguments with `tojson`: a text would become JSON twice. */
function parsedCall(call: NonNullable<Message["tool_calls"]>[number]): object {
  const { name, arguments: text } = call.function;
  try {
    return { name, arguments: JSON.parse(text) as unknown };
  } catch {
    return { name, arguments: text };
  }
}

/** The first answer has the seed itself, the others ones that follow from it. */
export function seedsOf({ seed, n }: SamplingBody): number[] {
  const first = seed ?? randomInt(2 ** 32);
  return Array.from({ length: n ?? 1 }, (_, index) => (index === 0 ? first : hash32(`${first}/${index}`)));
}

/** Defaults are those of the OpenAI API. */
export function samplingOf(
  body: SamplingBody,
  maxTokens: number | undefined,
  logprobs: number | undefined,
): GenerationRequest["sampling"] {
  const topK = body.top_k ?? -1;
  return {
    temperature: body.temperature ?? 1,
    topP: body.top_p ?? 1,
    topK: topK > 0 ? topK : undefined,
    minP: body.min_p ?? undefined,
    repetitionPenalty: body.repetition_penalty ?? undefined,
    presencePenalty: body.presence_penalty ?? undefined,
    frequencyPenalty: body.frequency_penalty ?? undefined,
    logitBias: body.logit_bias ?? undefined,
    ignoreEnd: body.ignore_eos ?? undefined,
    maxTokens,
    logprobs,
  };
}

/** What the answer must be: undefined for free text. */
export function formatOf(format: ChatBody["response_format"]): object | true | undefined {
  if (format?.type === "json_object") return true;
  if (format?.type !== "json_schema") return undefined;
  return (format as { json_schema: { schema: object } }).json_schema.schema;
}

/** One request of the engine for each prompt. */
export function completionPrompts(prompt: CompletionBody["prompt"]): GenerationRequest["prompt"][] {
  if (typeof prompt === "string") return [{ text: prompt }];
  if (prompt.every((one) => typeof one === "number")) return [{ ids: prompt }];
  return prompt.map((one) => (typeof one === "string" ? { text: one } : { ids: one as number[] }));
}
