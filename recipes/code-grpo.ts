/** GRPO on the tasks of `code-ppo`: groups of programs for one task, compared by what happened when they ran. */
import { z } from "zod";
import { defineRecipe } from "../src/runs/recipe.ts";
import { runPractice } from "./code/practice-run.ts";
import { GrpoSchema, PRACTICE_RUN } from "./code/settings.ts";
import { practiseGrpo } from "./code/train.ts";

const schema = z.strictObject({ ...PRACTICE_RUN, grpo: GrpoSchema.prefault({}) });

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
