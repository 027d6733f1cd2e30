/** Secure-code alignment, small and end to end: a reward model learns to tell weaknesses, and a policy is paid by its verdicts. */
import { defineRecipe } from "../src/runs/recipe.ts";
import { runAlignment } from "./alignment/run.ts";
import { AlignmentSchema } from "./alignment/settings.ts";

export const recipe = defineRecipe({
  name: "secure-alignment",
  description: "Secure-code alignment: reward model, GRPO against its verdicts, judged by real attacks",
  schema: AlignmentSchema,
  run: runAlignment,
});
