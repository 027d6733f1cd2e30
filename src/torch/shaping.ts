/** Views and copies of `Tensor` in another shape, order, place or type; views share memory with their source. */
import { type DType, dtypeCode } from "./dtype.ts";
import { defineOp, engine } from "./engine.ts";
import { type Handle, wrap, wrapAll } from "./handle.ts";
import { PointwiseTensor } from "./pointwise.ts";
import type { Tensor } from "./tensor.ts";

const [VIEW, RESHAPE, EXPAND, PERMUTE] = [
  defineOp("aten::view"),
  defineOp("aten::reshape"),
  defineOp("aten::expand"),
  defineOp("aten::permute"),
];
const [TRANSPOSE, T, UNSQUEEZE, SQUEEZE, SQUEEZE_ALL, FLATTEN, UNFLATTEN] = [
  defineOp("aten::transpose", "int"),
  defineOp("aten::t"),
  defineOp("aten::unsqueeze"),
  defineOp("aten::squeeze", "dim"),
  defineOp("aten::squeeze"),
  defineOp("aten::flatten", "using_ints"),
  defineOp("aten::unflatten", "int"),
];
const [CONTIGUOUS, CLONE, DETACH, REPEAT, REPEAT_INTERLEAVE, FLIP] = [
  defineOp("aten::contiguous"),
  defineOp("aten::clone"),
  defineOp("aten::detach"),
  defineOp("aten::repeat"),
  defineOp("aten::repeat_interleave", "self_int"),
  defineOp("aten::flip"),
];
const [NARROW, SLICE, SELECT, SPLIT, SPLIT_SIZES, CHUNK, UNBIND] = [
  defineOp("aten::narrow"),
  defineOp("aten::slice", "Tensor"),
  defineOp("aten::select", "int"),
  defineOp("aten::split", "Tensor"),
  defineOp("aten::split_with_sizes"),
  defineOp("aten::chunk"),
  defineOp("aten::unbind", "int"),
];
const [TO_DTYPE, TO_DEVICE] = [defineOp("aten::to", "dtype"), defineOp("aten::to", "dtype_layout")];

export class ShapingTensor extends PointwiseTensor {
  /** Same memory in another shape; throws when strides do not allow it. One size may be -1. */
  view(...shape: number[]): Tensor {
    return wrap(engine.call(VIEW, this.id, shape));
  }
  /** A view where possible, else a copy. One size may be -1. */
  reshape(...shape: number[]): Tensor {
    return wrap(engine.call(RESHAPE, this.id, shape));
  }
  /** Repeats dimensions of size 1 without copying; -1 keeps a size. */
  expand(...shape: number[]): Tensor {
    return wrap(engine.call(EXPAND, this.id, shape));
  }
  permute(...dims: number[]): Tensor {
    return wrap(engine.call(PERMUTE, this.id, dims));
  }
  transpose(dim0: number, dim1: number): Tensor {
    return wrap(engine.call(TRANSPOSE, this.id, dim0, dim1));
  }
  /** The transpose of a matrix. */
  t(): Tensor {
    return wrap(engine.call(T, this.id));
  }
  unsqueeze(dim: number): Tensor {
    return wrap(engine.call(UNSQUEEZE, this.id, dim));
  }
  /** Drops `dim` if its size is 1, or without an argument every dimension of size 1. */
  squeeze(dim?: number): Tensor {
    return wrap(dim === undefined ? engine.call(SQUEEZE_ALL, this.id) : engine.call(SQUEEZE, this.id, dim));
  }
  flatten(startDim = 0, endDim = -1): Tensor {
    return wrap(engine.call(FLATTEN, this.id, startDim, endDim));
  }
  unflatten(dim: number, sizes: readonly number[]): Tensor {
    return wrap(engine.call(UNFLATTEN, this.id, dim, sizes));
  }
  /** This tensor if it is contiguous already (as a second handle), else a copy. */
  contiguous(): Tensor {
    return wrap(engine.call(CONTIGUOUS, this.id));
  }
  clone(): Tensor {
    return wrap(engine.call(CLONE, this.id));
  }
  /** The same memory without gradient history. */
  detach(): Tensor {
    return wrap(engine.call(DETACH, this.id));
  }
  repeat(...times: number[]): Tensor {
    return wrap(engine.call(REPEAT, this.id, times));
  }
  repeatInterleave(times: number, dim: number): Tensor {
    return wrap(engine.call(REPEAT_INTERLEAVE, this.id, times, dim));
  }
  flip(...dims: number[]): Tensor {
    return wrap(engine.call(FLIP, this.id, dims));
  }

  /** A view of `length` entries of `dim` from `start`. */
  narrow(dim: number, start: number, length: number): Tensor {
    return wrap(engine.call(NARROW, this.id, dim, start, length));
  }
  /** A view as Python's `start:end:step`; null means from the beginning or to the end. */
  slice(dim: number, start: number | null = null, end: number | null = null, step = 1): Tensor {
    return wrap(engine.call(SLICE, this.id, dim, start, end, step));
  }
  /** A view of one entry of `dim`, which disappears. */
  select(dim: number, index: number): Tensor {
    return wrap(engine.call(SELECT, this.id, dim, index));
  }
  /** Views of at most `size` entries each, or of the given sizes. */
  split(size: number | readonly number[], dim = 0): Tensor[] {
    return wrapAll(
      typeof size === "number"
        ? engine.call(SPLIT, this.id, size, dim)
        : engine.call(SPLIT_SIZES, this.id, size, dim),
    );
  }
  chunk(chunks: number, dim = 0): Tensor[] {
    return wrapAll(engine.call(CHUNK, this.id, chunks, dim));
  }
  unbind(dim = 0): Tensor[] {
    return wrapAll(engine.call(UNBIND, this.id, dim));
  }

  /** Another element type or device; the same memory (a second handle) when nothing changes. */
  to(target: DType | { readonly dtype?: DType; readonly device?: string }): Tensor {
    if (typeof target === "string") return wrap(engine.call(TO_DTYPE, this.id, dtypeCode(target)));
    const dtype = target.dtype === undefined ? null : dtypeCode(target.dtype);
    // ATen reads an absent device as "the CPU" only in creation operators; here it keeps the present one.
    return wrap(engine.call(TO_DEVICE, this.id, dtype, null, target.device ?? null));
  }
  float(): Tensor {
    return this.to("float32");
  }
  long(): Tensor {
    return this.to("int64");
  }
  bool(): Tensor {
    return this.to("bool");
  }
  toType(other: Handle): Tensor {
    return wrap(engine.call(TO_DTYPE, this.id, engine.dtype(other.id)));
  }
}
