/** Asks a sampler for its completions and grades them; what an earlier run has done is taken from its files. */
import {
  InfraError,
  InputError,
  SILENT,
  type Completion,
  type EventSink,
  type ProgramTask,
  type Sampler,
  type SamplingOptions,
} from "../../core/index.ts";
import type { KeyedLog } from "../../runs/keyed-log.ts";
import { mapLimit } from "../../util/concurrency.ts";
import { contentHash } from "../../util/hash.ts";
import { hash32 } from "../../util/rng.ts";
import type { ProgramGrader } from "../../verify/programs/index.ts";
import { gradeCompletion } from "./grade.ts";
import type { GradeRecord, Sample } from "./types.ts";

export interface CodegenOptions {
  readonly tasks: readonly ProgramTask[];
  readonly grader: ProgramGrader;
  /** What grades depend on beside task and text: the analyzers by name. */
  readonly gradedBy: string;
  readonly sampling: SamplingOptions;
  /** Completions of each task. */
  readonly samples: number;
  readonly seed: number;
  readonly completions: KeyedLog<Completion>;
  readonly grades: KeyedLog<GradeRecord>;
  readonly emit?: EventSink;
  readonly signal?: AbortSignal;
}

/** After so many failures one after another a sampler is not asked any more: each costs its tries and their waits. */
const GIVE_UP_AFTER = 8;
/** Part of the key of a grade: a change of what a grade says makes the old ones worthless. */
const GRADE_VERSION = 1;

/** One per task and sample, tasks in order. */
export async function runCodegen(sampler: Sampler, options: CodegenOptions): Promise<Sample[]> {
  const { tasks, samples, seed, sampling, emit = SILENT, signal } = options;
  const stage = sampler.name;
  const work = tasks.flatMap((task) =>
    Array.from({ length: samples }, (_, sample) => ({ task, sample, id: task.id! })),
  );
  let done = 0;
  let failures = 0;
  let given = "";
  emit({ kind: "stage-start", stage, total: work.length });
  const started = performance.now();

  const complete = async (task: ProgramTask, sample: number): Promise<Completion | Sample["error"]> => {
    // Not negative, as some endpoints refuse that.
    const request = { prompt: task.prompt, seed: hash32(`${seed}/${task.id}/${sample}`) >>> 1 };
    const key = contentHash({ sampler: sampler.identity, request, sampling });
    const known = options.completions.get(key);
    if (known !== undefined) return known;
    if (failures >= GIVE_UP_AFTER) return { class: "provider", message: `not asked any more: ${given}` };
    try {
      const completion = await sampler.complete(request, sampling, signal);
      options.completions.put(key, completion);
      failures = 0;
      return completion;
    } catch (error) {
      if (error instanceof InputError) return { class: "prompt", message: error.message };
      if (!(error instanceof InfraError)) throw error;
      given = error.message;
      if (++failures === GIVE_UP_AFTER)
        emit({ kind: "note", text: `${stage}: ${GIVE_UP_AFTER} failures one after another: ${given}` });
      return { class: "provider", message: error.message };
    }
  };
  const grade = async (task: ProgramTask, text: string): Promise<GradeRecord | Sample["error"]> => {
    const key = contentHash({ task, text, by: options.gradedBy, version: GRADE_VERSION });
    const known = options.grades.get(key);
    if (known !== undefined) return known;
    try {
      const record = await gradeCompletion(options.grader, task, text);
      options.grades.put(key, record);
      return record;
    } catch (error) {
      if (!(error instanceof InfraError)) throw error;
      return { class: "infra", message: error.message };
    }
  };

  // Grading goes on beside the next completions: one needs the endpoint, the other the processor.
  const grading = await mapLimit(work, sampler.parallel, async ({ task, sample, id }) => {
    signal?.throwIfAborted();
    const completion = await complete(task, sample);
    const finish = (rest: Omit<Sample, "task" | "sample">): Sample => {
      emit({ kind: "stage-step", stage, done: ++done, total: work.length });
      return { task: id, sample, ...rest };
    };
    if (!isCompletion(completion))
      return () => Promise.resolve(finish({ completion: null, grade: null, error: completion }));
    const graded = grade(task, completion.text).then((record) =>
      isGrade(record)
        ? finish({ completion, grade: record, error: null })
        : finish({ completion, grade: null, error: record }),
    );
    // Thrown where it is awaited, not before.
    graded.catch(() => {});
    return () => graded;
  });
  const out = await Promise.all(grading.map((wait) => wait()));
  signal?.throwIfAborted();
  emit({ kind: "stage-end", stage, seconds: (performance.now() - started) / 1000 });
  return out;
}

const isCompletion = (value: Completion | Sample["error"]): value is Completion =>
  value !== null && "text" in value;
const isGrade = (value: GradeRecord | Sample["error"]): value is GradeRecord =>
  value !== null && "category" in value;
