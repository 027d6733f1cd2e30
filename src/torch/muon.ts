/** Muon (Jordan et al. 2024): momentum whose update is made nearly orthogonal by a Newton-Schulz iteration, for matrices. */
import { noGrad } from "./autograd.ts";
import { zerosLike } from "./create.ts";
import type { Tensor } from "./tensor.ts";
import { keep, tidy } from "./tidy.ts";

export interface MuonOptions {
  readonly momentum: number;
  /** Decoupled: the weight loses lr * weightDecay of itself each step. */
  readonly weightDecay: number;
}

const ITERATIONS = 5;
/** Quintic whose iteration drives singular values into about [0.7, 1.2]. */
const [A, B, C] = [3.4445, -4.775, 2.0315];

export class Muon implements Disposable {
  readonly #parameters: ReadonlyMap<string, Tensor>;
  readonly #options: MuonOptions;
  readonly #momentum = new Map<string, Tensor>();

  constructor(parameters: ReadonlyMap<string, Tensor>, options: MuonOptions) {
    this.#parameters = parameters;
    this.#options = options;
  }

  /** One step with Nesterov momentum; parameters without gradient stay. */
  step(lr: number): void {
    noGrad(() => {
      for (const [name, parameter] of this.#parameters) {
        tidy(() => {
          const grad = parameter.grad;
          if (grad !== null) this.#update(name, parameter, grad, lr);
        });
      }
    });
  }

  #update(name: string, parameter: Tensor, grad: Tensor, lr: number): void {
    const { momentum, weightDecay } = this.#options;
    const buffer = this.#buffer(name, parameter);
    buffer.lerp_(grad, 1 - momentum);
    const update = orthogonalise(grad.mul(1 - momentum).add_(buffer, momentum));
    const [rows, columns] = parameter.shape as [number, number];
    if (weightDecay > 0) parameter.mul_(1 - lr * weightDecay);
    parameter.add_(update, -lr * Math.sqrt(Math.max(1, rows / columns)));
  }

  #buffer(name: string, parameter: Tensor): Tensor {
    let buffer = this.#momentum.get(name);
    if (buffer === undefined) this.#momentum.set(name, (buffer = keep(zerosLike(parameter))));
    return buffer;
  }

  /** The optimizer's own tensors (no copies), under `NAME.momentum`. */
  exportState(): Map<string, Tensor> {
    return new Map([...this.#momentum].map(([name, buffer]) => [`${name}.momentum`, buffer]));
  }

  importState(state: ReadonlyMap<string, Tensor>): void {
    noGrad(() => {
      for (const [name, parameter] of this.#parameters) {
        const saved = state.get(`${name}.momentum`);
        if (saved !== undefined) this.#buffer(name, parameter).copy_(saved);
      }
    });
  }

  [Symbol.dispose](): void {
    for (const buffer of this.#momentum.values()) buffer.dispose();
    this.#momentum.clear();
  }
}

/** G [m, n] -> nearly the orthogonal factor of its polar decomposition. */
function orthogonalise(gradient: Tensor): Tensor {
  const [rows, columns] = gradient.shape as [number, number];
  const wide = rows > columns ? gradient.t() : gradient;
  let x = wide.div(wide.norm().add(1e-7));
  for (let i = 0; i < ITERATIONS; i++) {
    const gram = x.matmul(x.t());
    const mixed = gram.mul(B).add(gram.matmul(gram).mul(C));
    x = x.mul(A).add(mixed.matmul(x));
  }
  return rows > columns ? x.t() : x;
}
