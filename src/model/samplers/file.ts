/** The file that names the samplers of a comparison, and opening what it names. */
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { z } from "zod";
import { InputError, PrerequisiteError, type Sampler } from "../../core/index.ts";
import type { BatchEndpoint } from "./batch.ts";
import { openCheckpointSampler } from "./checkpoint.ts";
import { createEmbeddingSampler } from "./embeddings.ts";
import { createEndpointSampler } from "./endpoint.ts";

/** Of a million tokens, in whatever currency; both models of a comparison should use the same. */
const priceSchema = z.strictObject({ input: z.number().nonnegative(), output: z.number().nonnegative() });
const template = z
  .string()
  .refine((text) => text.includes("{prompt}"), "expected a text with {prompt} in it")
  .optional();
const shared = {
  name: z.string().min(1),
  template,
  system: z.string().optional(),
  price_per_million: priceSchema.optional(),
};
const checkpointSchema = z.strictObject({
  ...shared,
  checkpoint: z.string().min(1),
  adapter: z.string().min(1).optional(),
  /** Through the folder's chat template; default: when there is one. */
  chat: z.boolean().optional(),
  batch: z.int().positive().optional(),
});
const endpointSchema = z.strictObject({
  ...shared,
  endpoint: z.url({ protocol: /^https?$/ }),
  model: z.string().min(1),
  api: z.enum(["chat", "completions"]).optional(),
  /** Name of the environment variable that holds the key; the key itself has no place in a file. */
  api_key_env: z.string().min(1).optional(),
  parallel: z.int().positive().optional(),
  per_minute: z.number().positive().optional(),
  timeout_s: z.number().positive().optional(),
  tries: z.int().positive().optional(),
});

export type SamplerEntry = z.infer<typeof checkpointSchema> | z.infer<typeof endpointSchema>;

/** `where` names the file in errors. Throws InputError naming the entry and the key. */
export function parseSamplers(text: string, where: string): SamplerEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${where}: expected JSON (${(cause as Error).message})`, { cause });
  }
  const list = (json as { samplers?: unknown } | null)?.samplers;
  if (!Array.isArray(list) || list.length === 0)
    throw new InputError(`${where}: samplers: expected a list with at least one sampler`);
  const names = new Set<string>();
  return list.map((entry: unknown, index) => {
    const at = `${where}: samplers[${index}]`;
    const kind = isRecord(entry) && "checkpoint" in entry ? checkpointSchema : endpointSchema;
    if (!isRecord(entry) || "checkpoint" in entry === "endpoint" in entry)
      throw new InputError(`${at}: expected an object with either checkpoint or endpoint`);
    const parsed = kind.safeParse(entry);
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      const key = [...issue.path, ...("keys" in issue ? [(issue.keys as string[])[0]] : [])].join(".");
      throw new InputError(`${at}.${key}: ${issue.message}`);
    }
    if (names.has(parsed.data.name))
      throw new InputError(`${at}.name: ${JSON.stringify(parsed.data.name)} stands there twice`);
    names.add(parsed.data.name);
    return parsed.data;
  });
}

/** What can be seen before hours are spent on another sampler. Throws InputError and PrerequisiteError. */
export function checkSampler(entry: SamplerEntry, file: string): void {
  if ("endpoint" in entry) keyOf(entry);
  else
    for (const folder of [entry.checkpoint, entry.adapter])
      if (folder !== undefined) checkFolder(folder, file);
}

function checkFolder(folder: string, file: string): void {
  const path = beside(file, folder);
  if (!existsSync(path)) throw new InputError(`${file}: ${folder}: there is no folder ${path}`);
}

const beside = (file: string, path: string): string => (isAbsolute(path) ? path : join(dirname(file), path));

function keyOf({ name, api_key_env: variable }: z.infer<typeof endpointSchema>): string | undefined {
  if (variable === undefined) return undefined;
  const key = process.env[variable];
  if (!key)
    throw new PrerequisiteError(`${name}: the environment variable ${variable} is not set: it holds the key`);
  return key;
}

/** Relative folders start at the file's. Throws PrerequisiteError when the key's variable is not set. */
export async function openSampler(entry: SamplerEntry, file: string): Promise<Sampler> {
  const { name, template: text, system } = entry;
  const common = { name, system, ...(text === undefined ? {} : { template: text }) };
  if ("checkpoint" in entry) {
    const { checkpoint, adapter, chat, batch } = entry;
    return openCheckpointSampler({
      ...common,
      checkpoint: beside(file, checkpoint),
      adapter: adapter === undefined ? undefined : beside(file, adapter),
      chat,
      ...(batch === undefined ? {} : { batch }),
    });
  }
  const { api } = entry;
  return createEndpointSampler({ ...common, ...reach(entry), ...(api === undefined ? {} : { api }) });
}

/** An entry's `/embeddings`. Throws InputError for what has none. */
export function openEmbeddings(entry: SamplerEntry, file: string): Sampler {
  const around = (["api", "template", "system"] as const).find((key) => key in entry);
  if (!("endpoint" in entry) || around !== undefined)
    throw new InputError(
      `${file}: ${entry.name}: expected an endpoint${around === undefined ? "" : ` without ${around}`}, for embeddings`,
    );
  return createEmbeddingSampler({ name: entry.name, ...reach(entry) });
}

/** Where an endpoint is and how it may be asked. */
const reach = (entry: z.infer<typeof endpointSchema>) => ({
  url: entry.endpoint,
  model: entry.model,
  apiKey: keyOf(entry),
  perMinute: entry.per_minute,
  ...(entry.parallel === undefined ? {} : { parallel: entry.parallel }),
  ...(entry.tries === undefined ? {} : { tries: entry.tries }),
  ...(entry.timeout_s === undefined ? {} : { timeoutMs: entry.timeout_s * 1000 }),
});

/** An entry's endpoint for whole batches. Throws InputError for a checkpoint, which has no Batch API. */
export function batchEndpoint(entry: SamplerEntry, file: string): BatchEndpoint {
  if (!("endpoint" in entry) || entry.api === "completions")
    throw new InputError(`${file}: ${entry.name}: expected an endpoint for chats, which has a Batch API`);
  const { name, endpoint: url, model, template: text, system } = entry;
  return {
    name,
    url,
    model,
    apiKey: keyOf(entry),
    system,
    ...(text === undefined ? {} : { template: text }),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
