/**
 * Test cases per second of short programs: by forks of a warm interpreter and one Node process per program, and with a
 * new interpreter for each test, as reward functions do it. Both sides isolate as they can: ours always, theirs not.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { generatePrograms } from "../src/data/programs/index.ts";
import type { StdinTask } from "../src/core/index.ts";
import { createProgramPool } from "../src/sandbox/index.ts";
import { mapLimit } from "../src/util/concurrency.ts";
import { pythonCommand } from "../src/util/python.ts";
import { createProgramGrader, passed } from "../src/verify/programs/index.ts";

const ROUNDS = 5;
/** Of the other side; ours decides for itself. */
const workers = availableParallelism();
/** Tasks of a round; the other side gets fewer, as it needs many times as long for each. */
const SIZES = { ours: 48, theirs: 6 };

const median = (values: readonly number[]): number => values.toSorted((x, y) => x - y)[values.length >> 1]!;

const tasks = generatePrograms({ seed: 1, perFamily: 6 }).filter(({ world }) => world === undefined);
const folder = mkdtempSync(join(tmpdir(), "test-exec-"));
const pool = createProgramPool();

const testsOf = (some: readonly StdinTask[]): number =>
  some.reduce((sum, { tests }) => sum + tests.length, 0);

async function ours(some: readonly StdinTask[]): Promise<number> {
  // A new grader each time: it remembers nothing of the round before.
  const grader = createProgramGrader({ pool });
  const begun = performance.now();
  await mapLimit(some, pool.workers, async (task) => {
    const grade = await grader.grade(task, task.reference!, { exploits: false });
    if (passed(grade) !== task.tests.length) throw new Error(`${task.id} does not pass`);
  });
  return (testsOf(some) * 1000) / (performance.now() - begun);
}

async function theirs(some: readonly StdinTask[]): Promise<number> {
  const begun = performance.now();
  await mapLimit(some, workers, async (task) => {
    const python = task.language === "python";
    const file = join(folder, `${task.id}.${python ? "py" : "cjs"}`);
    writeFileSync(file, task.reference!);
    for (const { input } of task.tests)
      await new Promise<void>((resolve, reject) => {
        const child = execFile(python ? pythonCommand() : process.execPath, [file], (error) =>
          error === null ? resolve() : reject(error),
        );
        child.stdin!.end(input);
      });
  });
  return (testsOf(some) * 1000) / (performance.now() - begun);
}

try {
  const results = {
    python: { ours: [] as number[], theirs: [] as number[] },
    javascript: { ours: [] as number[], theirs: [] as number[] },
  };
  for (const language of ["python", "javascript"] as const) {
    const mine = tasks.filter((task) => task.language === language);
    // The first round warms up.
    await ours(mine.slice(0, pool.workers));
    await theirs(mine.slice(0, workers));
    for (let round = 0; round < ROUNDS; round++) {
      results[language].ours.push(await ours(mine.slice(0, SIZES.ours)));
      results[language].theirs.push(await theirs(mine.slice(0, SIZES.theirs)));
    }
  }
  const version = execFileSync(pythonCommand(), ["-c", "import platform; print(platform.python_version())"], {
    encoding: "utf8",
  });
  for (const [language, { ours: mine, theirs: other }] of Object.entries(results))
    process.stdout.write(
      `${JSON.stringify({
        name: `test-exec-${language}`,
        ratio: Number((median(mine) / median(other)).toFixed(2)),
        ours: Number(median(mine).toFixed(1)),
        theirs: Number(median(other).toFixed(1)),
        unit: "test cases/s",
        machine: `${cpus()[0]?.model.trim() ?? arch()}, ${cpus().length} CPUs`,
        versions: { node: process.version, python: version.trim() },
      })}\n`,
    );
} finally {
  await pool.close();
  rmSync(folder, { recursive: true, force: true });
}
