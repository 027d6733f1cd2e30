/** A recipe: a whole experiment as one value that `ironbark run NAME` checks, runs and records. */
import type { z } from "zod";
import type { EventSink } from "../core/events.ts";
import type { ModelFacts } from "./card/index.ts";
import type { Summary } from "./reader.ts";
import type { Run } from "./run.ts";

export interface RecipeContext {
  /** Open for writing; `run.resumedFrom` says where to go on. The caller finishes and closes it. */
  readonly run: Run;
  readonly emit: EventSink;
  /** Aborted by Ctrl-C: save a checkpoint soon and `signal.throwIfAborted()`. */
  readonly signal: AbortSignal;
}

export interface RecipeOutcome {
  /** "failed" when the run worked and a gate did not pass; defaults to "done". */
  readonly status?: Summary["status"];
  readonly metrics: Summary["metrics"];
  /** For a run that trained one: its card and its bill of materials are written beside the weights. */
  readonly model?: ModelFacts;
}

/** Every recipe's configuration has a seed; all other keys are its own, each with a default. */
export type RecipeSchema = z.ZodType<{ seed: number }>;

export interface Recipe<S extends RecipeSchema = RecipeSchema> {
  readonly name: string;
  readonly description: string;
  /** A `z.strictObject` whose keys all have defaults: `{}` parses to the recipe as published. */
  readonly schema: S;
  run(config: z.output<S>, context: RecipeContext): Promise<RecipeOutcome>;
}

/** Infers the configuration's type from the schema. */
export function defineRecipe<S extends RecipeSchema>(recipe: Recipe<S>): Recipe<S> {
  return recipe;
}
