/** What commands that grade programs share: the grader with its sandbox and its analyzers, and the scorer over it. */
import type { ProgramPool } from "../sandbox/index.ts";
import type { Scorer } from "../serve/index.ts";
import type { ProgramGrader } from "../verify/programs/index.ts";
import { ANALYZERS_ARG, openAnalyzers } from "./analyzers.ts";
import { wholeNumber } from "./flags.ts";

export const GRADING_ARGS = {
  workers: { type: "string", description: "Programs at once (default: twice the cores)", valueHint: "N" },
  ...ANALYZERS_ARG,
} as const;

/** As typed. */
export interface GradingArgs {
  readonly workers?: string | undefined;
  readonly analyzers: string;
}

export interface OpenGrader {
  readonly grader: ProgramGrader;
  readonly pool: ProgramPool;
  close(): Promise<void>;
}

export interface OpenScorer {
  readonly scorer: Scorer;
  readonly pool: ProgramPool;
  close(): Promise<void>;
}

export async function openGrader(typed: GradingArgs): Promise<OpenGrader> {
  const workers = typed.workers === undefined ? {} : { workers: wholeNumber("workers", typed.workers, 1) };
  const { createProgramPool } = await import("../sandbox/index.ts");
  const { createProgramGrader } = await import("../verify/programs/index.ts");
  const analyzer = await openAnalyzers(typed.analyzers);
  const pool = createProgramPool(workers);
  return {
    grader: createProgramGrader({ pool, analyzer }),
    pool,
    close: async () => {
      await Promise.all([pool.close(), analyzer.close()]);
    },
  };
}

export async function openScorer(typed: GradingArgs): Promise<OpenScorer> {
  const { createScorer } = await import("../serve/index.ts");
  const { grader, pool, close } = await openGrader(typed);
  const scorer = createScorer({ grader });
  return {
    scorer,
    pool,
    close: async () => {
      await scorer.close();
      await close();
    },
  };
}
