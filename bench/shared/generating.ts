/** What bench/generate.ts and bench/serve.ts measure with: a decoder with random weights, written as a checkpoint folder. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DecoderConfig } from "../../src/model/config.ts";
import { writeTinyDecoder } from "../../src/testing/tiny-decoder.ts";

const COMMON = { vocabSize: 32_768, kvHeads: 2, maxPositions: 1024, initStd: 0.02 };

/** Both ends of what small models are here. */
export const SIZES = {
  small: { ...COMMON, hiddenSize: 256, intermediateSize: 704, layers: 4, heads: 4 },
  large: { ...COMMON, hiddenSize: 512, intermediateSize: 1408, layers: 8, heads: 8 },
} satisfies Record<string, Partial<DecoderConfig>>;

export type Size = keyof typeof SIZES;

/** The folder is the caller's to remove. */
export async function writeModel(bench: string, size: Size): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), `ironbark-bench-${bench}-`));
  await writeTinyDecoder(folder, 1, SIZES[size]);
  return folder;
}
