/** PPO's value net: a decoder of its own with a head of one output, as in TRL (a sequence classifier with one label). */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Attention } from "../../model/attention.ts";
import type { DecoderConfig } from "../../model/config.ts";
import { Decoder, initialParameters } from "../../model/decoder.ts";
import { HEAD } from "../../model/parameters.ts";
import { dispose, loadSafetensors, noGrad, saveSafetensors, zeros, type Tensor } from "../../torch/index.ts";
import { copyWeights } from "./copy-weights.ts";
import { Optimizer, type OptimizerConfig } from "./optimizer.ts";

export const SCORE = "score.weight";

export class ValueNet {
  /** The body's, by checkpoint name, and the head's. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly #body: Decoder;
  readonly #optimizer: Optimizer;

  constructor(config: DecoderConfig, optimizer: OptimizerConfig, seed: number) {
    const body = initialParameters({ ...config, tiedHead: true }, seed);
    const score = noGrad(() => zeros([1, config.hiddenSize]));
    this.parameters = new Map([...body, [SCORE, score]]);
    for (const parameter of this.parameters.values()) parameter.requiresGrad_();
    this.#body = new Decoder({ ...config, tiedHead: true }, body);
    this.#optimizer = new Optimizer(this.parameters, { ...optimizer, kind: "adamw" });
  }

  /** ids [B, L] -> one value for each of the row-major positions `at` [N]: what is to come, seen from there. */
  values(ids: Tensor, attention: Attention, at: Tensor): Tensor {
    const hidden = this.#body.hidden(ids, attention);
    const chosen = hidden.reshape(-1, this.#body.config.hiddenSize).indexSelect(0, at);
    return chosen.mul(this.parameters.get(SCORE)!).sum(-1);
  }

  /** The body becomes that of a policy, the head 0. */
  startFrom(policy: ReadonlyMap<string, Tensor>): void {
    noGrad(() => {
      for (const [name, parameter] of this.parameters)
        if (name === SCORE) parameter.mul_(0);
        else if (name !== HEAD) parameter.copy_(policy.get(name)!);
    });
  }

  step(learningRate: number): void {
    this.#optimizer.step(learningRate);
  }

  async save(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    saveSafetensors(join(folder, "model.safetensors"), this.parameters);
    saveSafetensors(join(folder, "optimizer.safetensors"), this.#optimizer.exportState());
  }

  load(folder: string): void {
    copyWeights(join(folder, "model.safetensors"), this.parameters);
    const state = loadSafetensors(join(folder, "optimizer.safetensors"));
    this.#optimizer.importState(state);
    dispose(state);
  }

  [Symbol.dispose](): void {
    dispose(this.parameters);
    this.#optimizer[Symbol.dispose]();
  }
}
