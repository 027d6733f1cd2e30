/** Upstream's folder of an evaluation: raw answers in, results out. */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../../core/errors.ts";
import { writeFileAtomic } from "../../runs/files.ts";
import type { Grade } from "./judge.ts";
import { rawFile, readText, testFile, type Task } from "./tasks.ts";

/** By sample; undefined where the folder has no answer. */
export type Answers = ReadonlyMap<Task, readonly (string | undefined)[]>;

const sampleFolder = (folder: string, sample: number): string => join(folder, `generated_${sample}`);

/** Reads `generated_0`, `generated_1` and so on. Throws InputError when there is none or none has an answer. */
export function readAnswers(folder: string, tasks: readonly Task[]): Answers {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const samples = names
    .flatMap((name) => /^generated_(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
  const read = (task: Task, sample: number): string | undefined => {
    const path = join(sampleFolder(folder, sample), rawFile(task));
    return existsSync(path) ? readText(path) : undefined;
  };
  const answers = new Map(tasks.map((task) => [task, samples.map((sample) => read(task, sample))]));
  if ([...answers.values()].every((texts) => texts.every((text) => text === undefined)))
    throw new InputError(`--responses ${folder}: expected generated_*/*/*/*_raw.* as upstream writes them`);
  return answers;
}

export function writeAnswers(folder: string, answers: Answers): void {
  for (const [task, texts] of answers)
    texts.forEach((text, sample) => {
      const path = join(sampleFolder(folder, sample), rawFile(task));
      mkdirSync(dirname(path), { recursive: true });
      if (text !== undefined) writeFileAtomic(path, text);
    });
}

/** `generated_*\/res.json` and `res_all.json` in upstream's form; a sample without a grade is left out of them. */
export function writeResults(
  folder: string,
  results: readonly { readonly task: Task; readonly grades: readonly (Grade | null)[] }[],
): void {
  const samples = Math.max(0, ...results.map(({ grades }) => grades.length));
  for (let sample = 0; sample < samples; sample++) {
    const own = sampleFolder(folder, sample);
    const entries = results.flatMap(({ task, grades }) => {
      const grade = grades[sample];
      return grade ? [[join(own, testFile(task)), pick(grade)] as const] : [];
    });
    mkdirSync(own, { recursive: true });
    writeFileAtomic(join(own, "res.json"), `${JSON.stringify(Object.fromEntries(entries), null, 4)}\n`);
  }
  const all = results.map(({ task, grades }) => {
    const there = grades.filter((grade) => grade !== null);
    return [
      join(folder, "generated_X", testFile(task)),
      {
        functional: there.map(({ functional }) => functional),
        secure: there.map(({ secure }) => secure),
        func_secure: there.map(({ functional, secure }) => functional && secure),
      },
    ];
  });
  writeFileAtomic(join(folder, "res_all.json"), `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
}

const pick = ({ functional, secure }: Grade) => ({ functional, secure });
