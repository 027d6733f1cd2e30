/** How a policy reads a task and writes a program: marks around plain text. */
import type { ProgramTask } from "../../core/program.ts";
import type { Tokenizer } from "../../model/tokenizer.ts";

export const PROGRAM_MARKS = { task: "<|task|>", program: "<|program|>", end: "<|end|>", pad: "<|pad|>" };

/** Special tokens of a tokenizer for this language, in the order in which their ids follow one another. */
export const PROGRAM_TOKENS: readonly string[] = Object.values(PROGRAM_MARKS);

export interface ProgramLanguage {
  readonly tokenizer: Tokenizer;
  readonly end: number;
  readonly pad: number;
  /** `<|task|> what is asked <|program|>`. */
  prompt(task: ProgramTask): number[];
  /** `source <|end|>`, which follows the prompt. */
  answer(source: string): number[];
  /** The source in what was drawn; what follows the end is not looked at. */
  read(ids: readonly number[]): string;
}

/** Throws InputError when the tokenizer lacks one of `PROGRAM_TOKENS`. */
export function programLanguage(tokenizer: Tokenizer): ProgramLanguage {
  const [task, program, end, pad] = PROGRAM_TOKENS.map((mark) => tokenizer.special(mark)) as [
    number,
    number,
    number,
    number,
  ];
  return {
    tokenizer,
    end,
    pad,
    prompt: ({ prompt }) => [task, ...tokenizer.encode(prompt), program],
    answer: (source) => [...tokenizer.encode(source), end],
    read(ids) {
      const at = ids.indexOf(end);
      return tokenizer.decode(at < 0 ? ids : ids.slice(0, at));
    },
  };
}
