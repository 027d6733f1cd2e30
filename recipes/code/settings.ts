/** Settings that the code recipes share, so that they start from the same place and are judged alike. */
import { z } from "zod";
import { grpoLoss } from "../grpo-settings.ts";

export const TaskSchema = z.strictObject({
  /** Of the tasks and their split, apart from the run's: runs with other seeds have the same tasks. */
  seed: z.int().default(1),
  /** At most, of each family; some have fewer different ones. */
  perFamily: z.int().positive().default(40),
  /** Share of each family that is never practised. */
  heldOut: z.number().min(0).max(0.9).default(0.34),
  /** Of each task, the first ones. */
  tests: z.int().positive().default(5),
});

export const ModelSchema = z.strictObject({
  vocabulary: z.int().min(400).default(1024),
  hiddenSize: z.int().positive().default(96),
  intermediateSize: z.int().positive().default(288),
  layers: z.int().positive().default(3),
  heads: z.int().positive().default(4),
});
export type ModelSettings = z.output<typeof ModelSchema>;

export const AnswerSchema = z.strictObject({
  /** Tasks whose reference is longer are left out. */
  maxTokens: z.int().positive().default(128),
  /** As SecureCodeRL samples, in practice and in evaluation. */
  temperature: z.number().positive().default(0.7),
});

/** Of an adapter on all linear layers but the head; rank and alpha as SecureCodeRL has them. */
export const LoraSchema = z.strictObject({
  rank: z.int().positive().default(16),
  alpha: z.number().positive().default(32),
  targets: z
    .array(z.string())
    .default(["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]),
  /** `nf4`: the weights before which the adapter stands are kept in four bits (QLoRA). */
  quantize: z.literal("nf4").nullable().default(null),
});

export const SftSchema = z.strictObject({
  steps: z.int().positive().default(150),
  batch: z.int().positive().default(32),
  learningRate: z.number().positive().default(0.003),
  warmup: z.int().nonnegative().default(20),
  /** Loss weight of the words of a task; those of its solution have 1. */
  promptWeight: z.number().nonnegative().default(0.1),
  /** Share of the demonstrations with a flaw that scraped code has: Python 2's print, or a result that is never printed. */
  flawed: z.number().min(0).max(1).default(0),
});

/** What is attempted at each step: `tasks` tasks, each `samples` times. */
export const PracticeSchema = z.strictObject({
  steps: z.int().positive().default(32),
  tasks: z.int().positive().default(32),
  samples: z.int().positive().default(4),
  learningRate: z.number().positive().default(4e-4),
  warmup: z.int().nonnegative().default(2),
});

export const PpoSchema = z.strictObject({
  epochs: z.int().positive().default(1),
  minibatches: z.int().positive().default(4),
  clip: z.number().positive().default(0.2),
  valueClip: z.number().positive().default(0.2),
  valueWeight: z.number().positive().default(0.1),
  /** The value net learns at this many times the policy's rate. */
  valueRate: z.number().positive().default(3),
  gamma: z.number().min(0).max(1).default(1),
  /** 1: with a score at the end alone, less would leave the beginning of an answer to a value net that knows nothing yet. */
  lambda: z.number().min(0).max(1).default(1),
  klEstimator: z.enum(["k1", "k3"]).default("k1"),
  klCoefficient: z.number().nonnegative().default(0.005),
  /** Steers the coefficient towards this KL per answer; 0: it is fixed. */
  klTarget: z.number().nonnegative().default(0),
  klHorizon: z.number().positive().default(10_000),
  whitenRewards: z.boolean().default(false),
  missingEosPenalty: z.number().nullable().default(null),
});

export const GrpoSchema = z.strictObject(grpoLoss({ loss: "dapo", minibatches: 4 }));

export const EvalSchema = z.strictObject({
  /** Programs for each held-out task. */
  samples: z.int().positive().default(2),
});

export const StartSchema = z
  .string()
  .default("")
  .describe("Checkpoint folder of code-sft to start from; empty: a start is made first");

export const RewardSchema = z.enum(["partial-credit", "binary", "executed-security"]);

/** Of the recipe partial-credit. */
export const ExperimentSchema = z.strictObject({
  /** Of the first repetition; the next ones follow. */
  seed: z.int().default(1),
  repetitions: z.int().positive().default(3),
  tasks: TaskSchema.prefault({}),
  model: ModelSchema.prefault({}),
  answers: AnswerSchema.prefault({}),
  /** Short, and of scraped quality: it leaves a policy that hardly ever passes all tests, for which the reward matters. */
  sft: SftSchema.extend({
    steps: SftSchema.shape.steps.unwrap().default(140),
    flawed: SftSchema.shape.flawed.unwrap().default(0.6),
  }).prefault({}),
  practice: PracticeSchema.extend({
    steps: PracticeSchema.shape.steps.unwrap().default(28),
    learningRate: PracticeSchema.shape.learningRate.unwrap().default(5e-4),
  }).prefault({}),
  ppo: PpoSchema.prefault({}),
  grpo: GrpoSchema.prefault({}),
  eval: EvalSchema.prefault({}),
  threads: z.int().positive().default(2),
  sandboxes: z.int().positive().default(2),
});
export type ExperimentSettings = z.output<typeof ExperimentSchema>;

/** What the recipes that practise on programs are told, beside the settings of their algorithm. */
export const PRACTICE_RUN = {
  seed: z.int().default(1),
  start: StartSchema,
  reward: RewardSchema.default("partial-credit"),
  tasks: TaskSchema.prefault({}),
  model: ModelSchema.prefault({}),
  answers: AnswerSchema.prefault({}),
  sft: SftSchema.prefault({}),
  practice: PracticeSchema.prefault({}),
  eval: EvalSchema.prefault({}),
  saveEvery: z.int().positive().default(10),
  threads: z.int().positive().default(2),
  sandboxes: z.int().positive().default(2),
};
