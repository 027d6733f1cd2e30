/** The three ways to train of the code recipes, on the same tasks: from demonstrations, by PPO, by GRPO. */
import type { z } from "zod";
import type { Trace } from "../../src/core/trace.ts";
import { trainGrpo } from "../../src/train/grpo.ts";
import type { NonFiniteGuard } from "../../src/train/guard.ts";
import type { LocalBackend } from "../../src/train/local/backend.ts";
import type { Datum, PpoDatum } from "../../src/train/backend.ts";
import { adaptiveKl, fixedKl, trainPpo, type KlControl } from "../../src/train/ppo/index.ts";
import { learningRateAt } from "../../src/train/schedule.ts";
import { trainSft } from "../../src/train/sft.ts";
import { practise, type GradeReward } from "./attempts.ts";
import { demonstrations } from "./demonstrations.ts";
import type { GrpoSchema, PpoSchema, PracticeSchema, SftSchema } from "./settings.ts";
import type { Workshop } from "./workshop.ts";

type StepMetrics = Readonly<Record<string, number>>;

export interface Training<Example> {
  readonly workshop: Workshop;
  readonly backend: LocalBackend;
  readonly seed: number;
  readonly startStep: number;
  readonly guard: NonFiniteGuard<Example>;
  readonly onStep: (step: number, metrics: StepMetrics, traces: readonly Trace[]) => Promise<boolean>;
}

export function fineTune(
  { workshop, backend, seed, startStep, guard, onStep }: Training<Datum>,
  sft: z.output<typeof SftSchema>,
): Promise<void> {
  const { language, train, answers } = workshop;
  const { batch: size, promptWeight, flawed, learningRate, warmup, steps } = sft;
  const shown = demonstrations(language, train, {
    seed,
    size,
    promptWeight,
    flawed,
    maxTokens: answers.maxTokens,
  });
  const schedule = { peak: learningRate, warmupSteps: warmup, totalSteps: steps, floor: 0.1 };
  return trainSft({
    backend,
    batch: shown.batch,
    learningRate: (step) => learningRateAt(step, schedule),
    steps,
    guard,
    startStep,
    onStep: (step, metrics) => onStep(step, metrics, []),
  });
}

export interface Practice<Example> extends Training<Example> {
  readonly practice: z.output<typeof PracticeSchema>;
  /** What a grade is worth at a step. */
  readonly reward: (step: number) => GradeReward;
}

export function klControl(
  { klCoefficient, klTarget, klHorizon }: z.output<typeof PpoSchema>,
  coefficient = klCoefficient,
): KlControl {
  return klTarget === 0 ? fixedKl(coefficient) : adaptiveKl(coefficient, klTarget, klHorizon);
}

/** The backend was started for PPO. */
export function practisePpo(
  { workshop, backend, seed, startStep, guard, onStep, practice, reward }: Practice<PpoDatum>,
  ppo: z.output<typeof PpoSchema>,
  kl: KlControl,
): Promise<void> {
  return trainPpo({
    backend,
    rollouts: async (step) => {
      const options = { sampler: backend.sampler, step, seed, reward: reward(step) };
      return (await practise(workshop, { ...practice, ...options })).flat();
    },
    settings: { ...ppo, temperature: workshop.answers.temperature },
    kl,
    schedule: scheduleOf(practice),
    guard,
    seed,
    startStep,
    onStep,
  });
}

export function practiseGrpo(
  { workshop, backend, seed, startStep, guard, onStep, practice, reward }: Practice<Datum>,
  grpo: z.output<typeof GrpoSchema>,
): Promise<void> {
  const { maxTokens, temperature } = workshop.answers;
  return trainGrpo({
    backend,
    rollouts: (step) =>
      practise(workshop, { ...practice, sampler: backend.sampler, step, seed, reward: reward(step) }),
    loss: { ...grpo, type: grpo.loss, temperature, maxCompletionLength: maxTokens },
    schedule: scheduleOf(practice),
    guard,
    startStep,
    onStep: (step, metrics, groups) => onStep(step, metrics, groups.flat()),
  });
}

const scheduleOf = ({ learningRate, warmup, steps }: z.output<typeof PracticeSchema>) => ({
  peak: learningRate,
  warmupSteps: warmup,
  totalSteps: steps,
  floor: 0.1,
});
