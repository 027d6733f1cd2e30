/** What the code recipes begin with: the tasks of both sides, a tokenizer for them, and sandboxes. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { InputError } from "../../src/core/errors.ts";
import type { StdinTask } from "../../src/core/program.ts";
import type { ProgramLanguage } from "../../src/envs/programs/index.ts";
import { openCodeArena, type CodeArena } from "./arena.ts";
import { learnTokenizer, loadLanguage } from "./policy.ts";
import type { AnswerSchema, ModelSettings, TaskSchema } from "./settings.ts";
import { splitTasks } from "./tasks.ts";

export interface WorkshopSettings {
  readonly tasks: z.output<typeof TaskSchema>;
  readonly model: ModelSettings;
  readonly answers: z.output<typeof AnswerSchema>;
  readonly sandboxes: number;
}

/** Throws InputError when a folder is named that is no checkpoint of `code-sft`. */
function checkStart(start: string): void {
  if (start !== "" && !existsSync(join(start, "model.safetensors")))
    throw new InputError(
      `${start}: no model.safetensors; a checkpoint made by "ironbark run code-sft" was expected`,
    );
}

export interface Workshop {
  readonly language: ProgramLanguage;
  /** Folder of the tokenizer. */
  readonly tokenizer: string;
  /** Both without the tasks whose reference is too long. */
  readonly train: readonly StdinTask[];
  readonly heldOut: readonly StdinTask[];
  readonly arena: CodeArena;
  readonly answers: WorkshopSettings["answers"];
}

/** Runs `work`, and closes the sandboxes whatever happens. `folder` gets the tokenizer, unless `start` has one. */
export async function inWorkshop<T>(
  settings: WorkshopSettings,
  folder: string,
  start: string,
  work: (workshop: Workshop) => Promise<T>,
): Promise<T> {
  const { answers } = settings;
  checkStart(start);
  const split = splitTasks(settings.tasks);
  const tokenizer = start === "" ? join(folder, "tokenizer") : start;
  if (start === "") await learnTokenizer(split.train, settings.model.vocabulary, tokenizer);
  const language = await loadLanguage(tokenizer);
  const fits = ({ reference }: StdinTask): boolean =>
    reference !== undefined && language.answer(reference).length <= answers.maxTokens;
  const arena = openCodeArena(settings.sandboxes);
  try {
    const [train, heldOut] = [split.train.filter(fits), split.heldOut.filter(fits)];
    return await work({ language, tokenizer, train, heldOut, arena, answers });
  } finally {
    await arena.close();
  }
}
