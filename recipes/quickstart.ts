/** The main job: GRPO teaches a small policy to find and patch vulnerable applications; the reward is running them. */
import { z } from "zod";
import type { Trace } from "../src/core/trace.ts";
import { Curriculum } from "../src/rollout/curriculum.ts";
import type { Episode } from "../src/rollout/episode.ts";
import { runWaves } from "../src/rollout/waves.ts";
import { defineRecipe } from "../src/runs/recipe.ts";
import { trainGrpo } from "../src/train/grpo.ts";
import { NonFiniteGuard } from "../src/train/guard.ts";
import type { OptimizerConfig } from "../src/train/local/optimizer.ts";
import { makeRng } from "../src/util/rng.ts";
import { assess, readBefore, writeBefore } from "./patch/assess.ts";
import { finish } from "./patch/finish.ts";
import { ModelSchema } from "./patch/policy.ts";
import {
  copyDialect,
  dumpBatch,
  logStep,
  readCurriculum,
  readGuardState,
  writeCurriculum,
  writeGuardState,
} from "./patch/record.ts";
import { logRollouts } from "./patch/report.ts";
import { grpoLoss } from "./grpo-settings.ts";
import { drawPractice, PRACTISED } from "./patch/scenarios.ts";
import { EvalSchema, StartSchema } from "./patch/settings.ts";
import { onStage, type Stage } from "./patch/stage.ts";

const GrpoSchema = z.strictObject({
  steps: z.int().positive().default(52),
  /** Tasks per step, and episodes per task. */
  groups: z.int().positive().default(24),
  samples: z.int().min(2).default(16),
  /** Few: where an attempt can be repeated, a first one that fails costs little and is learnt from little. */
  maxTurns: z.int().positive().max(15).default(2),
  maxTokens: z.int().positive().default(80),
  temperature: z.number().positive().default(1),
  topP: z.number().positive().max(1).default(1),
  learningRate: z.number().positive().default(2.2e-4),
  warmup: z.int().nonnegative().default(2),
  ...grpoLoss({ loss: "grpo", epsilonHigh: 0.28, minibatches: 3 }),
  saveEvery: z.int().positive().default(5),
});

const OPTIMIZER: OptimizerConfig = {
  kind: "adamw",
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weightDecay: 0,
  muonScale: 0,
};

const schema = z.strictObject({
  seed: z.int().default(1),
  start: StartSchema,
  model: ModelSchema.prefault({}),
  grpo: GrpoSchema.prefault({}),
  eval: EvalSchema.prefault({}),
  threads: z.int().positive().default(2),
  sandboxes: z.int().positive().default(2),
});

export const recipe = defineRecipe({
  name: "quickstart",
  description:
    "GRPO from the starter checkpoint: find and patch vulnerable web applications, rewarded by attacking them",
  schema,
  async run(config, { run, emit, signal }) {
    const { grpo } = config;
    return onStage({ ...config, optimizer: OPTIMIZER, precision: "fp32" }, emit, async (stage) => {
      const { start, dialect, backend, judge } = stage;
      if (grpo.beta > 0) await backend.freezeReference();
      const before = (await readBefore(run.resumedFrom?.path)) ?? (await assess(judge, "before"));
      if (run.resumedFrom !== null) await backend.load(run.resumedFrom.path, { optimizer: true });
      const guard = new NonFiniteGuard(dumpBatch(run.dir), await readGuardState(run.resumedFrom?.path));
      const curriculum = new Curriculum(PRACTISED, await readCurriculum(run.resumedFrom?.path));
      const startStep = (run.resumedFrom?.step ?? -1) + 1;
      emit({ kind: "stage-start", stage: "grpo", total: grpo.steps, done: startStep });
      const started = performance.now();
      await trainGrpo({
        backend,
        rollouts: (step) => practise(stage, curriculum, grpo, `grpo/${config.seed}/${step}`),
        loss: { ...grpo, type: grpo.loss, maxCompletionLength: grpo.maxTurns * grpo.maxTokens },
        schedule: { peak: grpo.learningRate, warmupSteps: grpo.warmup, totalSteps: grpo.steps, floor: 0.1 },
        guard,
        startStep,
        onStep: async (step, metrics, groups) => {
          logStep(run, step, metrics);
          logRollouts(run, step, groups);
          const note = `reward ${metrics["reward"]!.toFixed(2)}, blocked ${Math.round(100 * metrics["blocked"]!)} %`;
          emit({ kind: "stage-step", stage: "grpo", done: step + 1, total: grpo.steps, note });
          if ((step + 1) % grpo.saveEvery === 0 || signal.aborted) {
            await run.saveCheckpoint(step, async (folder) => {
              await backend.save(folder, { optimizer: true });
              await copyDialect(start, folder);
              await writeGuardState(folder, guard.state);
              await writeCurriculum(folder, curriculum);
              await writeBefore(folder, before);
            });
          }
          signal.throwIfAborted();
          return true;
        },
      });
      const trainSeconds = (performance.now() - started) / 1000;
      emit({ kind: "stage-end", stage: "grpo", seconds: trainSeconds });
      return finish({ run, judge, backend, dialect, before, trainSeconds, data: ["practice"] });
    });
  },
});

/** Groups of episodes over applications that the curriculum picks; the same seed gives the same. */
async function practise(
  { start, dialect, arena, backend }: Stage,
  curriculum: Curriculum,
  grpo: z.output<typeof GrpoSchema>,
  seed: string,
): Promise<Trace[][]> {
  const rng = makeRng(seed);
  const groups: Episode[][] = [];
  const families: string[] = [];
  while (groups.length < grpo.groups) {
    const scenario = drawPractice(rng, curriculum);
    const group = await Promise.all(
      Array.from({ length: grpo.samples }, () => arena.episode(scenario, dialect, start, grpo.maxTurns)),
    );
    if (!group.every((episode) => episode !== undefined)) continue;
    groups.push(group);
    families.push(scenario.family);
  }
  const traces = await runWaves(backend.sampler, groups, {
    groupsPerWave: grpo.groups,
    maxTurns: grpo.maxTurns,
    sampling: { temperature: grpo.temperature, topP: grpo.topP, maxTokens: grpo.maxTokens },
    seed: rng.int(2 ** 31),
  });
  families.forEach((family, g) =>
    curriculum.record(
      family,
      traces[g]!.map((trace) => trace.reward.value),
    ),
  );
  return traces;
}
