/** `Tensor`: gradients and data on top of the operators of the classes it extends. */
import { dtypeCode, isFloating } from "./dtype.ts";
import { engine } from "./engine.ts";
import { type Handle, setTensorClass, wrap } from "./handle.ts";
import { ReductionTensor } from "./reduction.ts";

export type NestedNumbers = number | NestedNumbers[];
export type TensorData =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array;

export class Tensor extends ReductionTensor {
  get requiresGrad(): boolean {
    return engine.requiresGrad(this.id);
  }
  requiresGrad_(value = true): this {
    engine.setRequiresGrad(this.id, value);
    return this;
  }
  get isLeaf(): boolean {
    return engine.isLeaf(this.id);
  }
  /** The gradient that `backward` accumulated, as a handle of the current scope. */
  get grad(): Tensor | null {
    const id = engine.getGrad(this.id);
    return id === 0 ? null : wrap(id);
  }
  set grad(value: Handle | null) {
    engine.setGrad(this.id, value === null ? null : value.id);
  }
  /** Accumulates d(this)/d(leaf) into `.grad` of every leaf; `gradient` is needed unless this has one element. */
  backward(
    gradient: Handle | null = null,
    options: { retainGraph?: boolean; createGraph?: boolean } = {},
  ): void {
    const create = options.createGraph ?? false;
    engine.backward(
      [this.id],
      gradient === null ? null : [gradient.id],
      options.retainGraph ?? create,
      create,
    );
  }

  /** The only element as a number; booleans are 0 or 1. */
  item(): number {
    return engine.item(this.id);
  }

  /** A copy of the elements in order; half precision comes as Float32Array, booleans as 0 and 1. */
  data(): TensorData {
    switch (this.dtype) {
      case "float32":
      case "bfloat16":
      case "float16":
        return this.toFloat32Array();
      case "float64":
        return this.#read("float64", new Float64Array(this.numel));
      case "int64":
        return this.toBigInt64Array();
      case "int32":
        return this.toInt32Array();
      case "int16":
        return this.#read("int16", new Int16Array(this.numel));
      case "int8":
        return this.#read("int8", new Int8Array(this.numel));
      case "uint8":
      case "bool":
        return this.toUint8Array();
    }
  }
  toFloat32Array(): Float32Array {
    return this.#read("float32", new Float32Array(this.numel));
  }
  toInt32Array(): Int32Array {
    return this.#read("int32", new Int32Array(this.numel));
  }
  toBigInt64Array(): BigInt64Array {
    return this.#read("int64", new BigInt64Array(this.numel));
  }
  toUint8Array(): Uint8Array {
    return this.#read("uint8", new Uint8Array(this.numel));
  }
  /** Elements in order as plain numbers (exact for integers up to 2^53). */
  toNumbers(): number[] {
    return Array.from(this.#read("float64", new Float64Array(this.numel)));
  }
  /** Numbers nested as the shape says; a tensor without dimensions gives one number. */
  toArray(): NestedNumbers {
    const flat = this.toNumbers();
    const nest = (dim: number, from: number, stride: number): NestedNumbers => {
      if (dim === this.ndim) return flat[from]!;
      const size = this.shape[dim]!;
      const step = size === 0 ? 0 : stride / size;
      return Array.from({ length: size }, (_, i) => nest(dim + 1, from + i * step, step));
    };
    return nest(0, 0, flat.length);
  }
  /** Overwrites the elements with a typed array of this tensor's own element type. */
  setData(data: ArrayBufferView): this {
    engine.writeBytes(this.id, data);
    return this;
  }

  #read<A extends ArrayBufferView>(dtype: Parameters<typeof dtypeCode>[0], into: A): A {
    if (engine.dtype(this.id) === dtypeCode(dtype) && this.isContiguous && this.device === "cpu") {
      engine.readBytes(this.id, into);
      return into;
    }
    using converted = this.detach();
    using moved = converted.to({ dtype, device: "cpu" });
    using dense = moved.contiguous();
    engine.readBytes(dense.id, into);
    return into;
  }

  override toString(): string {
    if (this.disposed) return "Tensor(disposed)";
    const head = this.flatten().slice(0, 0, 6).toNumbers();
    const shown = head
      .map((value) => (isFloating(this.dtype) ? Number(value.toPrecision(5)) : value))
      .join(", ");
    return `Tensor([${this.shape.join(", ")}], ${this.dtype}, ${this.device}: ${shown}${this.numel > 6 ? ", ..." : ""})`;
  }
}

setTensorClass((id) => new Tensor(id));
