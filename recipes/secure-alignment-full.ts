/**
 * The alignment of SecCoderX at its published size, through the code of `secure-alignment`: other names and numbers.
 * Published: the models, cut-off, passes, samples, temperature and lengths. Batch sizes and rates of reinforcement are ours.
 */
import { z } from "zod";
import { defineRecipe } from "../src/runs/recipe.ts";
import { deepMerge } from "./alignment/merge.ts";
import { runAlignment } from "./alignment/run.ts";
import { AlignmentSchema } from "./alignment/settings.ts";

const PUBLISHED = {
  data: {
    reasoned: "data/reasoned.jsonl",
    prompts: "data/prompts.jsonl",
  },
  /** Two engines of the trained reward model; `samplers` names endpoints instead. */
  judge: { workers: 2, batch: 64, template: "cwe", maxTokens: 4096 },
  rewardModel: {
    start: "models/Qwen3-8B",
    maxPositions: 40_960,
    precision: "bf16",
    tokensPerBatch: 20_480,
    optimizer: "adamw",
  },
  coldStart: { epochs: 3, batch: 64, learningRate: 1e-5, warmup: 0.1, promptWeight: 0, maxTokens: 20_480 },
  detect: {
    passes: 1,
    tasks: 128,
    learningRate: 1e-6,
    promptTokens: 8192,
    maxTokens: 4096,
    scaling: "group",
  },
  policy: {
    start: "models/Qwen2.5-Coder-7B-Instruct",
    maxPositions: 32_768,
    precision: "bf16",
    tokensPerBatch: 20_480,
    optimizer: "adamw",
  },
  /** The published policy is an instruction model as it is. */
  demonstrate: { steps: 0 },
  align: { passes: 5, tasks: 128, learningRate: 1e-6, promptTokens: 2048, maxTokens: 3072, scaling: "group" },
};

export const recipe = defineRecipe({
  name: "secure-alignment-full",
  description: "Secure-code alignment at SecCoderX's size: an 8B reward model and a 7B policy",
  schema: z.preprocess((settings) => deepMerge(PUBLISHED, settings ?? {}), AlignmentSchema),
  run: runAlignment,
});
