/** How a model reaches its parameters: by name, or as a linear layer, which adapters may change. */
import { embedding, linear, type Tensor } from "../torch/index.ts";

export type Parameters = ReadonlyMap<string, Tensor>;

export interface Weights {
  /** A parameter by its checkpoint name. */
  get(name: string): Tensor;
  /** x W^T + b, where W [out, in] is `MODULE.weight` and b, if the model has one, `MODULE.bias`. */
  linear(module: string, x: Tensor): Tensor;
  /** Rows of `MODULE.weight` for each id. */
  embedding(module: string, ids: Tensor): Tensor;
}

/** The parameters as they are. `aliases` are names that stand for others (a tied head for the embeddings). */
export function plainWeights(
  parameters: Parameters,
  aliases: Readonly<Record<string, string>> = {},
): Weights {
  const get = (name: string): Tensor => parameters.get(aliases[name] ?? name)!;
  return {
    get,
    linear: (module, x) => linear(x, get(`${module}.weight`), parameters.get(`${module}.bias`) ?? null),
    embedding: (module, ids) => embedding(get(`${module}.weight`), ids),
  };
}
