/** All answers through extraction, assembly and upstream's tests, each task only after its own solution passed. */
import { InfraError } from "../../core/errors.ts";
import { SILENT, type EventSink } from "../../core/events.ts";
import { mapLimit } from "../../util/concurrency.ts";
import { assemble, asAnswer, extract, type Extraction } from "./extract.ts";
import type { Facts } from "./facts.ts";
import type { Answers } from "./folder.ts";
import type { Grade, Judge } from "./judge.ts";
import { missingFor, type Machine } from "./machine.ts";
import type { Answered } from "./summary.ts";
import type { Task } from "./tasks.ts";

export interface Setting {
  readonly repository: string;
  readonly judge: Judge;
  readonly facts: Facts;
  readonly machine: Machine;
  readonly workers: number;
  readonly extraction: Extraction;
  readonly emit?: EventSink;
  readonly signal?: AbortSignal;
}

export interface Checked {
  readonly task: Task;
  /** Of its reference solution; null where a part of the tool chain is missing and nothing was run. */
  readonly grade: Grade | null;
  /** Why the task cannot be judged here; undefined where it can. */
  readonly reason: string | undefined;
}

/** What runs out of time on a busy machine says nothing of a solution that is known to be right: it gets more tries. */
const TRIES = 3;

/** A task counts only where its reference solution is functional and secure on this machine. */
export async function checkReferences(tasks: readonly Task[], setting: Setting): Promise<Checked[]> {
  const { machine, repository, judge, workers } = setting;
  return staged("reference solutions", tasks, workers, setting, async (task) => {
    const missing = missingFor(task, machine, repository);
    if (missing !== undefined) return { task, grade: null, reason: missing };
    const source = sourceOf(task, asAnswer(task.reference), setting);
    for (let attempt = 1; ; attempt++) {
      const grade = await judge.grade(task, source, { attempt });
      if (grade.functional && grade.secure) return { task, grade, reason: undefined };
      if (attempt === TRIES || (grade.timeouts === 0 && grade.how !== "timeout"))
        return { task, grade, reason: `its reference solution fails: ${grade.why}` };
    }
  });
}

export interface Evaluated {
  readonly answered: readonly Answered[];
  /** Answers that are missing, and count as failed; without a block; that the sandbox could say nothing about. */
  readonly missing: number;
  readonly unfenced: number;
  readonly infra: number;
}

/** Every task of `able` counts with as many samples as there are, whatever was answered. */
export async function gradeAnswers(
  able: readonly Task[],
  answers: Answers,
  setting: Setting,
): Promise<Evaluated> {
  let [missing, unfenced, infra] = [0, 0, 0];
  const work = able.flatMap((task) =>
    (answers.get(task) ?? []).map((answer, sample) => ({ task, answer, sample })),
  );
  const grades = await staged("answers", work, setting.workers, setting, async ({ task, answer }) => {
    if (answer === undefined) {
      missing++;
      return MISSING_GRADE;
    }
    if (!extract(answer, setting.extraction).fenced) unfenced++;
    try {
      return await setting.judge.grade(task, sourceOf(task, answer, setting));
    } catch (error) {
      if (!(error instanceof InfraError)) throw error;
      setting.emit?.({ kind: "note", text: `${task.id}: ${error.message}` });
      infra++;
      return null;
    }
  });
  const answered = able.map((task) => ({
    task,
    grades: work.flatMap((one, index) => (one.task === task ? [grades[index]!] : [])),
  }));
  return { answered, missing, unfenced, infra };
}

/** Of an answer that is not there. */
export const MISSING_GRADE: Grade = {
  functional: false,
  secure: false,
  functionality: [0, 0],
  security: [0, 0],
  timeouts: 0,
  built: null,
  how: "ended",
  why: "there is no answer",
};

export function sourceOf(
  task: Task,
  answer: string,
  { facts, extraction }: Pick<Setting, "facts" | "extraction">,
): string {
  const { code } = extract(answer, extraction);
  return assemble(code, task.reference, facts.headers[task.language] ?? ["", ""]);
}

/** `unsafe`: upstream's known bad solutions; of Python its tests of them, which say that they are caught. */
export async function gradeUnsafe(tasks: readonly Task[], setting: Setting): Promise<Answered[]> {
  const grades = await staged("unsafe solutions", tasks, setting.workers, setting, async (task) => {
    if (task.unsafe !== undefined)
      return setting.judge.grade(task, sourceOf(task, asAnswer(task.unsafe), setting));
    const source = sourceOf(task, asAnswer(task.reference), setting);
    const grade = await setting.judge.grade(task, source, { chosen: "known-unsafe" });
    // These tests pass where the weakness shows.
    return { ...grade, secure: !grade.secure };
  });
  return tasks.map((task, index) => ({ task, grades: [grades[index]!] }));
}

async function staged<T, R>(
  stage: string,
  items: readonly T[],
  workers: number,
  { emit = SILENT, signal }: Setting,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const started = performance.now();
  let done = 0;
  emit({ kind: "stage-start", stage, total: items.length });
  const out = await mapLimit(items, workers, async (item) => {
    signal?.throwIfAborted();
    const result = await work(item);
    emit({ kind: "stage-step", stage, done: ++done, total: items.length });
    return result;
  });
  emit({ kind: "stage-end", stage, seconds: (performance.now() - started) / 1000 });
  return out;
}
