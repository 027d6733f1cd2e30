/** A model's parameters out of a checkpoint folder, each checked against what the model needs. */
import { InputError } from "../core/errors.ts";
import { openSafetensors, type Checkpoint, type DType, type Tensor } from "../torch/index.ts";
import type { ParameterSpec } from "./parameters.ts";

export interface ParameterOptions {
  /** Default: that of the first parameter in the file. */
  readonly dtype?: DType;
  /** Other names under which older or partial checkpoints hold a parameter. */
  readonly alternatives?: (name: string) => readonly string[];
}

const FLOATING: readonly DType[] = ["float32", "bfloat16", "float16", "float64"];

/**
 * Tensors that are as the file has them are pages of it, read when first used; the others are converted one by one.
 * What the file has beyond `specs` is left alone. Throws InputError naming file, tensor and expectation.
 */
export function loadParameters(
  folder: string,
  specs: readonly Pick<ParameterSpec, "name" | "shape">[],
  options: ParameterOptions = {},
): Map<string, Tensor> {
  using checkpoint = openSafetensors(folder);
  const found = specs.map((spec) => ({ name: spec.name, stored: locate(checkpoint, spec, options) }));
  const dtype = options.dtype ?? checkpoint.entry(found[0]!.stored).dtype;
  return new Map(
    found.map(({ name, stored }) => {
      const asIs = checkpoint.entry(stored).dtype === dtype;
      return [name, asIs ? checkpoint.tensor(stored) : checkpoint.converted(stored, dtype)];
    }),
  );
}

/** The name that a parameter has in the checkpoint, where its shape and element type are right. */
function locate(
  checkpoint: Checkpoint,
  { name, shape }: Pick<ParameterSpec, "name" | "shape">,
  { alternatives }: ParameterOptions,
): string {
  const stored = [name, ...(alternatives?.(name) ?? [])].find((one) => checkpoint.has(one));
  const wanted = `[${shape.join(", ")}]`;
  if (stored === undefined)
    throw new InputError(
      `${checkpoint.path}: there is no tensor ${name}; one of shape ${wanted} was expected`,
    );
  const entry = checkpoint.entry(stored);
  const at = `${checkpoint.fileOf(stored)}: tensor ${stored}`;
  if (entry.shape.join() !== shape.join())
    throw new InputError(
      `${at}: expected shape ${wanted} as config.json says, found [${entry.shape.join(", ")}]`,
    );
  if (!FLOATING.includes(entry.dtype))
    throw new InputError(`${at}: expected one of ${FLOATING.join(", ")}, found ${entry.dtype}`);
  return stored;
}
