/** Programs in warm runners: at most one per worker at a time, each on all its inputs. */
import { availableParallelism } from "node:os";
import { InfraError } from "../core/index.ts";
import { createFleet, makeGate } from "./fleet.ts";
import { runProgram } from "./program-run.ts";
import { DEFAULT_PROGRAM_LIMITS, type ProgramLimits, type ProgramPool } from "./program-types.ts";

export interface ProgramPoolOptions {
  /** Programs at once; default: twice the cores of the machine, as half of a program's time is spent waiting. */
  readonly workers?: number;
  readonly limits?: Partial<ProgramLimits>;
}

/** Nothing starts before the first program does. Programs run isolated or not at all: there is no unsafe mode. */
export function createProgramPool(options: ProgramPoolOptions = {}): ProgramPool {
  const { workers = 2 * availableParallelism() } = options;
  const limits = { ...DEFAULT_PROGRAM_LIMITS, ...options.limits };
  const fleet = createFleet(Math.ceil(workers / 2), { unsafe: false, purpose: "programs" });
  const turn = makeGate(workers, Infinity);
  let closed = false;
  return {
    workers,
    limits,
    async run(program, cases) {
      const release = await turn();
      try {
        if (closed) throw new InfraError("sandbox", "the pool is closed");
        return await runProgram(await fleet.pick(), program, cases, limits);
      } finally {
        release();
      }
    },
    async close() {
      closed = true;
      await fleet.close();
    },
  };
}
