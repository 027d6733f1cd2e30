/** AdamW for everything, its state in 32 or eight bits, or Muon for the hidden matrices with AdamW for the rest. */
import { EMBEDDING, HEAD } from "../../model/parameters.ts";
import { AdamW8bit } from "../../torch/adamw8bit.ts";
import { AdamW, type Tensor } from "../../torch/index.ts";
import { Muon } from "../../torch/muon.ts";

export interface OptimizerConfig {
  /** adamw8bit: averages in eight bits, a quarter of the memory (as bitsandbytes' AdamW8bit). */
  readonly kind: "adamw" | "adamw8bit" | "muon";
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Muon only: its learning rate is this many times AdamW's. */
  readonly muonScale: number;
}

const MUON_MOMENTUM = 0.95;

export class Optimizer implements Disposable {
  readonly #adam: AdamW | AdamW8bit;
  readonly #muon: Muon | undefined;
  readonly #muonScale: number;

  /** Biases and norms are not decayed. */
  constructor(parameters: ReadonlyMap<string, Tensor>, config: OptimizerConfig) {
    const all = [...parameters];
    const isHidden = ([name, tensor]: readonly [string, Tensor]): boolean =>
      tensor.ndim === 2 && name !== EMBEDDING && name !== HEAD;
    const forMuon = config.kind === "muon" ? all.filter(isHidden) : [];
    const muonNames = new Set(forMuon.map(([name]) => name));
    const forAdam = all.filter(([name]) => !muonNames.has(name));
    const Adam = config.kind === "adamw8bit" ? AdamW8bit : AdamW;
    this.#adam = new Adam(
      [
        {
          parameters: new Map(forAdam.filter(([, tensor]) => tensor.ndim >= 2)),
          weightDecay: config.weightDecay,
        },
        { parameters: new Map(forAdam.filter(([, tensor]) => tensor.ndim < 2)), weightDecay: 0 },
      ],
      { lr: 1, beta1: config.beta1, beta2: config.beta2, eps: config.eps },
    );
    this.#muonScale = config.muonScale;
    if (forMuon.length > 0) {
      this.#muon = new Muon(new Map(forMuon), { momentum: MUON_MOMENTUM, weightDecay: config.weightDecay });
    }
  }

  step(learningRate: number): void {
    this.#adam.step(learningRate);
    this.#muon?.step(learningRate * this.#muonScale);
  }

  exportState(): Map<string, Tensor> {
    return new Map([...this.#adam.exportState(), ...(this.#muon?.exportState() ?? [])]);
  }

  importState(state: ReadonlyMap<string, Tensor>): void {
    const isMuon = (name: string): boolean => name.endsWith(".momentum");
    this.#adam.importState(new Map([...state].filter(([name]) => !isMuon(name))));
    this.#muon?.importState(new Map([...state].filter(([name]) => isMuon(name))));
  }

  [Symbol.dispose](): void {
    this.#adam[Symbol.dispose]();
    this.#muon?.[Symbol.dispose]();
  }
}
