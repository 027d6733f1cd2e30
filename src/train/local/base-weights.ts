/** What a policy's adapter stands before, or what is trained itself: parameters as they are, or matrices in four bits. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DecoderConfig } from "../../model/config.ts";
import { decoderWeights, initialParameters } from "../../model/decoder.ts";
import { toNf4, type Nf4 } from "../../model/nf4.ts";
import { codesFile, isQuantised, loadCodes, nf4Weights, saveCodes } from "../../model/nf4-weights.ts";
import { parameterSpecs } from "../../model/parameters.ts";
import type { Weights } from "../../model/weights.ts";
import { dispose, keep, saveSafetensors, type Tensor } from "../../torch/index.ts";
import { copyWeights, readWeight } from "./copy-weights.ts";

export const WEIGHTS = "model.safetensors";

export interface BaseWeights {
  readonly weights: Weights;
  /** Parameters that are kept as they are. */
  readonly plain: ReadonlyMap<string, Tensor>;
  /** Every parameter, expanded where it is in four bits; new tensors belong to the scope of the caller. */
  all(): Map<string, Tensor>;
  /** So that `load` finds the same bits. */
  save(folder: string): void;
  /** What `save` wrote, or the weights of any checkpoint. Throws InputError naming file and tensor. */
  load(folder: string): void;
  dispose(): void;
}

/** Fresh weights. */
export function fullBase(config: DecoderConfig, seed: number): BaseWeights {
  const plain = initialParameters(config, seed);
  return {
    weights: decoderWeights(config, plain),
    plain,
    all: () => new Map(plain),
    save: (folder) => saveSafetensors(join(folder, WEIGHTS), plain),
    load: (folder) => copyWeights(join(folder, WEIGHTS), plain),
    dispose: () => dispose(plain),
  };
}

/** Fresh weights of which the layers' matrices are in four bits, made one at a time. */
export function nf4Base(config: DecoderConfig, seed: number): BaseWeights {
  const codes = new Map<string, Nf4>();
  const plain = initialParameters(config, seed, (name, parameter) => {
    if (!isQuantised(name)) return false;
    codes.set(name, toNf4(parameter));
    parameter.dispose();
    return true;
  });
  const replace = (name: string, four: Nf4): void => {
    dispose(codes.get(name));
    codes.set(name, four);
  };
  const specs = parameterSpecs(config);
  const quantised = specs.filter(({ name }) => isQuantised(name));
  const weights = nf4Weights(decoderWeights(config, plain), codes);
  return {
    weights,
    plain,
    all: () => new Map(specs.map(({ name }) => [name, weights.get(name)])),
    save: (folder) => {
      saveSafetensors(join(folder, WEIGHTS), plain);
      saveCodes(folder, codes);
    },
    load: (folder) => {
      const file = join(folder, WEIGHTS);
      copyWeights(file, plain);
      if (existsSync(codesFile(folder)))
        for (const [name, four] of loadCodes(folder, quantised)) replace(name, four);
      else
        for (const { name, shape } of quantised) {
          using weight = keep(readWeight(file, name, shape));
          replace(name, toNf4(weight));
        }
    },
    dispose: () => {
      weights.dispose();
      dispose(plain);
    },
  };
}
