/** A decoder of a few thousand random weights with a byte-level tokenizer, as a folder: what it says is noise. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DecoderConfig } from "../model/config.ts";
import { Decoder, decoderWeights, initialParameters } from "../model/decoder.ts";
import { saveDecoder } from "../model/load.ts";
import { loraConfig } from "../model/lora/config.ts";
import { initialAdapter } from "../model/lora/adapter.ts";
import { saveAdapter } from "../model/lora/folder.ts";
import { trainTokenizer } from "../model/tokenizer-train.ts";
import { dispose, noGrad, tidy } from "../torch/index.ts";

const SPECIAL = ["<|end|>", "<|pad|>"];
const VOCABULARY = 256 + SPECIAL.length;

const CONFIG: DecoderConfig = {
  vocabSize: VOCABULARY,
  hiddenSize: 16,
  intermediateSize: 32,
  layers: 1,
  heads: 2,
  kvHeads: 2,
  ropeTheta: 10000,
  normEps: 1e-6,
  tiedHead: true,
  maxPositions: 512,
  initStd: 0.2,
};

/** `sizes` in place of the tiny ones, for measurements. */
export async function writeTinyDecoder(
  folder: string,
  seed = 1,
  sizes: Partial<DecoderConfig> = {},
): Promise<void> {
  const config = { ...CONFIG, ...sizes };
  const parameters = initialParameters(config, seed);
  try {
    await saveDecoder(folder, new Decoder(config, parameters), { eos: 256, pad: 257 });
  } finally {
    dispose(parameters);
  }
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(trainTokenizer([], VOCABULARY, SPECIAL)));
  const settings = { tokenizer_class: "PreTrainedTokenizerFast", eos_token: "<|end|>", pad_token: "<|pad|>" };
  writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify(settings));
}

/** A LoRA adapter for it, as a PEFT folder, which changes what it says. */
export async function writeTinyAdapter(folder: string, seed: number): Promise<void> {
  const parameters = initialParameters(CONFIG, 1);
  const config = loraConfig({ rank: 2, alpha: 64, targets: ["q_proj", "v_proj", "down_proj"], base: "tiny" });
  const adapter = initialAdapter(config, decoderWeights(CONFIG, parameters), seed);
  // A fresh adapter changes nothing: its B is zero.
  for (const { a, b } of adapter.pairs.values()) tidy(() => noGrad(() => b.add_(a.sum())));
  await saveAdapter(folder, adapter);
  dispose([parameters, adapter.pairs]);
}
