/** Settings that the quickstart and its control share, so that they start from the same place and are judged alike. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { InputError } from "../../src/core/errors.ts";

/** The starter checkpoint that comes with the project, made by `ironbark run starter`. */
const STARTER = fileURLToPath(new URL("./starter", import.meta.url)).replace(
  /([\\/])dist[\\/](recipes[\\/])/,
  "$1$2",
);

export const EvalSchema = z.strictObject({
  /** Applications per split. */
  count: z.int().positive().default(210),
  /** Of held-out families, after training: what is claimed about them needs a narrow interval. */
  familiesAfter: z.int().positive().default(420),
  maxTurns: z.int().positive().max(15).default(5),
  /** 0 is greedy; above it an attempt after a failed one is not the same again. Drawn from the run's seed. */
  temperature: z.number().nonnegative().default(0.7),
  maxTokens: z.int().positive().default(96),
});

export const StartSchema = z
  .string()
  .default("")
  .describe("Checkpoint folder to start from; empty: the project's own starter");

/** The folder of the starting checkpoint. Throws InputError when it lacks weights. */
export function startFolder(start: string): string {
  const folder = start === "" ? STARTER : start;
  if (!existsSync(join(folder, "model.safetensors"))) {
    throw new InputError(
      `${folder}: no model.safetensors; a checkpoint made by "ironbark run starter" was expected`,
    );
  }
  return folder;
}
