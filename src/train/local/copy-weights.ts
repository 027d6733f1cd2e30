/** Reads weights from a file into parameters that exist. */
import { InputError } from "../../core/errors.ts";
import { dispose, loadSafetensors, noGrad, type Tensor } from "../../torch/index.ts";

/** Throws InputError that names the file and the first parameter that is missing or has another shape. */
export function copyWeights(file: string, parameters: ReadonlyMap<string, Tensor>): void {
  const weights = loadSafetensors(file);
  try {
    noGrad(() => {
      for (const [name, parameter] of parameters) {
        const value = weights.get(name);
        if (value === undefined || value.shape.join() !== parameter.shape.join()) {
          const found = value === undefined ? "nothing" : `[${value.shape.join(", ")}]`;
          throw new InputError(
            `${file}: ${name}: [${parameter.shape.join(", ")}] was expected, found ${found}`,
          );
        }
        parameter.copy_(value);
      }
    });
  } finally {
    dispose(weights);
  }
}
