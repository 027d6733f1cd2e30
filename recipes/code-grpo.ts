/** GRPO on the tasks of `code-ppo`: groups of programs for one task, compared by what happened when they ran. */
import { z } from "zod";
import { defineRecipe } from "../src/runs/recipe.ts";
import { runPractice } from "./code/practice-run.ts";
import {
  AnswerSchema,
  EvalSchema,
  GrpoSchema,
  ModelSchema,
  PracticeSchema,
  RewardSchema,
  SftSchema,
  StartSchema,
  TaskSchema,
} from "./code/settings.ts";
import { practiseGrpo } from "./code/train.ts";

const schema = z.strictObject({
  seed: z.int().default(1),
  start: StartSchema,
  reward: RewardSchema.default("partial-credit"),
  tasks: TaskSchema.prefault({}),
  model: ModelSchema.prefault({}),
  answers: AnswerSchema.prefault({}),
  sft: SftSchema.prefault({}),
  practice: PracticeSchema.prefault({}),
  grpo: GrpoSchema.prefault({}),
  eval: EvalSchema.prefault({}),
  saveEvery: z.int().positive().default(10),
  threads: z.int().positive().default(2),
  sandboxes: z.int().positive().default(2),
});

export const recipe = defineRecipe({
  name: "code-grpo",
  description: "GRPO on programming tasks, rewarded by running the programs",
  schema,
  run: (config, context) =>
    runPractice(config, context, {
      job: "grpo",
      begin: async (backend) => {
        if (config.grpo.beta > 0) await backend.freezeReference();
      },
      train: (practice) => practiseGrpo(practice, config.grpo),
    }),
});
