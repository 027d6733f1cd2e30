/** Grades a program: its tests, its findings, and the attacks that are known to work on the careless solution. */
import { randomBytes } from "node:crypto";
import type { Analyzer } from "../../analyzers/index.ts";
import { InfraError, type ProgramTask, type StdinTask } from "../../core/index.ts";
import type { Program, ProgramPool } from "../../sandbox/index.ts";
import { contentHash } from "../../util/hash.ts";
import { exploitWorked, plant } from "./exploits.ts";
import { callable, callsAsStdin } from "./function-driver.ts";
import { judgeRun } from "./judge.ts";
import type { ExploitResult, ProgramGrade } from "./types.ts";

export interface GraderOptions {
  readonly pool: ProgramPool;
  /** Of the languages that it knows; without one there are no findings. */
  readonly analyzer?: Analyzer;
}

export interface GradeOptions {
  /** Default true: the attacks of the task are run as well. */
  readonly exploits?: boolean;
}

export interface ProgramGrader {
  /** Throws InfraError when nothing can be said about the program: then there is no reward, which is not 0. */
  grade(task: ProgramTask, code: string, options?: GradeOptions): Promise<ProgramGrade>;
}

const FILE = { python: "main.py", javascript: "main.js" } as const;

export function createProgramGrader({ pool, analyzer }: GraderOptions): ProgramGrader {
  /** Tasks whose attacks have worked in this process, by content. */
  const proven = new Map<string, Promise<void>>();

  const attack = async (task: StdinTask, program: Program): Promise<ExploitResult[]> => {
    // Drawn for each run: nothing that was seen in another one looks like it.
    const canary = `canary-${randomBytes(9).toString("hex")}`;
    const exploits = task.security?.exploits ?? [];
    const planted = exploits.map((exploit) => plant(exploit, task.world, canary));
    const { runs } = await pool.run(program, planted);
    return exploits.map(({ id, oracle }, index) => {
      const run = runs[index];
      return { id, worked: run !== undefined && exploitWorked(oracle, run, planted[index]!, canary) };
    });
  };
  /** An attack counts only after it has worked on the unsafe solution in this process. */
  const prove = (task: StdinTask): Promise<void> => {
    const { security, world, language } = task;
    const key = contentHash({ security, world, language });
    const known = proven.get(key);
    if (known !== undefined) return known;
    const proof = attack(task, { language, source: security!.unsafe }).then((results) => {
      const dead = results.find(({ worked }) => !worked);
      if (dead !== undefined)
        throw new InfraError(
          "grader",
          `${task.id ?? "task"}: exploit ${dead.id} fails on the unsafe solution`,
        );
    });
    proven.set(key, proof);
    proof.catch(() => proven.delete(key));
    return proof;
  };

  return {
    async grade(asked, code, { exploits = true } = {}) {
      const task = asked.kind === "function" ? callsAsStdin(asked) : asked;
      const source = asked.kind === "function" ? callable(asked, code) : code;
      const program: Program = { language: task.language, source };
      const cases = task.tests.map(({ input }) => ({
        input,
        ...(task.world === undefined ? {} : { world: task.world }),
      }));
      const scan = analyzer?.scan({ [FILE[task.language]]: code }) ?? Promise.resolve([]);
      const [report, found] = await Promise.all([pool.run(program, cases), scan]);
      // A file that cannot be parsed is known as such; it is no weakness.
      const findings = found.filter(({ rule }) => rule !== "unreadable");
      if (report.syntaxError !== undefined)
        return { code, syntaxError: report.syntaxError, tests: [], exploits: [], findings };
      const comparison = task.compare ?? "text";
      const tests = report.runs.map((run, index) => judgeRun(run, task.tests[index]!.output, comparison));
      if (!exploits || task.security === undefined) return { code, tests, exploits: [], findings };
      await prove(task);
      return { code, tests, exploits: await attack(task, program), findings };
    },
  };
}
