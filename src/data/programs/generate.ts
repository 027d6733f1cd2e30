/** Our own programming tasks: the same seed gives the same tasks, and every task is proven by `ironbark data stdin`. */
import type { Language, StdinTask } from "../../core/index.ts";
import { contentHash } from "../../util/hash.ts";
import { makeRng } from "../../util/rng.ts";
import type { ProgramFamily } from "./family.ts";
import { NUMBER_FAMILIES } from "./plain-numbers.ts";
import { STRUCTURE_FAMILIES } from "./plain-structures.ts";
import { TEXT_FAMILIES } from "./plain-text.ts";
import { calculator, literal } from "./security-expressions.ts";
import { path, temporary } from "./security-files.ts";
import { pickle } from "./security-objects.ts";
import { passwords, tokens } from "./security-secrets.ts";
import { shell } from "./security-shell.ts";
import { sql } from "./security-sql.ts";

export const PROGRAM_FAMILIES: readonly ProgramFamily[] = [
  ...NUMBER_FAMILIES,
  ...TEXT_FAMILIES,
  ...STRUCTURE_FAMILIES,
  calculator,
  shell,
  pickle,
  literal,
  sql,
  path,
  temporary,
  passwords,
  tokens,
];

export interface GenerateProgramsOptions {
  readonly seed: number;
  /** Tasks of each family, half of them per language where a family has both. */
  readonly perFamily: number;
  readonly languages?: readonly Language[];
  /** Only these; default all. */
  readonly families?: readonly ProgramFamily[];
}

/** Tries for a task that differs from the family's others. */
const TRIES = 50;

/** Tasks whose texts, tests and solutions are all different. A family may run out of different ones and give fewer. */
export function generatePrograms({
  seed,
  perFamily,
  languages,
  families = PROGRAM_FAMILIES,
}: GenerateProgramsOptions): StdinTask[] {
  return families.flatMap((family) => {
    const usable = family.languages.filter((language) => languages?.includes(language) ?? true);
    const seen = new Set<string>();
    const tasks: StdinTask[] = [];
    for (let index = 0; usable.length > 0 && index < perFamily; index++) {
      const language = usable[index % usable.length]!;
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const rng = makeRng(seed).fork(`${family.id}/${language}/${index}/${attempt}`);
        const { prompt, tests, ...rest } = family.make(rng, language);
        const key = contentHash([language, prompt, rest.reference]);
        if (seen.has(key)) continue;
        seen.add(key);
        tasks.push({
          kind: "stdin",
          id: `${family.id}-${language}-${seed}-${index}`,
          language,
          prompt: `${prompt}\n\nWrite a ${NAMES[language]} program that reads standard input and prints to standard output.`,
          tests: [...tests],
          ...rest,
          ...(rest.security === undefined
            ? {}
            : { security: { ...rest.security, exploits: [...rest.security.exploits] } }),
          source: `ironbark:${family.id}`,
        } as StdinTask);
        break;
      }
    }
    return tasks;
  });
}

const NAMES: Readonly<Record<Language, string>> = { python: "Python", javascript: "JavaScript (Node)" };
