/** The policy in the engine: a decoder that is trained whole, or through a LoRA adapter before it. */
import { mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { DecoderConfig } from "../../model/config.ts";
import { Decoder, decoderWeights, initialParameters } from "../../model/decoder.ts";
import { adapterParameters, initialAdapter, type Adapter } from "../../model/lora/adapter.ts";
import { Adapters } from "../../model/lora/adapters.ts";
import type { LoraConfig } from "../../model/lora/config.ts";
import { loadAdapter, saveAdapter } from "../../model/lora/folder.ts";
import { dispose, keep, noGrad, saveSafetensors, tidy, type Tensor } from "../../torch/index.ts";
import { hash32 } from "../../util/rng.ts";
import { copyWeights } from "./copy-weights.ts";

const WEIGHTS = "model.safetensors";
/** A PEFT folder beside the weights. */
export const ADAPTER_FOLDER = "adapter";
const ADAPTER = "policy";

export class PolicyNet {
  readonly model: Decoder;
  /** By checkpoint name, or under PEFT's names when there is an adapter. */
  readonly trained: ReadonlyMap<string, Tensor>;
  readonly #base: ReadonlyMap<string, Tensor>;
  readonly #adapter: Adapter | undefined;
  readonly #adapters: Adapters | undefined;
  readonly #seed: number;

  /** Fresh weights; throws InputError when the adapter's targets do not fit. */
  constructor(config: DecoderConfig, seed: number, lora: LoraConfig | undefined) {
    this.#seed = seed;
    this.#base = initialParameters(config, seed);
    if (lora === undefined) {
      this.model = new Decoder(config, this.#base);
      this.trained = this.#base;
    } else {
      const weights = decoderWeights(config, this.#base);
      this.#adapter = initialAdapter(lora, weights, seed);
      this.#adapters = new Adapters(weights);
      this.#adapters.add(ADAPTER, this.#adapter);
      this.#adapters.use(ADAPTER);
      this.model = new Decoder(config, this.#base, this.#adapters);
      this.trained = adapterParameters(this.#adapter);
    }
    for (const parameter of this.trained.values()) parameter.requiresGrad_();
  }

  /** Everything that differs between two states: the base's weights, and the adapter's. */
  all(): Tensor[] {
    return [...this.#base.values(), ...(this.#adapter === undefined ? [] : this.trained.values())];
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
      tidy(() => noGrad(() => new Map([...weights].map(([name, value]) => [name, keep(value.clone())])))),
    );
  }

  /** `resumable`: base and adapter apart; else one model, with the adapter in it and also beside it. */
  async save(folder: string, resumable: boolean): Promise<void> {
    await mkdir(folder, { recursive: true });
    const file = join(folder, WEIGHTS);
    if (resumable) saveSafetensors(file, this.#base);
    else this.#merged((weights) => saveSafetensors(file, weights));
    if (this.#adapter !== undefined) await saveAdapter(join(folder, ADAPTER_FOLDER), this.#adapter);
  }

  /** `resumable`: of a folder that was saved so; else an adapter stays as it is, and the base is read. */
  load(folder: string, resumable: boolean): void {
    copyWeights(join(folder, WEIGHTS), this.#base);
    if (!resumable || this.#adapter === undefined) return;
    const path = join(folder, ADAPTER_FOLDER);
    if (!existsSync(path)) throw new InputError(`${path}: expected the adapter of this training`);
    const saved = loadAdapter(path, decoderWeights(this.model.config, this.#base));
    noGrad(() => {
      for (const [name, value] of adapterParameters(saved)) this.trained.get(name)!.copy_(value);
    });
    dispose(saved.pairs);
    dispose(saved.replaced);
  }

  [Symbol.dispose](): void {
    dispose(this.#base);
    this.#adapters?.dispose();
  }

  #merged<T>(use: (weights: ReadonlyMap<string, Tensor>) => T): T {
    if (this.#adapters === undefined) return use(this.#base);
    try {
      return use(new Map([...this.#base, ...this.#adapters.mergedParameters(ADAPTER)]));
    } finally {
      this.#adapters.unmerge(ADAPTER);
    }
  }
}
