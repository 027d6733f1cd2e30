/** Settings of the recipe http-triage. */
import { z } from "zod";
import { HTTP_CATEGORIES } from "../../src/core/index.ts";
import { LoraSettingsSchema } from "../../src/envs/http/train.ts";
import { POOLINGS } from "../../src/model/dual/head.ts";

const shape = z.strictObject({
  hidden: z.array(z.int().positive()).default([64]),
  pooling: z.enum(POOLINGS).default("last"),
});

/** An analysis of at least and at most so many tokens. */
const bounds = z.strictObject({ min: z.int().nonnegative(), max: z.int().nonnegative() });

export const TriageSchema = z.strictObject({
  seed: z.int().default(1),
  categories: z.array(z.enum(HTTP_CATEGORIES)).min(1).default(["HTTP_HEADERS", "XSS"]),
  /** Pairs of all categories together. Training, practice: train templates; validation: dev; the rest: test. */
  data: z
    .strictObject({
      train: z.int().positive().default(12_000),
      /** Never shown in fine-tuning: failures are collected on them, and heads are trained on their states. */
      practice: z.int().positive().default(8_000),
      validation: z.int().positive().default(2_000),
      /** Of dev templates: failures on which reflection is judged. */
      heldOut: z.int().positive().default(8_000),
      test: z.int().positive().default(2_000),
    })
    .prefault({}),
  model: z
    .strictObject({
      vocabulary: z.int().min(400).default(2048),
      hiddenSize: z.int().positive().default(128),
      intermediateSize: z.int().positive().default(256),
      layers: z.int().positive().default(3),
      heads: z.int().positive().default(4),
    })
    .prefault({}),
  /** There is no pretrained model here: all weights are trained on the training pairs first. */
  base: z
    .strictObject({
      steps: z.int().positive().default(1_400),
      batch: z.int().positive().default(24),
      learningRate: z.number().positive().default(0.003),
      warmup: z.int().nonnegative().default(40),
    })
    .prefault({}),
  demonstrations: z
    .strictObject({
      verdictWeight: z.number().positive().default(4),
      engineered: z.number().min(0).max(1).default(0.15),
      maxAnalysis: z.int().positive().default(160),
      /** Share of pairs that also show a reflection. */
      reflections: z.number().min(0).max(1).default(0.2),
    })
    .prefault({}),
  lora: LoraSettingsSchema.prefault({}),
  sft: z
    .strictObject({
      steps: z.int().positive().default(200),
      batch: z.int().positive().default(24),
      learningRate: z.number().positive().default(0.001),
      warmup: z.int().nonnegative().default(10),
    })
    .prefault({}),
  reflect: z
    .strictObject({
      steps: z.int().positive().default(40),
      /** Of first answers; 0 and 0: the verdict alone. */
      bounds: bounds.default({ min: 0, max: 0 }),
      failures: z.int().positive().default(12),
      successes: z.int().nonnegative().default(12),
      reflections: z.int().min(2).default(8),
      maxTokens: z.int().positive().default(64),
      temperature: z.number().positive().default(1),
      learningRate: z.number().positive().default(5e-4),
      /** Every so many steps both arms are scored on held-out failures of their own, and the best weights are kept. */
      checkEvery: z.int().positive().default(8),
      /** Failures of earlier evaluations to practise on too; those of held-out templates are left out. */
      failureSet: z.string().default("").describe("failures.jsonl of ironbark eval http; empty: none"),
      /** New pairs that the policy answers at each step, to practise on failures as they come; 0: on collected ones alone. */
      fresh: z.int().nonnegative().default(0),
      /** Held-out failures, and as many right answers, at most: a third chooses weights, the arms are compared on the rest. */
      compared: z.int().positive().default(400),
    })
    .prefault({}),
  head: z
    .strictObject({
      /** Of the practice pairs of a category, the first ones. */
      pairs: z.int().positive().default(2_500),
      shapes: z
        .array(shape)
        .min(1)
        .default([
          { hidden: [64], pooling: "last" },
          { hidden: [64], pooling: "mean" },
          { hidden: [64], pooling: "attention" },
        ]),
      epochs: z.int().positive().default(30),
      batch: z.int().positive().default(64),
      learningRate: z.number().positive().default(0.002),
      weightDecay: z.number().nonnegative().default(0.01),
      /** On validation, so that 0.05 holds on templates that nobody has seen. */
      maxFalsePositiveRate: z.number().min(0).max(1).default(0.02),
    })
    .prefault({}),
  eval: z
    .strictObject({
      /** Bounds of analyses for Control and Scaling, on the first test pairs of each category. */
      bounds: z.array(bounds).default([
        { min: 0, max: 0 },
        { min: 8, max: 40 },
        { min: 32, max: 96 },
        { min: 64, max: 160 },
      ]),
      pairs: z.int().positive().default(100),
    })
    .prefault({}),
  threads: z.int().positive().default(2),
});
export type TriageSettings = z.output<typeof TriageSchema>;
