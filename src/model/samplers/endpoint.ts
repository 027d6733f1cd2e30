/** An OpenAI-compatible endpoint as a sampler: tried again while that can help, at a pace, and never waited for without end. */
import { z } from "zod";
import { InfraError, type Completion, type Sampler, type SamplingOptions } from "../../core/index.ts";
import { createPace, sleep } from "./pace.ts";

export interface EndpointOptions {
  readonly name: string;
  /** Up to and with the version, for instance `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  readonly model: string;
  readonly apiKey?: string | undefined;
  /** `completions` sends the prompt as text, for models without a chat template. */
  readonly api?: "chat" | "completions";
  /** `{prompt}` is replaced by the task's. */
  readonly template?: string;
  readonly system?: string | undefined;
  /** Requests at once. */
  readonly parallel?: number;
  readonly perMinute?: number | undefined;
  /** From the start of a try to the last byte of its answer. */
  readonly timeoutMs?: number;
  readonly tries?: number;
  /** Before the second try; doubles from try to try. */
  readonly backoffMs?: number;
}

/** Longest wait before another try, whatever the endpoint asks for. */
const MAX_WAIT_MS = 60_000;
const SHOWN = 160;

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
  const { perMinute, timeoutMs = 120_000, tries = 5, backoffMs = 1000 } = options;
  const pace = createPace(perMinute);
  const address = `${url.replace(/\/+$/, "")}/${api === "chat" ? "chat/completions" : "completions"}`;
  const headers = {
    "content-type": "application/json",
    ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
  };

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

  /** Throws Failure. */
  const once = async (body: string, signal: AbortSignal | undefined): Promise<Completion> => {
    const limit = AbortSignal.timeout(timeoutMs);
    const begun = performance.now();
    try {
      const response = await fetch(address, {
        method: "POST",
        headers,
        body,
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
      const text = await response.text();
      if (!response.ok) throw refusal(response, text);
      return { ...readAnswer(api, text), ms: performance.now() - begun };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof Failure) throw error;
      if (limit.aborted) throw new Failure(`no answer within ${timeoutMs / 1000} s`);
      throw new Failure(`cannot be reached: ${reasonOf(error)}`);
    }
  };

  return {
    name,
    identity: { url, model, api, template, system: system ?? null },
    parallel,
    async complete({ prompt, seed }, sampling, signal) {
      const body = bodyOf(prompt, seed, sampling);
      for (let attempt = 1; ; attempt++) {
        await pace.turn(signal);
        try {
          return await once(body, signal);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          if (error.final || attempt >= tries) {
            const after = attempt === 1 ? "" : `, after ${attempt} tries`;
            throw new InfraError("provider", `${name}: ${error.message}${after}`);
          }
          // The same seconds for all would bring all back at once.
          const wait = backoffMs * 2 ** (attempt - 1) * (0.5 + Math.random());
          if (error.waitMs === undefined) await sleep(Math.min(wait, MAX_WAIT_MS), signal);
          else pace.pause(Math.min(error.waitMs, MAX_WAIT_MS));
        }
      }
    },
    close: async () => {},
  };
}

/** Of one try. */
class Failure extends Error {
  /** Trying again would give the same. */
  readonly final: boolean;
  /** What the endpoint asked to wait. */
  readonly waitMs: number | undefined;

  constructor(message: string, final = false, waitMs?: number) {
    super(message);
    this.final = final;
    this.waitMs = waitMs;
  }
}

function refusal(response: Response, text: string): Failure {
  const { status } = response;
  const passes = status === 408 || status === 425 || status === 429 || status >= 500;
  return new Failure(
    `HTTP ${status}: ${oneLine(text)}`,
    !passes,
    passes ? waitOf(response.headers.get("retry-after")) : undefined,
  );
}

/** Seconds or a date (RFC 9110, 10.2.3), in milliseconds from now. */
function waitOf(header: string | null): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const ms = Number.isFinite(Number(header)) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function readAnswer(api: "chat" | "completions", text: string): Omit<Completion, "ms"> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Failure(`answered what is not JSON: ${oneLine(text)}`);
  }
  const answer = api === "chat" ? CHAT.safeParse(json) : TEXT.safeParse(json);
  if (!answer.success) {
    const issue = answer.error.issues[0]!;
    throw new Failure(`answered without ${issue.path.join(".") || "an object"}: ${oneLine(text)}`);
  }
  const { choices, usage: used } = answer.data;
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

const oneLine = (text: string): string =>
  text
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, SHOWN) || "nothing";

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
