/** The contenders of `eval cweval`: models from a file of samplers, or answers that are there already. */
import type * as CWEval from "../benchmarks/cweval/index.ts";
import { InputError } from "../core/errors.ts";
import type { Completion } from "../core/sampler.ts";
import type { SamplingOptions } from "../core/sampling.ts";
import type { KeyedLog } from "../runs/keyed-log.ts";
import type { CommandContext } from "./command.ts";
import { fileNameOf } from "./detectors.ts";
import { readNamed } from "./files.ts";

export interface Contender {
  readonly name: string;
  readonly answers: CWEval.Answers;
  /** Answers that could not be had. */
  readonly unanswered: number;
}

export interface Asking {
  readonly tasks: readonly CWEval.Task[];
  readonly facts: CWEval.Facts;
  readonly samples: number;
  readonly sampling: SamplingOptions;
  readonly seed: number;
  readonly completions: KeyedLog<Completion>;
}

/** Tasks that a model did not answer for good are in no number of its own and are counted. */
export async function askModels(
  file: string,
  { tasks, facts, samples, sampling, seed, completions }: Asking,
  { emit, signal }: CommandContext,
): Promise<Contender[]> {
  const { checkSampler, openSampler, parseSamplers } = await import("../model/samplers/index.ts");
  const { askAll } = await import("../eval/detect/index.ts");
  const entries = parseSamplers(readNamed(file, `--samplers ${file}`).toString("utf8"), file);
  for (const entry of entries) checkSampler(entry, file);
  const questions = tasks.map((task) => ({ id: task.id, prompt: facts.promptFor(task) }));
  const contenders: Contender[] = [];
  for (const entry of entries) {
    const sampler = await openSampler(entry, file);
    try {
      const asked = { sampling, samples, seed, completions, emit, signal };
      const said = new Map((await askAll(sampler, questions, asked)).map((one) => [one.id, one]));
      if (said.size === 0) throw new InputError(`${file}: no prompt was answered`);
      const answers = new Map(
        tasks.flatMap((task) => {
          const one = said.get(task.id);
          if (one === undefined) return [];
          // A prompt that the model has no room for gets the empty answer.
          const texts = one.too_long ? Array.from({ length: samples }, () => "") : (one.answers ?? []);
          return [[task, texts.map((text) => facts.beforeAnswer(task) + text)] as const];
        }),
      );
      const unanswered = (tasks.length - answers.size) * samples;
      contenders.push({ name: fileNameOf(entry.name), answers, unanswered });
    } finally {
      await sampler.close();
    }
  }
  return contenders;
}

/** Tasks whose path has one of the parts, as upstream's include_path chooses. Throws InputError when none has. */
export function chooseTasks(tasks: readonly CWEval.Task[], only: string | undefined): readonly CWEval.Task[] {
  if (only === undefined) return tasks;
  const parts = only.split(",").map((part) => part.trim());
  const chosen = tasks.filter(({ id }) => parts.some((part) => part !== "" && `${id}_`.includes(part)));
  if (chosen.length === 0) throw new InputError(`--only ${only}: no task has one of these in its path`);
  return chosen;
}
