/** What is asked to be scored and what comes back (`/v1/score`, `ironbark reward score`). */
import { z } from "zod";
import { CODEBLEU_LANGUAGES } from "../../analyzers/codebleu/index.ts";
import { programTaskSchema, type ProgramTask } from "../../core/index.ts";
import { PROGRAM_PRESETS } from "../../rewards/index.ts";
import type { Category } from "../../verify/programs/index.ts";

export const DEFAULT_PRESET = "partial-credit";
export const PRESETS = [...PROGRAM_PRESETS, "detect", "align"] as const;

const itemSchema = z.looseObject({
  id: z.string().min(1),
  preset: z.enum(PRESETS).optional(),
  /** Or the JSON of one: engines that carry only text columns pack it so. */
  task: z.union([z.string(), z.looseObject({})]),
  completion: z.string(),
});

/** A function was shown, and what is true of it: for the preset `detect`. */
const verdictTaskSchema = z.strictObject({ kind: z.literal("verdict"), is_vulnerable: z.boolean() });

/** Code was asked for, which a judge reads: for the preset `align`. */
const codeTaskSchema = z.strictObject({
  kind: z.literal("code"),
  language: z.enum(CODEBLEU_LANGUAGES),
  cwe: z.array(z.string()).default([]),
  /** Whose length and text the answer is compared with. */
  reference: z.string().nullable().default(null),
});

interface Asked<Preset extends string, Task> {
  readonly id: string;
  readonly preset: Preset;
  readonly task: Task;
  readonly completion: string;
}
export type ProgramItem = Asked<(typeof PROGRAM_PRESETS)[number], ProgramTask>;
export type VerdictItem = Asked<"detect", z.output<typeof verdictTaskSchema>>;
export type CodeItem = Asked<"align", z.output<typeof codeTaskSchema>>;
export type ScoreItem = ProgramItem | VerdictItem | CodeItem;

/** `bad-item` is the caller's doing; the others are ours, and worth another try. */
export type ScoreErrorClass = "bad-item" | "infra" | "timeout" | "closing";

export interface ScoreResult {
  readonly id: string;
  /** Null when there is no signal; `error` says why. Never 0 instead. */
  readonly reward: number | null;
  readonly components: Readonly<Record<string, number>>;
  /** Of a program that was run. */
  readonly verdict: ScoreVerdict | null;
  /** Of code that was judged: what gives cheats away, each 0 or 1. */
  readonly labels?: Readonly<Record<string, number>>;
  readonly error: { readonly class: ScoreErrorClass; readonly message: string } | null;
  readonly ms: number;
  /** The answer was known: the same item had come before, or is under way. */
  readonly cached: boolean;
}

export interface ScoreVerdict {
  /** Where the program stands: the first thing that is wrong with it. */
  readonly category: Category;
  readonly syntax_error?: string;
  readonly passed: number;
  readonly tests: readonly string[];
  /** Ids of the attacks that worked. */
  readonly exploits: readonly string[];
  readonly findings: readonly string[];
}

/** The item, or one sentence that names the field. */
export function parseItem(value: unknown): ScoreItem | string {
  const item = itemSchema.safeParse(value);
  if (!item.success) return firstIssue(item.error);
  const { id, completion } = item.data;
  let raw: unknown = item.data.task;
  if (typeof raw === "string") {
    try {
      raw = JSON.parse(raw);
    } catch {
      return "task: expected an object, or one as JSON";
    }
  }
  const kind = (raw as { kind?: unknown } | null)?.kind;
  const { preset = kind === "verdict" ? "detect" : kind === "code" ? "align" : DEFAULT_PRESET } = item.data;
  const said = { id, completion };
  if (preset === "detect") return asked(verdictTaskSchema, raw, (task) => ({ ...said, preset, task }));
  if (preset === "align") return asked(codeTaskSchema, raw, (task) => ({ ...said, preset, task }));
  return asked(programTaskSchema, raw, (task) => ({ ...said, preset, task }));
}

function asked<Task>(
  schema: z.ZodType<Task>,
  raw: unknown,
  item: (task: Task) => ScoreItem,
): ScoreItem | string {
  const task = schema.safeParse(raw);
  return task.success ? item(task.data) : `task.${firstIssue(task.error)}`;
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0]!;
  return `${issue.path.join(".") || "item"}: ${issue.message}`;
}
