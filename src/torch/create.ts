/** Tensors from JavaScript data, constants, ranges and random draws; and joining of tensors. */
import { type DType, dtypeCode } from "./dtype.ts";
import { defineOp, engine } from "./engine.ts";
import type { Generator } from "./generator.ts";
import { type Handle, idsOf, wrap } from "./handle.ts";
import type { NestedNumbers, Tensor, TensorData } from "./tensor.ts";

export interface TensorOptions {
  /** Default float32. */
  readonly dtype?: DType;
  /** Default `cpu`. */
  readonly device?: string;
}
export interface RandomOptions extends TensorOptions {
  readonly generator?: Generator;
}

const [EMPTY, ZEROS, ONES, FULL, ARANGE] = [
  defineOp("aten::empty", "memory_format"),
  defineOp("aten::zeros"),
  defineOp("aten::ones"),
  defineOp("aten::full"),
  defineOp("aten::arange", "start_step"),
];
const [RAND, RANDN, RANDINT, RANDPERM] = [
  defineOp("aten::rand", "generator"),
  defineOp("aten::randn", "generator"),
  defineOp("aten::randint", "low_generator"),
  defineOp("aten::randperm", "generator"),
];
const [EMPTY_LIKE, ZEROS_LIKE, ONES_LIKE, FULL_LIKE] = [
  defineOp("aten::empty_like"),
  defineOp("aten::zeros_like"),
  defineOp("aten::ones_like"),
  defineOp("aten::full_like"),
];
const [CAT, STACK, WHERE] = [defineOp("aten::cat"), defineOp("aten::stack"), defineOp("aten::where", "self")];

const code = (options: TensorOptions, fallback: DType = "float32"): number =>
  dtypeCode(options.dtype ?? fallback);

const DTYPE_OF_ARRAY = new Map<unknown, DType>([
  [Float32Array, "float32"],
  [Float64Array, "float64"],
  [BigInt64Array, "int64"],
  [Int32Array, "int32"],
  [Int16Array, "int16"],
  [Int8Array, "int8"],
  [Uint8Array, "uint8"],
]);

/**
 * A tensor with a copy of `data`. Nested arrays give the shape; a typed array is flat unless `shape` is given.
 * Default element type: that of the typed array, float32 for numbers. Throws when the arrays are ragged.
 */
export function tensor(
  data: NestedNumbers | readonly number[] | TensorData,
  options: TensorOptions & { readonly shape?: readonly number[] } = {},
): Tensor {
  let flat: TensorData;
  let shape: readonly number[];
  let dtype: DType;
  if (ArrayBuffer.isView(data)) {
    flat = data;
    shape = [data.length];
    const own = DTYPE_OF_ARRAY.get(data.constructor);
    // Buffer and other subclasses of Uint8Array count as bytes.
    dtype = own ?? "uint8";
  } else {
    shape = shapeOf(data);
    const numbers = typeof data === "number" ? [data] : (data as number[]).flat(Infinity);
    if (numbers.length !== shape.reduce((a, b) => a * b, 1))
      throw new RangeError("the nested arrays are ragged");
    flat = Float64Array.from(numbers as number[]);
    dtype = "float64";
  }
  const made = wrap(engine.fromBytes(flat, dtypeCode(dtype), options.shape ?? shape));
  const wanted = options.dtype ?? (ArrayBuffer.isView(data) ? dtype : "float32");
  if (wanted === dtype && options.device === undefined) return made;
  const converted = made.to({
    dtype: wanted,
    ...(options.device === undefined ? {} : { device: options.device }),
  });
  made.dispose();
  return converted;
}

function shapeOf(data: NestedNumbers | readonly number[]): number[] {
  const shape: number[] = [];
  for (let level: unknown = data; Array.isArray(level); level = level[0]) shape.push(level.length);
  return shape;
}

/** Memory that has not been set. */
export function empty(shape: readonly number[], options: TensorOptions = {}): Tensor {
  return wrap(engine.call(EMPTY, shape, code(options), null, options.device));
}
export function zeros(shape: readonly number[], options: TensorOptions = {}): Tensor {
  return wrap(engine.call(ZEROS, shape, code(options), null, options.device));
}
export function ones(shape: readonly number[], options: TensorOptions = {}): Tensor {
  return wrap(engine.call(ONES, shape, code(options), null, options.device));
}
export function full(shape: readonly number[], value: number, options: TensorOptions = {}): Tensor {
  return wrap(engine.call(FULL, shape, value, code(options), null, options.device));
}
export function emptyLike(like: Handle): Tensor {
  return wrap(engine.call(EMPTY_LIKE, like.id));
}
export function zerosLike(like: Handle): Tensor {
  return wrap(engine.call(ZEROS_LIKE, like.id));
}
export function onesLike(like: Handle): Tensor {
  return wrap(engine.call(ONES_LIKE, like.id));
}
export function fullLike(like: Handle, value: number): Tensor {
  return wrap(engine.call(FULL_LIKE, like.id, value));
}
/** start, start + step, ... below `end`; int64 unless said otherwise. */
export function arange(start: number, end: number, step = 1, options: TensorOptions = {}): Tensor {
  return wrap(engine.call(ARANGE, start, end, step, code(options, "int64"), null, options.device));
}

/** Uniform in [0, 1). */
export function rand(shape: readonly number[], options: RandomOptions = {}): Tensor {
  return wrap(
    engine.call(RAND, shape, options.generator?.number ?? null, code(options), null, options.device),
  );
}
/** Standard normal. */
export function randn(shape: readonly number[], options: RandomOptions = {}): Tensor {
  return wrap(
    engine.call(RANDN, shape, options.generator?.number ?? null, code(options), null, options.device),
  );
}
/** Integers in [low, high), int64. */
export function randint(
  low: number,
  high: number,
  shape: readonly number[],
  options: RandomOptions = {},
): Tensor {
  const generator = options.generator?.number ?? null;
  return wrap(
    engine.call(RANDINT, low, high, shape, generator, code(options, "int64"), null, options.device),
  );
}
/** 0 .. n-1 in random order, int64. */
export function randperm(n: number, options: RandomOptions = {}): Tensor {
  const generator = options.generator?.number ?? null;
  return wrap(engine.call(RANDPERM, n, generator, code(options, "int64"), null, options.device));
}

/** Joins along an existing dimension. */
export function cat(tensors: readonly Handle[], dim = 0): Tensor {
  return wrap(engine.call(CAT, idsOf(tensors), dim));
}
/** Joins along a new dimension. */
export function stack(tensors: readonly Handle[], dim = 0): Tensor {
  return wrap(engine.call(STACK, idsOf(tensors), dim));
}
/** `a` where `condition` (bool) holds, else `b`. */
export function where(condition: Handle, a: Handle, b: Handle): Tensor {
  return wrap(engine.call(WHERE, condition.id, a.id, b.id));
}
