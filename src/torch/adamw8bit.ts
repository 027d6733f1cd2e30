/**
 * AdamW with averages in eight bits (Dettmers et al. 2022, "8-bit Optimizers via Block-wise Quantization"; code tables,
 * blocks of 256 and the size from which parameters are quantised as in bitsandbytes): a quarter of the optimizer's memory.
 */
import { InputError } from "../core/errors.ts";
import { noGrad } from "./autograd.ts";
import { blocks, dynamicFloat, nearest, scaled } from "./blockwise.ts";
import { tensor, zeros } from "./create.ts";
import { AdamW, type AdamWOptions, type ParameterGroup } from "./optim.ts";
import type { Tensor } from "./tensor.ts";
import { dispose, keep, tidy } from "./tidy.ts";

const BLOCK = 256;
/** Elements below which a parameter's averages stay in float32. */
const SMALL = 4096;

/** Averages of one parameter: codes uint8 [blocks * 256] and the scale of each block. */
interface Slot {
  average: Tensor;
  averageScales: Tensor;
  square: Tensor;
  squareScales: Tensor;
  step: number;
}

interface Large {
  readonly name: string;
  readonly parameter: Tensor;
  readonly lr: number;
  readonly weightDecay: number;
}

/** Its update is `AdamW`'s; what differs is how the averages are kept between two steps. */
export class AdamW8bit implements Disposable {
  readonly #small: AdamW;
  readonly #large: readonly Large[];
  readonly #slots = new Map<string, Slot>();
  readonly #tables: { readonly signed: Tensor; readonly unsigned: Tensor };
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #eps: number;

  constructor(groups: readonly ParameterGroup[], options: AdamWOptions = {}) {
    const split = (large: boolean, { parameters }: ParameterGroup): [string, Tensor][] =>
      [...parameters].filter(([, parameter]) => parameter.numel >= SMALL === large);
    this.#small = new AdamW(
      groups.map((group) => ({ ...group, parameters: new Map(split(false, group)) })),
      options,
    );
    this.#large = groups.flatMap((group) =>
      split(true, group).map(([name, parameter]) => ({
        name,
        parameter,
        lr: group.lr ?? options.lr ?? 1e-3,
        weightDecay: group.weightDecay ?? options.weightDecay ?? 0.01,
      })),
    );
    this.#beta1 = options.beta1 ?? 0.9;
    this.#beta2 = options.beta2 ?? 0.999;
    this.#eps = options.eps ?? 1e-8;
    const device = this.#large[0]?.parameter.device ?? "cpu";
    this.#tables = keep({
      signed: tensor(dynamicFloat(), { device }),
      unsigned: tensor(dynamicFloat(false), { device }),
    });
  }

  /** Updates every parameter that has a gradient. `factor` multiplies each group's rate. */
  step(factor = 1): void {
    this.#small.step(factor);
    // One parameter at a time: its averages are in float32 only meanwhile.
    noGrad(() => this.#large.forEach((large) => tidy(() => this.#update(large, factor))));
  }

  #update({ name, parameter, lr, weightDecay }: Large, factor: number): void {
    const { grad } = parameter;
    if (grad === null) return;
    const slot = this.#slot(name, parameter);
    slot.step++;
    const gradient = grad.float();
    const average = this.#values(slot.average, slot.averageScales, this.#tables.signed, parameter);
    const square = this.#values(slot.square, slot.squareScales, this.#tables.unsigned, parameter);
    average.mul_(this.#beta1).add_(gradient, 1 - this.#beta1);
    square.mul_(this.#beta2).addcmul_(gradient, gradient, 1 - this.#beta2);
    const rate = lr * factor;
    const spread = square.sqrt().div_(Math.sqrt(1 - this.#beta2 ** slot.step));
    if (weightDecay > 0) parameter.mul_(1 - rate * weightDecay);
    parameter.addcdiv_(average, spread.add_(this.#eps), -rate / (1 - this.#beta1 ** slot.step));
    this.#store(slot, "average", average, true);
    this.#store(slot, "square", square, false);
  }

  #values(codes: Tensor, scales: Tensor, table: Tensor, like: Tensor): Tensor {
    const values = table.indexSelect(0, codes.to({ dtype: "int32" })).view(-1, BLOCK);
    return values
      .mul_(scales.unsqueeze(1))
      .view(-1)
      .narrow(0, 0, like.numel)
      .view(...like.shape);
  }

  #store(slot: Slot, which: "average" | "square", values: Tensor, signed: boolean): void {
    const { scales, relative } = scaled(blocks(values, BLOCK));
    const codes = nearest(relative, dynamicFloat(signed)).view(-1);
    // A small square must not become 0: what it divides may still be large.
    slot[which].copy_(signed ? codes : codes.clamp(1));
    slot[`${which}Scales`].copy_(scales);
  }

  #slot(name: string, parameter: Tensor): Slot {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const { device } = parameter;
    const count = Math.ceil(parameter.numel / BLOCK);
    // The code of 0 is irrelevant beside a scale of 0.
    const codes = (): Tensor => keep(zeros([count * BLOCK], { dtype: "uint8", device }));
    const scales = (): Tensor => keep(zeros([count], { device }));
    const slot = {
      average: codes(),
      averageScales: scales(),
      square: codes(),
      squareScales: scales(),
      step: 0,
    };
    this.#slots.set(name, slot);
    return slot;
  }

  /** Bytes of the averages of what is quantised. */
  get stateBytes(): number {
    return [...this.#slots.values()].reduce(
      (sum, slot) => sum + 2 * (slot.average.numel + 4 * slot.averageScales.numel),
      0,
    );
  }

  /** Of small parameters as `AdamW`; of others `NAME.exp_avg.codes`, `.scales`, `NAME.exp_avg_sq.*` and `NAME.step`. */
  exportState(): Map<string, Tensor> {
    const out = this.#small.exportState();
    for (const [name, slot] of this.#slots) {
      for (const [key, value] of partsOf(name, slot)) out.set(key, value);
      out.set(`${name}.step`, tensor(slot.step));
    }
    return out;
  }

  /** Copies a state that `exportState` gave. Throws InputError on a misfit. */
  importState(state: ReadonlyMap<string, Tensor>): void {
    const large = new Map(this.#large.map(({ name, parameter }) => [name, parameter]));
    const nameOf = (key: string): string => key.replace(/\.(step|exp_avg(_sq)?(\.codes|\.scales)?)$/, "");
    this.#small.importState(new Map([...state].filter(([key]) => !large.has(nameOf(key)))));
    for (const [name, parameter] of large) {
      const step = state.get(`${name}.step`);
      if (step === undefined) continue;
      const slot = this.#slot(name, parameter);
      slot.step = step.item();
      for (const [key, to] of partsOf(name, slot)) {
        const from = state.get(key);
        if (from === undefined || from.numel !== to.numel)
          throw new InputError(
            `optimizer state ${key}: expected ${to.numel} elements, found ${from?.numel ?? "nothing"}`,
          );
        to.copy_(from);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#small[Symbol.dispose]();
    dispose(this.#tables);
    for (const [name, slot] of this.#slots) dispose(partsOf(name, slot));
    this.#slots.clear();
  }
}

const partsOf = (name: string, slot: Slot): Map<string, Tensor> =>
  new Map([
    [`${name}.exp_avg.codes`, slot.average],
    [`${name}.exp_avg.scales`, slot.averageScales],
    [`${name}.exp_avg_sq.codes`, slot.square],
    [`${name}.exp_avg_sq.scales`, slot.squareScales],
  ]);
