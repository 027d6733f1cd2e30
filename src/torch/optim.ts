/** AdamW as in torch.optim (decoupled weight decay), one native call per group and step. */
import { InputError } from "../core/errors.ts";
import { noGrad } from "./autograd.ts";
import { zeros, zerosLike } from "./create.ts";
import { defineOp, engine } from "./engine.ts";
import { idsOf, wrap } from "./handle.ts";
import type { Tensor } from "./tensor.ts";
import { keep, tidy } from "./tidy.ts";

const [FUSED_ADAMW_, FOREACH_ADD_] = [
  defineOp("aten::_fused_adamw_"),
  defineOp("aten::_foreach_add_", "Scalar"),
];

export interface ParameterGroup {
  /** By name: the names are the keys of the exported state. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  lr?: number;
  readonly weightDecay?: number;
}

export interface AdamWOptions {
  /** Default 1e-3, 0.9, 0.999, 1e-8, 0.01: torch's. */
  readonly lr?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
  readonly weightDecay?: number;
}

interface Slot {
  readonly name: string;
  readonly parameter: Tensor;
  readonly average: Tensor;
  readonly square: Tensor;
  readonly step: Tensor;
}

interface Group {
  readonly parameters: readonly (readonly [name: string, parameter: Tensor])[];
  readonly weightDecay: number;
  lr: number;
}

export class AdamW implements Disposable {
  readonly groups: readonly Group[];
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #eps: number;
  readonly #slots = new Map<string, Slot>();

  constructor(groups: readonly ParameterGroup[], options: AdamWOptions = {}) {
    this.groups = groups.map((group) => ({
      parameters: [...group.parameters],
      lr: group.lr ?? options.lr ?? 1e-3,
      weightDecay: group.weightDecay ?? options.weightDecay ?? 0.01,
    }));
    this.#beta1 = options.beta1 ?? 0.9;
    this.#beta2 = options.beta2 ?? 0.999;
    this.#eps = options.eps ?? 1e-8;
  }

  get parameters(): Tensor[] {
    return this.groups.flatMap((group) => group.parameters.map(([, parameter]) => parameter));
  }

  /** Updates every parameter that has a gradient. `factor` multiplies each group's rate (a schedule's value). */
  step(factor = 1): void {
    noGrad(() => tidy(() => this.groups.forEach((group) => this.#stepGroup(group, factor))));
  }

  zeroGrad(): void {
    engine.clearGrads(idsOf(this.parameters));
  }

  #stepGroup(group: Group, factor: number): void {
    const grads = engine.grads(group.parameters.map(([, parameter]) => parameter.id));
    const slots: Slot[] = [];
    const gradients: Tensor[] = [];
    group.parameters.forEach(([name, parameter], i) => {
      const id = grads[i]!;
      if (id === 0) return;
      slots.push(this.#slot(name, parameter));
      // The fused kernel walks all five tensors in the same order, so their layouts have to agree.
      const gradient = wrap(id);
      gradients.push(gradient.isContiguous || !parameter.isContiguous ? gradient : gradient.contiguous());
    });
    if (slots.length === 0) return;
    const steps = idsOf(slots.map((slot) => slot.step));
    engine.call(FOREACH_ADD_, steps, 1);
    engine.call(
      FUSED_ADAMW_,
      idsOf(slots.map((slot) => slot.parameter)),
      idsOf(gradients),
      idsOf(slots.map((slot) => slot.average)),
      idsOf(slots.map((slot) => slot.square)),
      [],
      steps,
      group.lr * factor,
      this.#beta1,
      this.#beta2,
      group.weightDecay,
      this.#eps,
      false,
      false,
    );
  }

  #slot(name: string, parameter: Tensor): Slot {
    let slot = this.#slots.get(name);
    if (slot === undefined) {
      slot = {
        name,
        parameter,
        average: keep(zerosLike(parameter)),
        square: keep(zerosLike(parameter)),
        step: keep(zeros([], { device: parameter.device })),
      };
      this.#slots.set(name, slot);
    }
    return slot;
  }

  /** The optimizer's own tensors (no copies) under `NAME.exp_avg`, `NAME.exp_avg_sq` and `NAME.step`. */
  exportState(): Map<string, Tensor> {
    const out = new Map<string, Tensor>();
    for (const slot of this.#slots.values()) {
      out.set(`${slot.name}.exp_avg`, slot.average);
      out.set(`${slot.name}.exp_avg_sq`, slot.square);
      out.set(`${slot.name}.step`, slot.step);
    }
    return out;
  }

  /** Copies a state that `exportState` gave; parameters without one start afresh. Throws InputError on a misfit. */
  importState(state: ReadonlyMap<string, Tensor>): void {
    const parameters = new Map(this.groups.flatMap((group) => group.parameters));
    for (const key of state.keys()) {
      const name = key.replace(/\.(exp_avg|exp_avg_sq|step)$/, "");
      if (!parameters.has(name)) throw new InputError(`optimizer state ${key}: there is no such parameter`);
    }
    noGrad(() => {
      for (const [name, parameter] of parameters) {
        const from = ["exp_avg", "exp_avg_sq", "step"].map((part) => state.get(`${name}.${part}`));
        if (from.every((tensor) => tensor === undefined)) continue;
        const slot = this.#slot(name, parameter);
        [slot.average, slot.square, slot.step].forEach((to, i) => copyInto(name, to, from[i]));
      }
    });
  }

  [Symbol.dispose](): void {
    for (const slot of this.#slots.values())
      for (const t of [slot.average, slot.square, slot.step]) t.dispose();
    this.#slots.clear();
  }
}

function copyInto(name: string, to: Tensor, from: Tensor | undefined): void {
  if (from === undefined) throw new InputError(`optimizer state of ${name}: one of its tensors is missing`);
  if (from.shape.join() !== to.shape.join())
    throw new InputError(`optimizer state of ${name}: expected shape [${to.shape}], found [${from.shape}]`);
  to.copy_(from);
}
