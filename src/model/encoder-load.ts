/** Encoders from and to Hugging Face checkpoint folders. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import { Generator, noGrad, openSafetensors, randn, saveShardedSafetensors, zeros } from "../torch/index.ts";
import type { DType, Tensor } from "../torch/index.ts";
import { encoderConfigJson, readEncoderConfig, type EncoderConfig } from "./encoder-config.ts";
import { encoderSpecs, headModule, headSpecs, poolerModule } from "./encoder-parameters.ts";
import { Encoder } from "./encoder.ts";
import { loadParameters } from "./load-parameters.ts";

export interface EncoderLoadOptions {
  /** Default: what the file has. */
  readonly dtype?: DType;
  /** A classification head for these classes with fresh weights, in place of any that the folder has. */
  readonly freshHead?: { readonly labels: readonly string[]; readonly seed: number };
}

/**
 * An encoder with the weights of `folder`, with a pooler and a head where the folder has them.
 * Throws InputError that names the file, the tensor and what was expected.
 */
export async function loadEncoder(folder: string, options: EncoderLoadOptions = {}): Promise<Encoder> {
  const { freshHead, ...load } = options;
  const stored = readEncoderConfig(folder);
  const config = freshHead === undefined ? stored : { ...stored, labels: freshHead.labels };
  const parts = partsOf(folder, config);
  if (freshHead !== undefined && config.architecture === "bert" && !parts.pooler)
    throw new InputError(`${folder}: expected ${poolerModule(config)}.weight, which a BERT head stands on`);
  const specs = encoderSpecs(config, { ...parts, head: parts.head && freshHead === undefined });
  const parameters = loadParameters(folder, specs, { ...load, alternatives });
  if (freshHead !== undefined) {
    const dtype = parameters.get(specs[0]!.name)!.dtype;
    for (const [name, value] of initialHead(config, freshHead.seed, dtype)) parameters.set(name, value);
  }
  return new Encoder(config, parameters);
}

function partsOf(folder: string, config: EncoderConfig): { pooler: boolean; head: boolean } {
  using checkpoint = openSafetensors(folder);
  const has = (module: string): boolean =>
    [`${module}.weight`, ...alternatives(`${module}.weight`)].some((name) => checkpoint.has(name));
  return { pooler: has(poolerModule(config)), head: has(headModule(config)) };
}

/** The bare encoder has no prefix; norms had other names once. */
function alternatives(name: string): string[] {
  const bare = name.replace(/^(bert|roberta)\./, "");
  const old = (one: string): string =>
    one.replace(/LayerNorm\.weight$/, "LayerNorm.gamma").replace(/LayerNorm\.bias$/, "LayerNorm.beta");
  return [bare, old(name), old(bare)].filter((one) => one !== name);
}

function initialHead(config: EncoderConfig, seed: number, dtype: DType): [string, Tensor][] {
  const generator = new Generator(seed);
  return noGrad(() =>
    headSpecs(config).map(({ name, shape, init }) => [
      name,
      init === "normal"
        ? randn(shape, { generator }).mul_(config.initStd).to({ dtype })
        : zeros(shape, { dtype }),
    ]),
  );
}

/** Writes what `transformers` loads. */
export async function saveEncoder(folder: string, model: Encoder): Promise<void> {
  await mkdir(folder, { recursive: true });
  saveShardedSafetensors(folder, bare(model));
  const file = join(folder, "config.json");
  const json = encoderConfigJson(model.config, model.hasHead, model.dtype);
  await writeFile(`${file}.part`, `${JSON.stringify(json, null, 2)}\n`);
  await rename(`${file}.part`, file);
}

/** The names of a model without a head are those of the bare encoder. */
function bare(model: Encoder): ReadonlyMap<string, Tensor> {
  if (model.hasHead) return model.parameters;
  return new Map(
    [...model.parameters].map(([name, value]) => [name.replace(/^(bert|roberta)\./, ""), value]),
  );
}
