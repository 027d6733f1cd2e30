/** A model's weights with adapters before them: one at a time, switched, off, or merged in. */
import { InputError } from "../../core/errors.ts";
import {
  dispose,
  embedding,
  emptyLike,
  Generator,
  keep,
  linear,
  noGrad,
  op,
  tidy,
  type Tensor,
} from "../../torch/index.ts";
import { hash32 } from "../../util/rng.ts";
import { weightsOf, type Weights } from "../weights.ts";
import type { Adapter, LoraPair } from "./adapter.ts";

interface Entry {
  readonly adapter: Adapter;
  /** The layers' weights with the adapter in them, by parameter name, once merged. */
  merged: ReadonlyMap<string, Tensor> | undefined;
}

/** Give it to a model as its weights: `new Decoder(config, parameters, adapters)`. */
export class Adapters implements Weights {
  readonly names: ReadonlySet<string>;
  readonly #base: Weights;
  readonly #entries = new Map<string, Entry>();
  #active: Entry | undefined;
  #dropout: string | undefined;

  constructor(base: Weights) {
    this.names = base.names;
    this.#base = base;
  }

  /** Takes over the adapter, which `dispose` frees. It is not used before `use`. */
  add(name: string, adapter: Adapter): void {
    if (this.#entries.has(name)) throw new InputError(`there is an adapter ${name} already`);
    this.#entries.set(name, { adapter, merged: undefined });
  }

  /** Frees an adapter. In use, the base model takes its place. */
  remove(name: string): void {
    const entry = this.#entry(name);
    if (this.#active === entry) this.use(undefined);
    this.#entries.delete(name);
    free(entry);
  }

  /** Switches to an adapter, or with undefined to the base model. */
  use(name: string | undefined): void {
    this.#active = name === undefined ? undefined : this.#entry(name);
  }

  /** Runs `body` on the base model: the reference policy of a training that started there. */
  without<T>(body: () => T): T {
    const active = this.#active;
    this.#active = undefined;
    try {
      return body();
    } finally {
      this.#active = active;
    }
  }

  /** Dropout is on while there is a seed. A layer that is computed again with the same seed drops the same. */
  setDropout(seed: string | undefined): void {
    this.#dropout = seed;
  }

  /** The weights with an adapter, or without any, whichever is in use. Nothing is dropped. */
  view(name: string | undefined): Weights {
    const entry = name === undefined ? undefined : this.#entry(name);
    return {
      names: this.names,
      get: (parameter) => this.#get(entry, parameter),
      linear: (module, x) => this.#linear(entry, module, x, undefined),
      embedding: (module, ids) => embedding(this.#get(entry, `${module}.weight`), ids),
    };
  }

  get(name: string): Tensor {
    return this.#get(this.#active, name);
  }

  embedding(module: string, ids: Tensor): Tensor {
    return embedding(this.get(`${module}.weight`), ids);
  }

  linear(module: string, x: Tensor): Tensor {
    return this.#linear(this.#active, module, x, this.#dropout);
  }

  #get(entry: Entry | undefined, name: string): Tensor {
    return entry?.adapter.replaced.get(name) ?? entry?.merged?.get(name) ?? this.#base.get(name);
  }

  #linear(entry: Entry | undefined, module: string, x: Tensor, dropout: string | undefined): Tensor {
    if (entry === undefined) return this.#base.linear(module, x);
    const { adapter, merged } = entry;
    const own = [`${module}.weight`, `${module}.bias`];
    const changed = own.some((name) => adapter.replaced.has(name) || merged?.has(name) === true);
    // The base's own way wherever it can be: a quantised one frees what it expands.
    const out = changed
      ? weightsOf(this.names, (name) => this.#get(entry, name)).linear(module, x)
      : this.#base.linear(module, x);
    const pair = adapter.pairs.get(module);
    if (pair === undefined || merged !== undefined) return out;
    const input = drop(cast(x, pair.a), adapter.config.dropout, dropout && `${dropout}/${module}`);
    const change = linear(linear(input, pair.a), pair.b).mul(pair.scale);
    return cast(out.add(change), out);
  }

  /** Computes the adapter's weights once, so that its layers cost no more than the base's. The base is not touched. */
  merge(name: string): void {
    const entry = this.#entry(name);
    entry.merged ??= noGrad(
      () =>
        new Map(
          [...entry.adapter.pairs].map(([module, pair]) => {
            const weight = this.#base.get(`${module}.weight`);
            return [`${module}.weight`, keep(tidy(() => mergedWeight(weight, pair)))];
          }),
        ),
    );
  }

  /** Back to pairs, exactly as before `merge`. */
  unmerge(name: string): void {
    const entry = this.#entry(name);
    dispose(entry.merged);
    entry.merged = undefined;
  }

  /** The parameters of a merged adapter's model that differ from the base's, to be saved with the others. */
  mergedParameters(name: string): Map<string, Tensor> {
    this.merge(name);
    const { adapter, merged } = this.#entry(name);
    return new Map([...merged!, ...adapter.replaced]);
  }

  /** Frees every adapter; the base stays. */
  dispose(): void {
    this.use(undefined);
    for (const entry of this.#entries.values()) free(entry);
    this.#entries.clear();
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined)
      throw new InputError(`there is no adapter ${name}; there are ${[...this.#entries.keys()].join(", ")}`);
    return entry;
  }
}

function drop(x: Tensor, p: number, seed: string | undefined): Tensor {
  if (seed === undefined || p === 0) return x;
  using generator = new Generator(hash32(seed));
  const kept = noGrad(() => op("aten::bernoulli_", "float")(emptyLike(x), 1 - p, generator).div_(1 - p));
  return x.mul(kept);
}

function free({ adapter, merged }: Entry): void {
  dispose(merged);
  dispose(adapter.pairs);
  dispose(adapter.replaced);
}

const cast = (x: Tensor, like: Tensor): Tensor => (x.dtype === like.dtype ? x : x.to({ dtype: like.dtype }));

/** W + scale B A, summed in the wider of both element types. */
function mergedWeight(weight: Tensor, { a, b, scale }: LoraPair): Tensor {
  return cast(weight.add(b.matmul(a).mul(scale)), weight);
}
