/** A decoder of a few thousand random weights with a byte-level tokenizer, as a folder: what it says is noise. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DecoderConfig } from "../model/config.ts";
import { Decoder, initialParameters } from "../model/decoder.ts";
import { saveDecoder } from "../model/load.ts";
import { trainTokenizer } from "../model/tokenizer-train.ts";
import { dispose } from "../torch/index.ts";

const SPECIAL = ["<|end|>", "<|pad|>"];
const VOCABULARY = 256 + SPECIAL.length;

export async function writeTinyDecoder(folder: string, seed = 1): Promise<void> {
  const config: DecoderConfig = {
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
