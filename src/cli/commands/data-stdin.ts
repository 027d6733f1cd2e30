/** `ironbark data stdin`: programming tasks, made from a seed or read from APPS and APPS+ files, and proven by running them. */
import { InputError } from "../../core/errors.ts";
import type { ProgramTask } from "../../core/program.ts";
import { command } from "../command.ts";
import { wholeNumber } from "../flags.ts";
import { table } from "../render.ts";
import { readTaskFile, TASK_FORMATS, TASK_FORMATS_TEXT } from "../task-files.ts";

const SHOWN = 20;

export default command({
  name: "data stdin",
  description:
    "Make programming tasks with tests and attacks, or import APPS and APPS+; run the solutions to prove them",
  examples: [
    "data stdin --out tasks.jsonl",
    "data stdin --out tasks.jsonl --seed 2 --per-family 12 --language python --prove",
    "data stdin --from APPS/train --format apps --out apps.jsonl",
  ],
  args: {
    out: { type: "string", required: true, description: "File to write: .jsonl", valueHint: "FILE" },
    seed: { type: "string", default: "1", description: "The same seed gives the same tasks" },
    "per-family": { type: "string", default: "10", description: "Tasks of each family", valueHint: "N" },
    language: { type: "enum", options: ["python", "javascript"], description: "Only this one" },
    from: { type: "string", description: "Import instead: a folder or a file", valueHint: "PATH" },
    format: {
      type: "enum",
      options: [...TASK_FORMATS],
      default: "apps",
      description: `What --from holds: ${TASK_FORMATS_TEXT}`,
    },
    prove: {
      type: "boolean",
      description:
        "Run every solution: the reference must pass and withstand, the unsafe one must pass and fall",
    },
  },
  run: async (args, { emit, signal }) => {
    const seed = wholeNumber("seed", args.seed);
    const perFamily = wholeNumber("per-family", args["per-family"], 1);
    const { generatePrograms, writeTasks } = await import("../../data/programs/index.ts");
    const { writeFileAtomic } = await import("../../runs/files.ts");
    const { tasks, refused } =
      args.from === undefined
        ? {
            tasks: generatePrograms({
              seed,
              perFamily,
              ...(args.language === undefined ? {} : { languages: [args.language] }),
            }),
            refused: [],
          }
        : await readTaskFile(args.from, args.format);
    for (const { where, reason } of refused) emit({ kind: "note", text: `${where}: left out, ${reason}` });
    if (tasks.length === 0) throw new InputError(`${args.from ?? "--language"}: no task that can be used`);
    const failed = args.prove === true ? await prove(tasks, emit, signal) : undefined;
    writeFileAtomic(args.out, writeTasks(tasks));
    const security = tasks.filter((task) => task.kind === "stdin" && task.security !== undefined).length;
    const summary = {
      out: args.out,
      n: tasks.length,
      security,
      tests: tasks.reduce((sum, task) => sum + task.tests.length, 0),
    };
    return {
      data: { ...summary, refused, ...(failed === undefined ? {} : { failed }) },
      text: [
        `${summary.n} tasks with ${summary.tests} tests in ${args.out}; ${security} have attacks`,
        ...(failed === undefined ? [] : [`${summary.n - failed.length} proven by running them`]),
        ...(failed !== undefined && failed.length > 0
          ? [table(failed.slice(0, SHOWN).map(({ id, problems }) => [id, problems.join("; ").slice(0, 120)]))]
          : []),
      ].join("\n"),
      exitCode: refused.length > 0 || (failed ?? []).length > 0 ? 1 : 0,
    };
  },
});

async function prove(
  tasks: readonly ProgramTask[],
  emit: (event: import("../../core/events.ts").ProgressEvent) => void,
  signal: AbortSignal,
): Promise<{ id: string; problems: readonly string[] }[]> {
  const { createProgramPool } = await import("../../sandbox/index.ts");
  const { createProgramGrader, validateTask } = await import("../../verify/programs/index.ts");
  const { mapLimit } = await import("../../util/concurrency.ts");
  const pool = createProgramPool();
  try {
    const grader = createProgramGrader({ pool });
    let done = 0;
    const started = performance.now();
    emit({ kind: "stage-start", stage: "tasks", total: tasks.length });
    const results = await mapLimit(tasks, pool.workers, async (task) => {
      signal.throwIfAborted();
      const result = await validateTask(grader, task);
      emit({ kind: "stage-step", stage: "tasks", done: ++done, total: tasks.length });
      return result;
    });
    emit({ kind: "stage-end", stage: "tasks", seconds: (performance.now() - started) / 1000 });
    return results
      .filter(({ problems }) => problems.length > 0)
      .map(({ id, problems }) => ({ id, problems }));
  } finally {
    await pool.close();
  }
}
