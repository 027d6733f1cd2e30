/** Grades summed up: func@k, sec@k and func-sec@k over a fixed set of tasks, and SecCoderX's own means. */
import { passAtK } from "../../eval/codegen/metrics.ts";
import { bootstrapMean } from "../../util/stats.ts";
import type { Grade } from "./judge.ts";
import type { Task } from "./tasks.ts";

export interface Answered {
  readonly task: Task;
  /** By sample; null where the infrastructure failed, which is no answer's fault. */
  readonly grades: readonly (Grade | null)[];
}

export interface Summary {
  readonly tasks: number;
  readonly samples: number;
  /** 0 to 1; null where no task has enough samples. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** 95 %, of a bootstrap over tasks. */
  readonly intervals: Readonly<Record<string, readonly [low: number, high: number]>>;
}

const both = ({ functional, secure }: Grade): boolean => functional && secure;
const share = ([passed, of]: Grade["functionality"]): number => (of === 0 ? 0 : passed / of);

/** `ks`: each k that the samples of a task suffice for. The set of tasks does not depend on what was answered. */
export function summarise(answered: readonly Answered[], ks: readonly number[], seed: number): Summary {
  const metrics: Record<string, number | null> = {};
  const intervals: Record<string, readonly [number, number]> = {};
  const judged = answered.map(({ grades }) => grades.filter((grade) => grade !== null));
  const put = (name: string, values: readonly number[]): void => {
    const { value, low, high } = bootstrapMean(values, { seed });
    metrics[name] = values.length === 0 ? null : value;
    if (values.length > 0) intervals[name] = [low, high];
  };
  for (const k of ks) {
    const enough = judged.filter((grades) => grades.length >= k);
    const passes = (good: (grade: Grade) => boolean): number[] =>
      enough.map((grades) => passAtK(grades.length, grades.filter(good).length, k));
    put(
      `func@${k}`,
      passes(({ functional }) => functional),
    );
    put(
      `sec@${k}`,
      passes(({ secure }) => secure),
    );
    put(`func-sec@${k}`, passes(both));
    // SecCoderX's: of the first k samples the one that is best at both, by the share of functional tests it passes.
    const best = enough.map((grades) => bestOf(grades.slice(0, k)));
    put(
      `best_func@${k}`,
      best.map(({ functionality }) => share(functionality)),
    );
    put(`best_func-sec@${k}`, best.map(graded));
  }
  // SecCoderX's too: over tasks with a functional sample, how many of those are secure.
  put(
    "sec|func",
    judged.flatMap((grades) => {
      const functional = grades.filter((grade) => grade.functional && grade.functionality[1] > 0);
      return functional.length === 0 ? [] : [functional.filter(both).length / functional.length];
    }),
  );
  return { tasks: answered.length, samples: judged.flat().length, metrics, intervals };
}

const graded = (grade: Grade): number => (grade.secure ? share(grade.functionality) : 0);

function bestOf(grades: readonly Grade[]): Grade {
  return grades.reduce((best, grade) => (graded(grade) > graded(best) ? grade : best));
}

/** By upstream's groups and by weakness, in the order of the tasks. */
export function groupsOf(
  answered: readonly Answered[],
  keyOf: (task: Task) => string,
): Map<string, Answered[]> {
  const groups = new Map<string, Answered[]>();
  for (const one of answered) {
    const key = keyOf(one.task);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return groups;
}
