/** Decoders from and to Hugging Face checkpoint folders. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { saveShardedSafetensors, type DType, type Tensor } from "../torch/index.ts";
import { configJson, readConfig } from "./config.ts";
import { Decoder } from "./decoder.ts";
import { loadParameters } from "./load-parameters.ts";
import { HEAD, parameterSpecs } from "./parameters.ts";

export interface LoadOptions {
  /** Default: what the file has, whose pages are then mapped and read when first used. */
  readonly dtype?: DType;
}

/**
 * A decoder with the weights of `folder`. Throws InputError that names the file, the tensor and what was expected.
 * Its parameters belong to the current scope.
 */
export async function loadDecoder(folder: string, options: LoadOptions = {}): Promise<Decoder> {
  const config = await readConfig(folder);
  return new Decoder(
    config,
    loadParameters(folder, parameterSpecs(config), {
      ...options,
      // A checkpoint of the bare decoder, without its head, has no prefix.
      alternatives: (name) => (name === HEAD ? [] : [name.replace(/^model\./, "")]),
    }),
  );
}

/** Ids of the tokens that end a text and that fill a batch. */
export interface EndTokens {
  readonly eos: number;
  readonly pad: number;
}

/** Writes what `transformers` loads; above `maxShardBytes` (default 5 GB) in shards. */
export async function saveDecoder(
  folder: string,
  model: Decoder,
  tokens: EndTokens,
  options: { readonly maxShardBytes?: number; readonly parameters?: ReadonlyMap<string, Tensor> } = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { parameters = model.parameters, ...shards } = options;
  saveShardedSafetensors(folder, parameters, shards);
  const json = configJson(model.config, tokens.eos, tokens.pad, model.dtype);
  const file = join(folder, "config.json");
  await writeFile(`${file}.part`, `${JSON.stringify(json, null, 2)}\n`);
  await rename(`${file}.part`, file);
}
