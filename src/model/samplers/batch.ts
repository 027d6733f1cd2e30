/** OpenAI's Batch API: many prompts in one file, answered within a day, at whatever price the provider gives for that. */
import { z } from "zod";
import { InfraError, type Completion, type SamplingOptions } from "../../core/index.ts";
import { fill } from "./endpoint.ts";
import { sleep } from "./pace.ts";

export interface BatchEndpoint {
  readonly name: string;
  /** Up to and with the version, for instance `https://host/v1`. */
  readonly url: string;
  readonly model: string;
  readonly apiKey?: string | undefined;
  readonly template?: string;
  readonly system?: string | undefined;
}

export interface BatchRequest {
  /** Told apart by it in the provider's file. */
  readonly id: string;
  readonly prompt: string;
  readonly seed: number;
}

export interface BatchOptions {
  readonly sampling: SamplingOptions;
  readonly pollMs?: number;
  /** Of one exchange with the provider, not of the batch. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** A completion, or why there is none: the provider refused or failed this one request. */
export type BatchAnswer = Completion | { readonly problem: string };

const TRIES = 5;
const SHOWN = 160;
const ENDED = new Set(["completed", "failed", "expired", "cancelled"]);

const FILE = z.looseObject({ id: z.string() });
const BATCH = z.looseObject({
  id: z.string(),
  status: z.string(),
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  request_counts: z.looseObject({ total: z.int(), completed: z.int(), failed: z.int() }).nullish(),
  errors: z.unknown().optional(),
});
const LINE = z.looseObject({
  custom_id: z.string(),
  response: z.looseObject({ status_code: z.int(), body: z.unknown().optional() }).nullish(),
  error: z.looseObject({ message: z.string().nullish(), code: z.string().nullish() }).nullish(),
});
const BODY = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        finish_reason: z.string().nullish(),
        message: z.looseObject({ content: z.string().nullable() }),
      }),
    )
    .min(1),
  usage: z.looseObject({ prompt_tokens: z.int().nullish(), completion_tokens: z.int().nullish() }).nullish(),
});

/**
 * Hands the requests over and returns the batch's name, under which the answers can be fetched by whatever process.
 * Creating it is not tried again: a second try could pay for a second batch.
 */
export async function submitBatch(
  endpoint: BatchEndpoint,
  requests: readonly BatchRequest[],
  options: BatchOptions,
): Promise<string> {
  const form = new FormData();
  const lines = requests.map((request) => `${JSON.stringify(lineOf(endpoint, request, options.sampling))}\n`);
  form.set("purpose", "batch");
  form.set("file", new Blob(lines, { type: "application/jsonl" }), "requests.jsonl");
  const file = FILE.safeParse(await exchange(endpoint, "files", options, { method: "POST", body: form }));
  if (!file.success) throw new InfraError("provider", `${endpoint.name}: answered a file without id`);
  const body = { input_file_id: file.data.id, endpoint: "/v1/chat/completions", completion_window: "24h" };
  const once = {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  };
  return parseBatch(endpoint, await exchange(endpoint, "batches", options, once, 1)).id;
}

/** Waits for the batch to end. Requests of which nothing came back are missing. */
export async function collectBatch(
  endpoint: BatchEndpoint,
  id: string,
  options: BatchOptions,
): Promise<Map<string, BatchAnswer>> {
  const { pollMs = 30_000, signal, onProgress } = options;
  for (;;) {
    const batch = parseBatch(endpoint, await exchange(endpoint, `batches/${id}`, options));
    const counts = batch.request_counts;
    if (counts) onProgress?.(counts.completed + counts.failed, counts.total);
    if (!ENDED.has(batch.status)) {
      await sleep(pollMs, signal);
      continue;
    }
    const answers = new Map<string, BatchAnswer>();
    for (const file of [batch.output_file_id, batch.error_file_id])
      if (file) readAnswers(await exchange(endpoint, `files/${file}/content`, options), answers);
    // What an expired or cancelled batch has done is there, and paid.
    if (answers.size === 0 && batch.status === "failed")
      throw new InfraError(
        "provider",
        `${endpoint.name}: batch ${id} failed: ${oneLine(JSON.stringify(batch.errors ?? ""))}`,
      );
    return answers;
  }
}

function lineOf(
  { model, template = "{prompt}", system }: BatchEndpoint,
  request: BatchRequest,
  sampling: SamplingOptions,
): object {
  return {
    custom_id: request.id,
    method: "POST",
    url: "/v1/chat/completions",
    body: {
      model,
      messages: [
        ...(system === undefined ? [] : [{ role: "system", content: system }]),
        { role: "user", content: fill(template, request.prompt) },
      ],
      temperature: sampling.temperature,
      top_p: sampling.topP,
      max_tokens: sampling.maxTokens,
      seed: request.seed,
    },
  };
}

/** JSON where it is JSON, otherwise text. Tried again while that can help. */
async function exchange(
  { name, url, apiKey }: BatchEndpoint,
  path: string,
  { timeoutMs = 120_000, signal }: BatchOptions,
  request: RequestInit = {},
  tries = TRIES,
): Promise<unknown> {
  const headers = {
    ...(request.headers as object),
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  for (let attempt = 1; ; attempt++) {
    let problem: string;
    try {
      const limit = AbortSignal.timeout(timeoutMs);
      const response = await fetch(`${url.replace(/\/+$/, "")}/${path}`, {
        ...request,
        headers,
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
      const text = await response.text();
      if (response.ok) return asJson(text);
      problem = `HTTP ${response.status}: ${oneLine(text)}`;
      if (response.status < 500 && response.status !== 429) attempt = tries;
    } catch (error) {
      signal?.throwIfAborted();
      problem = `cannot be reached: ${(error as Error).message}`;
    }
    if (attempt >= tries) throw new InfraError("provider", `${name}: ${path}: ${problem}`);
    await sleep(250 * 2 ** attempt, signal);
  }
}

function parseBatch({ name }: BatchEndpoint, value: unknown): z.infer<typeof BATCH> {
  const batch = BATCH.safeParse(value);
  if (batch.success) return batch.data;
  throw new InfraError(
    "provider",
    `${name}: answered a batch without ${batch.error.issues[0]!.path.join(".")}`,
  );
}

function readAnswers(content: unknown, into: Map<string, BatchAnswer>): void {
  // A file of one line has been read as JSON already.
  const lines = typeof content === "string" ? content.split("\n").map(asJson) : [content];
  for (const line of lines) {
    const parsed = LINE.safeParse(line);
    if (!parsed.success) continue;
    const { custom_id: id, response, error } = parsed.data;
    const body = BODY.safeParse(response?.body);
    if (response?.status_code !== 200 || !body.success) {
      const reason = error?.message ?? error?.code ?? `HTTP ${response?.status_code ?? "?"}`;
      into.set(id, { problem: oneLine(reason) });
      continue;
    }
    const { choices, usage } = body.data;
    into.set(id, {
      text: choices[0]!.message.content ?? "",
      finished: choices[0]!.finish_reason !== "length",
      promptTokens: usage?.prompt_tokens ?? null,
      completionTokens: usage?.completion_tokens ?? null,
      ms: 0,
    });
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim().slice(0, SHOWN) || "nothing";
