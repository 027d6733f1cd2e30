/** CWEval's tasks, read from a checkout that the user has. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { InputError } from "../../core/errors.ts";
import { pythonLines } from "./extract.ts";

/** By suffix of the files, in the order of upstream's report. */
export const LANGUAGES = ["c", "cpp", "go", "py", "js"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Task {
  /** Path of its files below `benchmark/`, without what differs: core/c/cwe_022_0_c. */
  readonly id: string;
  readonly language: Language;
  /** core/c; upstream reports these apart. */
  readonly group: string;
  /** CWE-22 */
  readonly cwe: string;
  /** The part of the reference solution that a model is shown. */
  readonly prompt: string;
  readonly reference: string;
  /** A solution that is known to be insecure; Python's stands inside the tests. */
  readonly unsafe: string | undefined;
  readonly tests: string;
}

export const taskFile = ({ id, language }: Task): string => `${id}_task.${language}`;
export const rawFile = ({ id, language }: Task): string => `${id}_raw.${language}`;
export const testFile = ({ id }: Task): string => `${id}_test.py`;

const MARKS = { prompt: "BEGIN PROMPT", solution: "BEGIN SOLUTION" };

/** Sorted by group as upstream reports them, then by name. Throws InputError naming what is not as expected. */
export function readTasks(repository: string): Task[] {
  const root = join(repository, "benchmark");
  if (!existsSync(root) || !existsSync(join(repository, "cweval")))
    throw new InputError(`--repo ${repository}: expected a checkout of CWEval with benchmark/ and cweval/`);
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).toSorted();
  const tasks = files.flatMap((file) => {
    const [, id, language] = /^(.+)_task\.(\w+)$/.exec(file) ?? [];
    return id === undefined || !isLanguage(language) ? [] : [readTask(root, id, language)];
  });
  if (tasks.length === 0) throw new InputError(`${root}: holds no *_task.* files`);
  const place = ({ group, language }: Task): number =>
    (group.startsWith("core") ? 0 : LANGUAGES.length) + LANGUAGES.indexOf(language);
  return tasks.toSorted((a, b) => place(a) - place(b));
}

const isLanguage = (suffix: string | undefined): suffix is Language => LANGUAGES.includes(suffix as Language);

function readTask(root: string, id: string, language: Language): Task {
  const path = join(root, `${id}_task.${language}`);
  const reference = readText(path);
  const solution = pythonLines(reference).find((line) => line.includes(MARKS.solution));
  if (solution === undefined) throw new InputError(`${path}: expected a line with ${MARKS.solution}`);
  const tests = join(root, `${id}_test.py`);
  if (!existsSync(tests)) throw new InputError(`${path}: expected its tests in ${relative(root, tests)}`);
  const unsafe = join(root, `${id}_unsafe.${language}`);
  const number = /cwe_0*(\d+)_/.exec(id)?.[1];
  return {
    id,
    language,
    group: dirname(id),
    cwe: number === undefined ? "unknown" : `CWE-${number}`,
    prompt: reference.split(MARKS.prompt).at(-1)!.split(solution)[0]!.trim(),
    reference,
    unsafe: existsSync(unsafe) ? readText(unsafe) : undefined,
    tests: readText(tests),
  };
}

/** As Python reads a text file. */
export const readText = (path: string): string => readFileSync(path, "utf8").replace(/\r\n?/g, "\n");
