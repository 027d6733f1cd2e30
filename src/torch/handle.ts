/** The base of `Tensor`: a number in the engine's table, its properties, and its release. */
import { type DType, dtypeOfCode } from "./dtype.ts";
import { engine } from "./engine.ts";
import { adopt, disposeOwned, moveTo, type Owned, type Scope } from "./scope.ts";
import type { Tensor } from "./tensor.ts";

export class Handle implements Owned, Disposable {
  /** The engine's number; 0 once disposed. For this folder's own use. */
  id: number;
  scope: Scope | null = null;
  #shape: readonly number[] | null = null;

  constructor(id: number) {
    this.id = id;
    adopt(this);
  }

  /** Frees the memory now instead of at the end of the scope. */
  dispose(): void {
    disposeOwned(this);
  }

  [Symbol.dispose](): void {
    disposeOwned(this);
  }

  /** Takes this out of its scope: the caller disposes it. */
  keep(): this {
    moveTo(this, null);
    return this;
  }

  get disposed(): boolean {
    return this.id === 0;
  }

  get shape(): readonly number[] {
    // Sizes never change: no operator that resizes in place is offered, and views are tensors of their own.
    return (this.#shape ??= engine.shape(this.id));
  }

  /** Size of one dimension; negative counts from the end. */
  size(dim: number): number {
    const shape = this.shape;
    const size = shape[dim < 0 ? shape.length + dim : dim];
    if (size === undefined)
      throw new RangeError(`no dimension ${dim} in a tensor of shape [${shape.join(", ")}]`);
    return size;
  }

  get ndim(): number {
    return this.shape.length;
  }

  get numel(): number {
    return engine.numel(this.id);
  }

  get dtype(): DType {
    return dtypeOfCode(engine.dtype(this.id));
  }

  /** `cpu` or `cuda:0`. */
  get device(): string {
    return engine.device(this.id);
  }

  get strides(): number[] {
    return engine.strides(this.id);
  }

  get isContiguous(): boolean {
    return engine.isContiguous(this.id);
  }

  /** True when both read the same memory (one is a view of the other, or both of a third). */
  sharesStorage(other: Handle): boolean {
    return engine.sharesStorage(this.id, other.id);
  }
}

let make: (id: number) => Tensor;

/** `tensor.ts` says which class `wrap` makes; the classes below it cannot import it without a cycle. */
export function setTensorClass(constructor: (id: number) => Tensor): void {
  make = constructor;
}

/** A tensor for a number that the engine returned. */
export function wrap(id: number): Tensor {
  return make(id);
}

/** Tensors for a list of numbers, as operators with several results return them. */
export function wrapAll(ids: unknown): Tensor[] {
  return (ids as number[]).map((id) => make(id));
}

export function idsOf(tensors: readonly Handle[]): number[] {
  return tensors.map((tensor) => tensor.id);
}
