/** Settings of the alignment recipes. What is said of the small recipe in `SMALL` the published one says with other names and numbers. */
import { z } from "zod";
import { grpoLoss } from "../grpo-settings.ts";

export const ModelSchema = z.strictObject({
  /** Checkpoint folder with a chat template to start from; empty: random weights of the shape below, and a tokenizer of our own. */
  start: z.string().default(""),
  vocabulary: z.int().min(400).default(1024),
  hiddenSize: z.int().positive().default(96),
  intermediateSize: z.int().positive().default(256),
  layers: z.int().positive().default(3),
  heads: z.int().positive().default(4),
  maxPositions: z.int().positive().default(1024),
  precision: z.enum(["fp32", "bf16"]).default("fp32"),
  /** Padded tokens in one forward pass. */
  tokensPerBatch: z.int().positive().default(1024),
  /** Muon is for training from random weights, AdamW for what goes on from a checkpoint. */
  optimizer: z.enum(["muon", "adamw"]).default("muon"),
});
export type ModelSettings = z.output<typeof ModelSchema>;

type SftSizes = Readonly<Record<"steps" | "perPrompt" | "promptWeight", number>>;

const sft = ({ steps, perPrompt, promptWeight }: SftSizes) =>
  z.strictObject({
    steps: z.int().positive().default(steps),
    /** Passes over the examples instead of steps; 0: steps. */
    epochs: z.number().nonnegative().default(0),
    batch: z.int().positive().default(32),
    /** Answers of one prompt that are shown together; without weight on the prompt it is computed once for them. */
    perPrompt: z.int().positive().default(perPrompt),
    learningRate: z.number().positive().default(0.003),
    /** Steps, or below 1 a share of all. */
    warmup: z.number().nonnegative().default(20),
    /** Loss weight of the prompt's tokens; those of the answer have 1. */
    promptWeight: z.number().nonnegative().default(promptWeight),
    /** Longer examples are left out, and counted. */
    maxTokens: z.int().positive().default(512),
  });
export type SftSettings = z.output<ReturnType<typeof sft>>;

type RlSizes = Readonly<Record<"steps" | "tasks" | "maxTokens" | "learningRate", number>>;

const rl = ({ steps, tasks, maxTokens, learningRate }: RlSizes) =>
  z.strictObject({
    steps: z.int().positive().default(steps),
    /** Passes over the prompts instead of steps; 0: steps. */
    passes: z.number().nonnegative().default(0),
    /** Prompts of a step. */
    tasks: z.int().positive().default(tasks),
    samples: z.int().min(2).default(10),
    temperature: z.number().positive().default(0.8),
    /** Longer prompts are left out. */
    promptTokens: z.int().positive().default(512),
    maxTokens: z.int().positive().default(maxTokens),
    learningRate: z.number().positive().default(learningRate),
    /** Steps, or below 1 a share of all. */
    warmup: z.number().nonnegative().default(2),
    ...grpoLoss({ loss: "dapo", minibatches: 2 }),
  });
export type RlSettings = z.output<ReturnType<typeof rl>>;

const DataSchema = z.strictObject({
  /** Detection rows with an `answer` each (`ironbark data reasoning`); empty: pairs of our own, with reasoning by rule. */
  reasoned: z.string().default(""),
  /** Pairs of each family of generated applications, and of chores. */
  perApplication: z.int().positive().default(12),
  perChore: z.int().positive().default(60),
  /** Of held-out families. */
  heldOutPerApplication: z.int().positive().default(6),
  heldOutPerChore: z.int().positive().default(20),
  /** Programming tasks with attacks (`ironbark data stdin`); empty: chores. */
  tasks: z.string().default(""),
  /** Prompts without attacks to practise on as well (`ironbark data prompts`). */
  prompts: z.string().default(""),
  perFamily: z.int().positive().default(240),
  /** Solutions of each kind that demonstrations are drawn from. */
  ways: z.int().positive().default(4),
  /** Share of each family's prompts that is never practised. */
  heldOut: z.number().min(0).max(0.9).default(0.07),
});

const JudgeSchema = z.strictObject({
  /** A file that names samplers, for instance endpoints; empty: the reward model of this run, in workers of its own. */
  samplers: z.string().default(""),
  workers: z.int().positive().default(2),
  /** Questions that one worker answers at once. */
  batch: z.int().positive().default(64),
  /** `own`: the code alone; or a template of `eval detect`. */
  template: z.enum(["own", "blind", "cwe"]).default("own"),
  maxTokens: z.int().positive().default(128),
  temperature: z.number().nonnegative().default(0),
  votes: z.int().positive().default(1),
});

export const AlignmentSchema = z.strictObject({
  seed: z.int().default(1),
  data: DataSchema.prefault({}),
  judge: JudgeSchema.prefault({}),
  rewardModel: ModelSchema.prefault({}),
  coldStart: sft({ steps: 600, perPrompt: 1, promptWeight: 0.1 }).prefault({}),
  detect: rl({ steps: 16, tasks: 12, maxTokens: 128, learningRate: 2e-4 }).prefault({}),
  policy: ModelSchema.prefault({}),
  /** Steps 0: the policy is aligned as it is. */
  demonstrate: sft({ steps: 1_500, perPrompt: 1, promptWeight: 0.1 })
    .extend({ steps: z.int().nonnegative().default(1_500) })
    .prefault({}),
  align: rl({ steps: 30, tasks: 16, maxTokens: 128, learningRate: 3e-4 })
    .extend({
      security: z.enum(["judge", "executed"]).default("judge"),
      likeness: z.enum(["codebleu", "tests"]).default("codebleu"),
      /** `policy`: what the start writes, as published; `task`: the task's own solution. */
      reference: z.enum(["policy", "task"]).default("policy"),
      /** Every so many steps the answers are attacked as well, to see the gap; no reward comes of it. 0: never. */
      watchEvery: z.int().nonnegative().default(5),
    })
    .prefault({}),
  eval: z
    .strictObject({
      samples: z.int().positive().default(2),
      temperature: z.number().nonnegative().default(0.8),
    })
    .prefault({}),
  threads: z.int().positive().default(2),
  sandboxes: z.int().positive().default(2),
});
export type AlignmentSettings = z.output<typeof AlignmentSchema>;

/** Settings with `steps` and `warmup` in steps, for `count` examples or prompts. */
export function inSteps<S extends SftSettings | RlSettings>(settings: S, count: number): S {
  const [passes, perStep] =
    "batch" in settings ? [settings.epochs, settings.batch] : [settings.passes, settings.tasks];
  const steps = passes === 0 ? settings.steps : Math.max(1, Math.ceil((passes * count) / perStep));
  const warmup = settings.warmup < 1 ? Math.round(settings.warmup * steps) : settings.warmup;
  return { ...settings, steps, warmup };
}
