/** PPO on programming tasks: the reward is running the program, a value net learns beside the policy. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { defineRecipe } from "../src/runs/recipe.ts";
import type { KlControl } from "../src/train/ppo/index.ts";
import { runPractice } from "./code/practice-run.ts";
import { PpoSchema, PRACTICE_RUN } from "./code/settings.ts";
import { klControl, practisePpo } from "./code/train.ts";

const KL_FILE = "kl.json";

const schema = z.strictObject({ ...PRACTICE_RUN, ppo: PpoSchema.prefault({}) });

export const recipe = defineRecipe({
  name: "code-ppo",
  description: "PPO with a value net on programming tasks, rewarded by running the programs",
  schema,
  run(config, context) {
    let kl: KlControl = klControl(config.ppo);
    return runPractice(config, context, {
      job: "ppo",
      valueRate: config.ppo.valueRate,
      begin: (backend) => backend.startPpo(),
      train: async (practice, resumed) => {
        kl = klControl(config.ppo, resumed === undefined ? undefined : await readCoefficient(resumed));
        await practisePpo(practice, config.ppo, kl);
      },
      save: (folder) => writeFile(join(folder, KL_FILE), JSON.stringify({ coefficient: kl.coefficient })),
    });
  },
});

const readCoefficient = async (folder: string): Promise<number> =>
  (JSON.parse(await readFile(join(folder, KL_FILE), "utf8")) as { coefficient: number }).coefficient;
