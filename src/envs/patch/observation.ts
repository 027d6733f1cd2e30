/** What the agent sees after each step, and what `state` tells the one who drives it. */
import { z } from "zod";

export const RESULTS = [
  "ok",
  "correct",
  "wrong",
  "blocked",
  "exploitable",
  "broken",
  "syntax-error",
  "rejected",
  "no-signal",
] as const;

const VisibleCheckSchema = z.object({
  /** Rung of the ladder: applies, parses, starts or visible. */
  rung: z.string(),
  name: z.string(),
  passed: z.boolean(),
  request: z.string().optional(),
  status: z.int().optional(),
  detail: z.string().optional(),
});
export type VisibleCheck = z.infer<typeof VisibleCheckSchema>;

export const PatchObservationSchema = z
  .object({
    /** The step in one word. */
    result: z.enum(RESULTS),
    stdout: z.string(),
    stderr: z.string(),
    /** Of the command; for other actions 0 when done and 1 when refused. */
    exit_code: z.int(),
    /** The sources with line numbers: at reset. Empty otherwise. */
    source_code: z.string(),
    current_task: z.string(),
    hints: z.array(z.string()),
    /** After a patch that was verified. */
    verdict: z
      .object({
        outcome: z.string(),
        message: z.string(),
        runs: z.boolean(),
        /** False: rolled back, the next patch applies to the files as they were before this one. */
        kept: z.boolean(),
        checks: z.array(VisibleCheckSchema),
      })
      .nullable(),
    steps_left: z.int().nonnegative(),
    ended: z.enum(["blocked", "terminated", "steps"]).nullable(),
  })
  .meta({ title: "PatchObservation" });
export type PatchObservation = z.infer<typeof PatchObservationSchema>;
export type PatchResult = PatchObservation["result"];

const EvidenceSchema = VisibleCheckSchema.omit({ rung: true }).extend({
  excerpt: z.string().optional(),
  ms: z.number().optional(),
});

export const PatchStateSchema = z
  .object({
    episode_id: z.string().nullable(),
    step_count: z.int().nonnegative(),
    scenario_id: z.string().nullable(),
    seed: z.int().nullable(),
    identified: z.boolean(),
    /** Files of the working copy that differ from the original. */
    patched: z.array(z.string()),
    blocked: z.boolean(),
    /** Null once the infrastructure has failed in this episode: it has no signal. */
    total_reward: z.number().nullable(),
    components: z.record(z.string(), z.number()),
    /** What failed; null when nothing did. */
    infra: z.string().nullable(),
    done: z.boolean(),
    /** Of the last verdict: only where the environment was told to show all evidence. */
    rungs: z
      .array(z.object({ name: z.string(), passed: z.boolean(), evidence: z.array(EvidenceSchema) }))
      .optional(),
  })
  .meta({ title: "PatchState" });
export type PatchState = z.infer<typeof PatchStateSchema>;
