/** Reads weights from a file into parameters that exist. */
import { InputError } from "../../core/errors.ts";
import { noGrad, openSafetensors, type Checkpoint, type Tensor } from "../../torch/index.ts";

/** Throws InputError that names the file and the first parameter that is missing or has another shape. */
export function copyWeights(file: string, parameters: ReadonlyMap<string, Tensor>): void {
  using stored = openSafetensors(file);
  noGrad(() => {
    for (const [name, parameter] of parameters) {
      using value = checked(stored, name, parameter.shape);
      parameter.copy_(value);
    }
  });
}

/** One weight in memory of its own. Throws InputError as `copyWeights`. */
export function readWeight(file: string, name: string, shape: readonly number[]): Tensor {
  using stored = openSafetensors(file);
  using value = checked(stored, name, shape);
  return noGrad(() => value.clone());
}

function checked(stored: Checkpoint, name: string, shape: readonly number[]): Tensor {
  const found = stored.has(name) ? stored.entry(name).shape : undefined;
  if (found === undefined || found.join() !== shape.join()) {
    const instead = found === undefined ? "nothing" : `[${found.join(", ")}]`;
    throw new InputError(`${stored.path}: ${name}: [${shape.join(", ")}] was expected, found ${instead}`);
  }
  return stored.tensor(name);
}
