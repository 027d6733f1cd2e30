/** The request of an assessment: who takes part and how it is run. */
import { z } from "zod";
import { InputError } from "../../core/errors.ts";
import { jsonIn } from "../../skills/index.ts";

export const ROLE = "agent";
export const SCENARIO_SETS = ["hand-written", "train", "compositional", "novel"] as const;

const address = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    "expected an http or https address",
  );

const ConfigSchema = z.strictObject({
  /** A set, or ids of scenarios. */
  scenarios: z.union([z.enum(SCENARIO_SETS), z.array(z.string()).min(1).max(1000)]).default("hand-written"),
  /** Scenarios at most, before they are divided into shards. */
  count: z.int().min(1).max(10_000).default(20),
  /** Which of a generated set, and the episodes' own seed. */
  seed: z.int().min(0).default(1),
  max_steps: z.int().min(1).max(100).default(15),
  /** For one message to the agent. */
  timeout_s: z.number().min(1).max(3600).default(240),
  /** Episodes at once. */
  parallel: z.int().min(1).max(32).default(2),
  /** Set by the runner when it divides the work. */
  shard_index: z.int().min(0).default(0),
  num_shards: z.int().min(1).max(1000).default(1),
  num_instances: z.int().min(1).optional(),
});
export type GreenConfig = z.output<typeof ConfigSchema>;

const RequestSchema = z.strictObject({
  participants: z.strictObject({ [ROLE]: address }),
  config: ConfigSchema.prefault({}),
});
export type GreenRequest = z.output<typeof RequestSchema>;

/** `text` holds the JSON. Throws InputError that names the key. */
export function parseGreenRequest(text: string): GreenRequest {
  const raw = jsonIn(text);
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    throw new InputError(`expected JSON {"participants": {"${ROLE}": URL}, "config": {...}}`);
  const parsed = RequestSchema.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new InputError(`${issue.path.map(String).join(".") || "request"}: ${issue.message}`);
  }
  const { shard_index, num_shards } = parsed.data.config;
  if (shard_index >= num_shards)
    throw new InputError(
      `config.shard_index: expected less than num_shards (${num_shards}), got ${shard_index}`,
    );
  return parsed.data;
}

/** Every num_shards-th, so that kinds of scenarios that stand together are spread. */
export const shardOf = <T>(all: readonly T[], { shard_index, num_shards }: GreenConfig): T[] =>
  all.filter((_, index) => index % num_shards === shard_index);
