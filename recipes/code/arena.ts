/** Where programs of the code recipes are run: warm sandboxes, Bandit, and a memory of what was graded before. */
import { createBanditAnalyzer } from "../../src/analyzers/index.ts";
import { InfraError } from "../../src/core/errors.ts";
import type { ProgramTask } from "../../src/core/program.ts";
import type { Judged } from "../../src/envs/programs/index.ts";
import { createProgramPool } from "../../src/sandbox/index.ts";
import { contentHash } from "../../src/util/hash.ts";
import { LruMap } from "../../src/verify/lru.ts";
import { createProgramGrader } from "../../src/verify/programs/index.ts";

export interface CodeArena {
  judge(task: ProgramTask, source: string): Promise<Judged>;
  /** With the task's attacks. */
  judgeAttacked(task: ProgramTask, source: string): Promise<Judged>;
  /** Programs that were run, rather than remembered. */
  readonly work: { readonly graded: number };
  close(): Promise<void>;
}

/** A small model repeats itself: the same program for the same task is run once. */
const REMEMBERED = 20_000;

/** `workers` programs at once. Programs that never end are found out soon: their limits are those of short tasks. */
export function openCodeArena(workers: number): CodeArena {
  const pool = createProgramPool({
    workers,
    limits: { cpuSeconds: 1, wallMs: 4_000, budgetMs: 20_000, memoryBytes: 256 * 1024 * 1024 },
  });
  const analyzer = createBanditAnalyzer({ strict: true });
  const grader = createProgramGrader({ pool, analyzer });
  const known = new LruMap<string, Promise<Judged>>(REMEMBERED);
  const work = { graded: 0 };
  const judge = (task: ProgramTask, source: string, exploits: boolean): Promise<Judged> => {
    const key = contentHash([task.id, source, exploits]);
    const before = known.get(key);
    if (before !== undefined) return before;
    work.graded++;
    const judged = grader.grade(task, source, { exploits }).then(
      (grade): Judged => ({ grade }),
      (error: unknown): Judged => {
        // What went wrong on our side may go well the next time, and anything else is a programming error.
        known.delete(key);
        if (error instanceof InfraError) return { failure: error.message };
        throw error;
      },
    );
    known.set(key, judged);
    return judged;
  };
  return {
    judge: (task, source) => judge(task, source, false),
    judgeAttacked: (task, source) => judge(task, source, true),
    work,
    close: async () => {
      await Promise.all([pool.close(), analyzer.close()]);
    },
  };
}
