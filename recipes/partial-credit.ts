/**
 * Does partial credit teach more than all-or-nothing? After SecureCodeRL (LCTES 2026): the same short supervised start,
 * then PPO with the binary reward, with partial credit, with binary turned into partial credit half-way, and GRPO with
 * partial credit; the same steps on the same tasks from the same seeds, judged on tasks that none of them saw.
 */
import { defineRecipe } from "../src/runs/recipe.ts";
import { ARMS, playArm, readArms, type Arm } from "./code/arms.ts";
import { judgeExperiment, writeExperimentReport } from "./code/experiment-report.ts";
import { ExperimentSchema } from "./code/settings.ts";
import { inWorkshop } from "./code/workshop.ts";

export const recipe = defineRecipe({
  name: "partial-credit",
  description: "Partial credit against all-or-nothing: SFT, three kinds of PPO and GRPO on programming tasks",
  schema: ExperimentSchema,
  run: (config, context) =>
    inWorkshop(config, context.run.dir, "", async (workshop) => {
      const { run, emit } = context;
      const seeds = Array.from({ length: config.repetitions }, (_, i) => config.seed + i);
      const plan = seeds.flatMap((seed) => ARMS.map((arm): { seed: number; arm: Arm } => ({ seed, arm })));
      let offset = 0;
      for (const { seed, arm } of plan) {
        const steps = arm === "sft" ? config.sft.steps : config.practice.steps;
        await playArm({ workshop, config, context, seed, arm, offset });
        offset += steps;
      }
      const results = readArms(run.dir, seeds);
      const verdict = judgeExperiment(results, config.seed);
      emit({ kind: "note", text: verdict.table });
      writeExperimentReport(run, verdict);
      const { metrics, passed } = verdict;
      return {
        status: passed ? "done" : "failed",
        metrics: {
          ...metrics,
          programs_run: workshop.arena.work.graded,
          held_out_tasks: workshop.heldOut.length,
        },
      };
    }),
});
