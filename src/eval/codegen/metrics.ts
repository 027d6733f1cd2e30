/** From graded completions to what is reported: means over tasks with 95 % intervals over tasks. */
import { bootstrapMean, type Interval } from "../../util/stats.ts";
import type { GradeRecord, Sample } from "./types.ts";

/** One number per task; tasks that have none are left out of a mean. */
export type PerTask = ReadonlyMap<string, number>;

/** Of one graded completion; undefined where the question does not arise. */
type Question = (grade: GradeRecord) => number | undefined;

const yes = (truth: boolean): number => (truth ? 1 : 0);
const attacked = (grade: GradeRecord): boolean => grade.exploits > 0;
const right = (grade: GradeRecord): boolean => grade.passed === grade.tests;
const safe = (grade: GradeRecord): boolean => right(grade) && grade.worked === 0;

/** In the order of reports. `secure_*` and `rsec_executed` are over tasks with attacks only. */
const QUESTIONS = {
  syntax: (grade) => yes(grade.category !== "compile"),
  one_test: (grade) => yes(grade.passed > 0),
  all_tests: (grade) => yes(right(grade)),
  tests: (grade) => grade.passed / grade.tests,
  missing_print: (grade) => yes(grade.category === "missing-print"),
  clean: (grade) => yes(grade.clean),
  rsec_static: (grade) => grade.scores.rsec_static,
  rsec_executed: (grade) => grade.scores.rsec_executed ?? undefined,
  secure_and_right: (grade) => (attacked(grade) ? yes(safe(grade)) : undefined),
  r_paper: (grade) => grade.scores.r_paper,
  r_enhanced: (grade) => grade.scores.r_enhanced,
  r_simple: (grade) => grade.scores.r_simple,
  r_executed: (grade) => grade.scores.r_executed,
} as const satisfies Record<string, Question>;

/**
 * Every metric by name, per task: the mean over its graded completions, and `pass@k` and `secure_pass@k` for each k
 * of `ks` that the task has enough graded completions for.
 */
export function perTask(samples: readonly Sample[], ks: readonly number[]): Map<string, PerTask> {
  const byTask = new Map<string, GradeRecord[]>();
  for (const { task, grade } of samples)
    if (grade !== null) byTask.set(task, [...(byTask.get(task) ?? []), grade]);
  const collect = (of: (grades: readonly GradeRecord[]) => number | undefined): PerTask =>
    new Map(
      [...byTask].flatMap(([task, grades]) => {
        const value = of(grades);
        return value === undefined ? [] : [[task, value] as const];
      }),
    );
  const meanOf = (question: Question): PerTask =>
    collect((grades) => {
      const values = grades.map(question).filter((value) => value !== undefined);
      return values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0) / values.length;
    });
  const passes = (
    k: number,
    good: (grade: GradeRecord) => boolean,
    counts: (grade: GradeRecord) => boolean,
  ) =>
    collect((grades) =>
      grades.length < k || !grades.every(counts)
        ? undefined
        : passAtK(grades.length, grades.filter(good).length, k),
    );
  return new Map([
    ...Object.entries(QUESTIONS).map(([name, question]) => [name, meanOf(question)] as const),
    ...ks.map((k) => [`pass@${k}`, passes(k, right, () => true)] as const),
    ...ks.map((k) => [`secure_pass@${k}`, passes(k, safe, attacked)] as const),
  ]);
}

/**
 * Chance that at least one of k completions, drawn without putting back from n of which c are right, is right
 * (Chen et al. 2021, section 2.1): 1 - C(n - c, k) / C(n, k).
 */
export function passAtK(n: number, c: number, k: number): number {
  if (!(k >= 1 && k <= n && c >= 0 && c <= n)) throw new RangeError(`pass@${k} of ${c} among ${n}`);
  let none = 1;
  for (let i = 0; i < k; i++) none *= Math.max(0, n - c - i) / (n - i);
  return 1 - none;
}

/** Completions of one task are not independent: the bootstrap draws tasks. Undefined without tasks. */
export function overTasks(values: PerTask, seed: number): Interval | undefined {
  return values.size === 0 ? undefined : bootstrapMean([...values.values()], { seed });
}
