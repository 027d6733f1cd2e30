/** How a model reaches its parameters: by name, or as a linear layer, which adapters may change. */
import { embedding, linear, type Tensor } from "../torch/index.ts";

export type Parameters = ReadonlyMap<string, Tensor>;

export interface Weights {
  /** What `get` knows, in checkpoint order, tied parameters under each of their names. */
  readonly names: ReadonlySet<string>;
  /** A parameter by its checkpoint name. */
  get(name: string): Tensor;
  /** x W^T + b, where W [out, in] is `MODULE.weight` and b, if the model has one, `MODULE.bias`. */
  linear(module: string, x: Tensor): Tensor;
  /** Rows of `MODULE.weight` for each id. */
  embedding(module: string, ids: Tensor): Tensor;
}

/** Layers over any way to find a parameter. */
export function weightsOf(names: ReadonlySet<string>, get: (name: string) => Tensor): Weights {
  return {
    names,
    get,
    linear: (module, x) => {
      const bias = `${module}.bias`;
      return linear(x, get(`${module}.weight`), names.has(bias) ? get(bias) : null);
    },
    embedding: (module, ids) => embedding(get(`${module}.weight`), ids),
  };
}

/** The parameters as they are. `aliases` are names that stand for others (a tied head for the embeddings). */
export function plainWeights(
  parameters: Parameters,
  aliases: Readonly<Record<string, string>> = {},
): Weights {
  const names = new Set([...parameters.keys(), ...Object.keys(aliases)]);
  return weightsOf(names, (name) => parameters.get(aliases[name] ?? name)!);
}
