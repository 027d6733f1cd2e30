/** A base model with the matrices of its layers in four bits, for adapters to train before (QLoRA, Dettmers et al. 2023). */
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import {
  dispose,
  keep,
  linear,
  noGrad,
  openSafetensors,
  saveSafetensors,
  tidy,
  type Checkpoint,
  type DType,
  type Tensor,
} from "../torch/index.ts";
import { expand, nf4Tables, toNf4, type Nf4 } from "./nf4.ts";
import type { ParameterSpec } from "./parameters.ts";
import type { Weights } from "./weights.ts";

/** Matrices of the layers: not the embeddings, the head and the norms. */
export const isQuantised = (name: string): boolean => /\.layers\.\d+\..*_proj\.weight$/.test(name);

/** Base weights of which some are in four bits. */
export interface Nf4Weights extends Weights {
  /** Of what is in four bits. */
  readonly bytes: number;
  dispose(): void;
}

/**
 * Each of `codes` is expanded when its layer is computed and let go afterwards. A backward pass keeps what it needs of
 * them, so that only with gradient checkpointing one layer at a time is expanded. `base` has everything else; the
 * result owns the codes. By default all that `isQuantised` names is quantised, and the caller may free its originals.
 */
export function nf4Weights(
  base: Weights,
  codes: ReadonlyMap<string, Nf4> = quantise(base),
  dtype: DType = "float32",
): Nf4Weights {
  const [first] = codes.values();
  const tables = nf4Tables(first?.packed.device ?? "cpu");
  const get = (name: string): Tensor => {
    const four = codes.get(name);
    return four === undefined ? base.get(name) : tidy(() => noGrad(() => expand(four, tables, dtype)));
  };
  return {
    names: new Set([...base.names, ...codes.keys()]),
    bytes: [...codes.values()].reduce((sum, one) => sum + nf4Bytes(one), 0),
    get,
    // In a scope of its own, so that an expanded weight does not outlive its layer.
    linear: (module, x) =>
      tidy(() => {
        const bias = `${module}.bias`;
        return linear(x, get(`${module}.weight`), base.names.has(bias) ? base.get(bias) : null);
      }),
    embedding: (module, ids) => base.embedding(module, ids),
    dispose: () => dispose([tables, codes]),
  };
}

function quantise(base: Weights): Map<string, Nf4> {
  return new Map([...base.names].filter(isQuantised).map((name) => [name, toNf4(base.get(name))]));
}

export const nf4Bytes = ({ packed, scales, scalesOfScales }: Nf4): number =>
  packed.numel + scales.numel + 4 * scalesOfScales.numel + 4;

const PARTS = ["packed", "scales", "scalesOfScales", "offset"] as const;
const FILE = "base.nf4.safetensors";

/** The file of a folder that holds codes. */
export const codesFile = (folder: string): string => join(folder, FILE);

/** Expanding and quantising again would move the scales, so the codes themselves are kept. */
export function saveCodes(folder: string, codes: ReadonlyMap<string, Nf4>): void {
  const parts = [...codes].flatMap(([name, four]) =>
    PARTS.map((part) => [`${name}.${part}`, four[part]] as const),
  );
  saveSafetensors(codesFile(folder), new Map(parts));
}

/** For these matrices, kept. Throws InputError that names the file and the tensor. */
export function loadCodes(folder: string, specs: readonly ParameterSpec[]): Map<string, Nf4> {
  const file = codesFile(folder);
  using stored = openSafetensors(file);
  return new Map(specs.map(({ name, shape }) => [name, codesOf(stored, file, name, shape)]));
}

function codesOf(stored: Checkpoint, file: string, name: string, shape: readonly number[]): Nf4 {
  const bytes = Math.ceil(shape.reduce((a, b) => a * b, 1) / 64) * 32;
  const part = (which: (typeof PARTS)[number], dtype: DType): Tensor => {
    const key = `${name}.${which}`;
    if (!stored.has(key)) throw new InputError(`${file}: there is no tensor ${key}`);
    return keep(stored.converted(key, dtype));
  };
  const packed = part("packed", "uint8");
  if (packed.numel !== bytes)
    throw new InputError(
      `${file}: tensor ${name}.packed: expected ${bytes} bytes for shape [${shape.join(", ")}], found ${packed.numel}`,
    );
  return {
    shape,
    packed,
    scales: part("scales", "uint8"),
    scalesOfScales: part("scalesOfScales", "float32"),
    offset: part("offset", "float32"),
  };
}
