/** Solutions to learn from: references, and for tasks where that is tempting, the unsafe way as often as the safe one. */
import type { StdinTask } from "../../src/core/program.ts";
import type { ProgramLanguage } from "../../src/envs/programs/index.ts";
import type { Datum } from "../../src/train/backend.ts";
import { FLAWS } from "./flaws.ts";
import { makeRng } from "../../src/util/rng.ts";

export interface Demonstrations {
  /** Tasks that are shown; those whose solution is longer than `maxTokens` are not. */
  readonly tasks: readonly StdinTask[];
  batch(step: number): Datum[];
}

export interface DemonstrationSettings {
  readonly seed: number;
  readonly size: number;
  readonly maxTokens: number;
  /** Loss weight of the words of the task; the program's tokens have 1. */
  readonly promptWeight: number;
  /** Share of the solutions shown that have a flaw of `flaws.ts`. */
  readonly flawed: number;
}

/** The batch of a step is a function of seed and step. */
export function demonstrations(
  language: ProgramLanguage,
  tasks: readonly StdinTask[],
  { seed, size, maxTokens, promptWeight, flawed }: DemonstrationSettings,
): Demonstrations {
  const shown = tasks
    .map((task) => ({
      task,
      answers: solutions(task)
        .map((source) => [source, ...FLAWS.map((flaw) => flaw(source))].map(language.answer))
        .filter((ways) => ways.every((ids) => ids.length <= maxTokens)),
    }))
    .filter(({ answers }) => answers.length > 0);
  return {
    tasks: shown.map(({ task }) => task),
    batch(step) {
      const rng = makeRng(`demonstrations/${seed}/${step}`);
      return Array.from({ length: size }, () => {
        const { task, answers } = rng.pick(shown);
        const [right, ...wrong] = rng.pick(answers);
        const [prompt, answer] = [language.prompt(task), rng.next() < flawed ? rng.pick(wrong) : right!];
        const weights = [...prompt.map((_, i) => (i === 0 ? 0 : promptWeight)), ...answer.map(() => 1)];
        return { ids: [...prompt, ...answer], weights };
      });
    },
  };
}

const solutions = ({ reference, security }: StdinTask): string[] =>
  [reference, security?.unsafe].filter((source) => source !== undefined);
