/** The policy in the engine: a decoder that is trained whole, or through a LoRA adapter before it. */
import { mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { DecoderConfig } from "../../model/config.ts";
import { Decoder } from "../../model/decoder.ts";
import { adapterParameters, copyAdapter, initialAdapter, type Adapter } from "../../model/lora/adapter.ts";
import { Adapters } from "../../model/lora/adapters.ts";
import type { LoraConfig } from "../../model/lora/config.ts";
import { loadAdapter, saveAdapter } from "../../model/lora/folder.ts";
import { dispose, keep, noGrad, saveSafetensors, tidy, type Tensor } from "../../torch/index.ts";
import { hash32 } from "../../util/rng.ts";
import { fullBase, nf4Base, WEIGHTS, type BaseWeights } from "./base-weights.ts";

/** A PEFT folder beside the weights. */
export const ADAPTER_FOLDER = "adapter";
const ADAPTER = "policy";
const REFERENCE = "reference";

export interface PolicySettings {
  readonly model: DecoderConfig;
  readonly seed: number;
  readonly lora?: LoraConfig | undefined;
  readonly quantize?: "nf4" | undefined;
}

/** A policy as it was. */
export interface Snapshot {
  readonly model: Decoder;
  dispose(): void;
}

export class PolicyNet {
  readonly model: Decoder;
  /** By checkpoint name, or under PEFT's names when there is an adapter. */
  readonly trained: ReadonlyMap<string, Tensor>;
  readonly #base: BaseWeights;
  readonly #adapter: Adapter | undefined;
  readonly #adapters: Adapters | undefined;
  readonly #seed: number;
  readonly #quantised: boolean;

  /** Fresh weights; throws InputError when the adapter's targets do not fit. */
  constructor({ model, seed, lora, quantize }: PolicySettings) {
    if (quantize !== undefined && lora === undefined)
      throw new InputError("quantize: weights in four bits are not trained; expected lora beside it");
    this.#seed = seed;
    this.#quantised = quantize !== undefined;
    this.#base = quantize === undefined ? fullBase(model, seed) : nf4Base(model, seed);
    const { plain, weights } = this.#base;
    if (lora === undefined) {
      this.model = new Decoder(model, plain);
      this.trained = plain;
    } else {
      this.#adapter = initialAdapter(lora, weights, seed);
      this.#adapters = new Adapters(weights);
      this.#adapters.add(ADAPTER, this.#adapter);
      this.#adapters.use(ADAPTER);
      this.model = new Decoder(model, plain, this.#adapters);
      this.trained = adapterParameters(this.#adapter);
    }
    for (const parameter of this.trained.values()) parameter.requiresGrad_();
  }

  /** Until `unmerge`, an adapter costs nothing when tokens are drawn; a base in four bits stays as small as it is. */
  mergeForSampling(): void {
    if (!this.#quantised) this.#adapters?.merge(ADAPTER);
  }

  /** Before gradients, and before the weights change. */
  unmerge(): void {
    this.#adapters?.unmerge(ADAPTER);
  }

  /**
   * The policy of now, unchanged by what is trained later. With an adapter it shares the base: that alone while the
   * adapter changes nothing yet, else with a copy of the adapter.
   */
  snapshot(): Snapshot {
    const config = this.model.config;
    if (this.#adapter === undefined || this.#adapters === undefined) {
      const copies = this.copies();
      return { model: new Decoder(config, copies), dispose: () => dispose(copies) };
    }
    const { plain } = this.#base;
    if (changesNothing(this.#adapter))
      return { model: new Decoder(config, plain, this.#adapters.view(undefined)), dispose: () => {} };
    const adapters = this.#adapters;
    adapters.add(REFERENCE, copyAdapter(this.#adapter));
    return {
      model: new Decoder(config, plain, adapters.view(REFERENCE)),
      dispose: () => adapters.remove(REFERENCE),
    };
  }

  /**
   * Runs `body` with the adapter's dropout on. What is dropped follows from the seed, the adapter's weights of now and
   * `label`: without a state of its own, a resumed run and a replica drop the same.
   */
  withDropout<T>(label: string, body: () => T): T {
    if (this.#adapters === undefined || this.#adapter?.config.dropout === 0) return body();
    const [pair] = this.#adapter!.pairs.values();
    const weights = hash32(Array.from(pair!.b.toFloat32Array()).join());
    this.#adapters.setDropout(`${this.#seed}/${weights}/${label}`);
    try {
      return body();
    } finally {
      this.#adapters.setDropout(undefined);
    }
  }

  /** The weights that it computes with, an adapter merged in, as copies that the caller disposes. */
  copies(): Map<string, Tensor> {
    return this.#merged((weights) =>
      noGrad(() => new Map([...weights].map(([name, value]) => [name, keep(value.clone())]))),
    );
  }

  /** `resumable`: base and adapter apart; else one model, with the adapter in it and also beside it. */
  async save(folder: string, resumable: boolean): Promise<void> {
    await mkdir(folder, { recursive: true });
    if (resumable) this.#base.save(folder);
    else this.#merged((weights) => saveSafetensors(join(folder, WEIGHTS), weights));
    if (this.#adapter !== undefined) await saveAdapter(join(folder, ADAPTER_FOLDER), this.#adapter);
  }

  /** `resumable`: of a folder that was saved so; else an adapter stays as it is, and the base is read. */
  load(folder: string, resumable: boolean): void {
    this.#base.load(folder);
    if (!resumable || this.#adapter === undefined) return;
    const path = join(folder, ADAPTER_FOLDER);
    if (!existsSync(path)) throw new InputError(`${path}: expected the adapter of this training`);
    const saved = loadAdapter(path, this.#base.weights);
    noGrad(() => {
      for (const [name, value] of adapterParameters(saved)) this.trained.get(name)!.copy_(value);
    });
    dispose(saved.pairs);
    dispose(saved.replaced);
  }

  [Symbol.dispose](): void {
    this.#adapters?.dispose();
    this.#base.dispose();
  }

  #merged<T>(use: (weights: ReadonlyMap<string, Tensor>) => T): T {
    const adapters = this.#adapters;
    try {
      return tidy(() => {
        const merged = adapters?.mergedParameters(ADAPTER) ?? [];
        return use(new Map([...noGrad(() => this.#base.all()), ...merged]));
      });
    } finally {
      adapters?.unmerge(ADAPTER);
    }
  }
}

const changesNothing = ({ pairs, replaced }: Adapter): boolean =>
  replaced.size === 0 &&
  tidy(() => noGrad(() => [...pairs.values()].every(({ b }) => b.norm().item() === 0)));
