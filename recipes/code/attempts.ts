/** Lets a policy attempt tasks: in practice, and in evaluation. */
import type { StdinTask } from "../../src/core/program.ts";
import type { Reward } from "../../src/core/reward.ts";
import type { TurnSampler } from "../../src/core/sampling.ts";
import type { Trace } from "../../src/core/trace.ts";
import { startProgramEpisode } from "../../src/envs/programs/index.ts";
import { programReward } from "../../src/rewards/programs.ts";
import { runWaves } from "../../src/rollout/waves.ts";
import { makeRng } from "../../src/util/rng.ts";
import type { ProgramGrade } from "../../src/verify/programs/index.ts";
import type { Workshop } from "./workshop.ts";

export type GradeReward = (grade: ProgramGrade) => Reward;

export interface PracticeOptions {
  readonly sampler: TurnSampler;
  readonly step: number;
  readonly seed: number;
  readonly tasks: number;
  readonly samples: number;
  readonly reward: GradeReward;
}

/** Rows that are sampled together. */
const ROWS = 192;

/** Groups of attempts at tasks that depend on seed and step only: whoever practises meets the same ones. */
export function practise(
  { language, train, arena, answers }: Workshop,
  { sampler, step, seed, tasks, samples, reward }: PracticeOptions,
): Promise<Trace[][]> {
  const rng = makeRng(`practice/${seed}/${step}`);
  const drawn = rng.shuffle(train).slice(0, tasks);
  const groups = drawn.map((task) =>
    Array.from({ length: samples }, () =>
      startProgramEpisode({ task, language, judge: arena.judge, reward }),
    ),
  );
  return runWaves(sampler, groups, {
    groupsPerWave: Math.max(1, Math.floor(ROWS / samples)),
    maxTurns: 1,
    sampling: { ...answers, topP: 1 },
    seed: rng.int(2 ** 31),
  });
}

/** `samples` programs for every held-out task, attacks included; the reward is partial credit whatever was trained on. */
export async function evaluate(
  { language, heldOut, arena, answers }: Workshop,
  sampler: TurnSampler,
  options: { readonly seed: number; readonly samples: number; readonly tasks?: readonly StdinTask[] },
): Promise<Trace[]> {
  const { seed, samples, tasks = heldOut } = options;
  const reward: GradeReward = (grade) => programReward("partial-credit", grade);
  const groups = tasks.map((task) =>
    Array.from({ length: samples }, () =>
      startProgramEpisode({ task, language, judge: arena.judgeAttacked, reward }),
    ),
  );
  const traces = await runWaves(sampler, groups, {
    groupsPerWave: Math.max(1, Math.floor(ROWS / samples)),
    maxTurns: 1,
    sampling: { ...answers, topP: 1 },
    seed,
  });
  return traces.flat();
}
