/** An OpenAI-compatible endpoint as a sampler. */
import { z } from "zod";
import type { Completion, Sampler, SamplingOptions } from "../../core/index.ts";
import { createRequests, readAs, type RequestOptions } from "./request.ts";

export interface EndpointOptions extends RequestOptions {
  /** Up to and with the version, for instance `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  readonly model: string;
  /** `completions` sends the prompt as text, for models without a chat template. */
  readonly api?: "chat" | "completions";
  /** `{prompt}` is replaced by the task's. */
  readonly template?: string;
  readonly system?: string | undefined;
  /** Requests at once. */
  readonly parallel?: number;
}

const usage = z
  .looseObject({ prompt_tokens: z.int().nullish(), completion_tokens: z.int().nullish() })
  .nullish();
const choice = { finish_reason: z.string().nullish() };
const CHAT = z.looseObject({
  choices: z
    .array(z.looseObject({ ...choice, message: z.looseObject({ content: z.string().nullable() }) }))
    .min(1),
  usage,
});
const TEXT = z.looseObject({
  choices: z.array(z.looseObject({ ...choice, text: z.string() })).min(1),
  usage,
});

export function createEndpointSampler(options: EndpointOptions): Sampler {
  const { name, url, model, api = "chat", template = "{prompt}", system, parallel = 8 } = options;
  const request = createRequests(options);
  const address = addressOf(url, api === "chat" ? "chat/completions" : "completions");

  const bodyOf = (prompt: string, seed: number, sampling: SamplingOptions): string => {
    const text = fill(template, prompt);
    const messages = [
      ...(system === undefined ? [] : [{ role: "system", content: system }]),
      { role: "user", content: text },
    ];
    return JSON.stringify({
      model,
      ...(api === "chat" ? { messages } : { prompt: text }),
      temperature: sampling.temperature,
      top_p: sampling.topP,
      max_tokens: sampling.maxTokens,
      seed,
    });
  };

  return {
    name,
    identity: { url, model, api, template, system: system ?? null },
    parallel,
    complete: async ({ prompt, seed }, sampling, signal) => {
      const read = (text: string): Omit<Completion, "ms"> => readAnswer(api, text);
      const { answer, ms } = await request(address, bodyOf(prompt, seed, sampling), read, signal);
      return { ...answer, ms };
    },
    close: async () => {},
  };
}

export const addressOf = (url: string, path: string): string => `${url.replace(/\/+$/, "")}/${path}`;

function readAnswer(api: "chat" | "completions", text: string): Omit<Completion, "ms"> {
  const { choices, usage: used } = api === "chat" ? readAs(CHAT, text) : readAs(TEXT, text);
  const first = choices[0]!;
  return {
    // A refusal or a call of a tool instead of a text is an empty completion.
    text:
      "message" in first
        ? ((first.message as { content: string | null }).content ?? "")
        : (first.text as string),
    finished: first.finish_reason !== "length",
    promptTokens: used?.prompt_tokens ?? null,
    completionTokens: used?.completion_tokens ?? null,
  };
}

/** Not `replace`, which would read `$&` in a prompt as its own. */
export const fill = (template: string, prompt: string): string => template.split("{prompt}").join(prompt);
