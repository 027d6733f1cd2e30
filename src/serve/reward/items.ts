/** What is asked to be scored and what comes back (`/v1/score`, `ironbark reward score`). */
import { z } from "zod";
import { programTaskSchema, type ProgramTask } from "../../core/index.ts";
import { PROGRAM_PRESETS } from "../../rewards/index.ts";
import type { Category } from "../../verify/programs/index.ts";

export const DEFAULT_PRESET = "partial-credit";

const itemSchema = z.looseObject({
  id: z.string().min(1),
  preset: z.enum(PROGRAM_PRESETS).default(DEFAULT_PRESET),
  /** Or the JSON of one: engines that carry only text columns pack it so. */
  task: z.union([z.string(), z.looseObject({})]),
  completion: z.string(),
});

export interface ScoreItem {
  readonly id: string;
  readonly preset: (typeof PROGRAM_PRESETS)[number];
  readonly task: ProgramTask;
  readonly completion: string;
}

/** `bad-item` is the caller's doing; the others are ours, and worth another try. */
export type ScoreErrorClass = "bad-item" | "infra" | "timeout" | "closing";

export interface ScoreResult {
  readonly id: string;
  /** Null when there is no signal; `error` says why. Never 0 instead. */
  readonly reward: number | null;
  readonly components: Readonly<Record<string, number>>;
  readonly verdict: ScoreVerdict | null;
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
  const { id, preset, completion } = item.data;
  let raw: unknown = item.data.task;
  if (typeof raw === "string") {
    try {
      raw = JSON.parse(raw);
    } catch {
      return "task: expected an object, or one as JSON";
    }
  }
  const task = programTaskSchema.safeParse(raw);
  if (!task.success) return `task.${firstIssue(task.error)}`;
  return { id, preset, task: task.data, completion };
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0]!;
  return `${issue.path.join(".") || "item"}: ${issue.message}`;
}
