/** What is said about one contender: a model, a folder of answers, or the checkout's own solutions. */
import { MISSING_GRADE, type Evaluated } from "./evaluate.ts";
import { groupsOf, summarise, type Answered, type Summary } from "./summary.ts";
import type { Task } from "./tasks.ts";

export interface Report extends Summary {
  readonly name: string;
  /** Tasks that count. */
  readonly n: number;
  /** Answers without a block, of which all was taken. */
  readonly unclear: number;
  /** Answers that are missing and count as failed. */
  readonly missing: number;
  /** Answers that no verdict could be had about, which count nowhere. */
  readonly infra: number;
  /** Tests that their time limit ended. */
  readonly timeouts: number;
  /** With every task that cannot be judged here counted as failed: a lower bound of upstream's number. */
  readonly all_tasks: { readonly n: number; readonly metrics: Summary["metrics"] };
  readonly by_group: Readonly<Record<string, Summary>>;
  readonly by_cwe: Readonly<Record<string, Summary>>;
  /** What failed why, by task: the first sample that did not pass everything. */
  readonly failed: Readonly<Record<string, string>>;
}

/** Upstream reports 1, 10 and 50, SecCoderX 3 and 5 too. */
const KS = [1, 3, 5, 10, 20, 50];

export interface ReportOptions {
  /** All tasks, with those that cannot be judged here. */
  readonly tasks: readonly Task[];
  readonly samples: number;
  readonly seed: number;
}

export function reportOn(name: string, evaluated: Evaluated, options: ReportOptions): Report {
  const { answered, missing, unfenced, infra } = evaluated;
  const { tasks, samples, seed } = options;
  const ks = KS.filter((k) => k <= samples);
  const summary = summarise(answered, ks, seed);
  const judged = new Set(answered.map(({ task }) => task));
  const rest = tasks.filter((task) => !judged.has(task));
  const lost = rest.map((task) => ({ task, grades: Array.from({ length: samples }, () => MISSING_GRADE) }));
  const by = (keyOf: (task: Task) => string): Record<string, Summary> =>
    Object.fromEntries(
      [...groupsOf(answered, keyOf)].map(([key, own]) => [key, summarise(own, ks.slice(0, 1), seed)]),
    );
  const grades = answered.flatMap((one) => one.grades).filter((grade) => grade !== null);
  return {
    name,
    n: answered.length,
    ...summary,
    unclear: unfenced,
    missing,
    infra,
    timeouts: grades.reduce((sum, grade) => sum + grade.timeouts, 0),
    all_tasks: { n: tasks.length, metrics: summarise([...answered, ...lost], ks, seed).metrics },
    by_group: by(({ group }) => group),
    by_cwe: by(({ cwe }) => cwe),
    failed: Object.fromEntries(answered.flatMap(failureOf)),
  };
}

function failureOf({ task, grades }: Answered): [string, string][] {
  const bad = grades.find((grade) => grade !== null && !(grade.functional && grade.secure));
  return bad ? [[task.id, bad.why]] : [];
}
