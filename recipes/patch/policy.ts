/** The small policy of the patch recipes: its shape, and the engine that trains and samples it. */
import { z } from "zod";
import type { Dialect } from "../../src/envs/patch/dialect/index.ts";
import { LocalBackend } from "../../src/train/local/backend.ts";
import type { OptimizerConfig } from "../../src/train/local/optimizer.ts";
import { smallDecoder } from "../../src/train/local/small.ts";

export const ModelSchema = z.strictObject({
  hiddenSize: z.int().positive().default(192),
  intermediateSize: z.int().positive().default(512),
  layers: z.int().positive().default(5),
  heads: z.int().positive().default(3),
  kvHeads: z.int().positive().default(3),
});
export type ModelShape = z.output<typeof ModelSchema>;

export interface PolicySettings {
  readonly dialect: Dialect;
  readonly shape: ModelShape;
  readonly seed: number;
  readonly optimizer: OptimizerConfig;
  readonly maxGradNorm: number;
  readonly precision: "fp32" | "bf16";
  /** Each computes with a replica of the model. */
  readonly threads: number;
}

const CONSTRAINTS = new URL("../../src/envs/patch/dialect/constraints.ts", import.meta.url);

export function startPolicy({
  dialect,
  shape,
  seed,
  optimizer,
  maxGradNorm,
  precision,
  threads,
}: PolicySettings): LocalBackend {
  const { vocabulary } = dialect;
  return new LocalBackend(
    {
      engine: {
        model: smallDecoder(shape, vocabulary.size, 4096),
        seed,
        stopToken: vocabulary.marks.end,
        padToken: vocabulary.marks.pad,
        optimizer,
        maxGradNorm,
        precision,
        tokensPerBatch: 1024,
      },
      // Compiled recipes load the compiled module.
      constraintModule: import.meta.url.endsWith(".ts")
        ? CONSTRAINTS.href
        : CONSTRAINTS.href.replace(/\.ts$/, ".js"),
    },
    threads,
  );
}
