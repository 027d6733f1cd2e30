/** Products, sums, softmaxes, orderings and draws of `Tensor`. */
import { defineOp, engine } from "./engine.ts";
import type { Generator } from "./generator.ts";
import { type Handle, wrap, wrapAll } from "./handle.ts";
import { IndexingTensor } from "./indexing.ts";
import type { Tensor } from "./tensor.ts";

type Dims = number | readonly number[];

const [MATMUL, MM, BMM, ADDMM, BADDBMM] = [
  defineOp("aten::matmul"),
  defineOp("aten::mm"),
  defineOp("aten::bmm"),
  defineOp("aten::addmm"),
  defineOp("aten::baddbmm"),
];
const SUM = [defineOp("aten::sum"), defineOp("aten::sum", "dim_IntList")] as const;
const MEAN = [defineOp("aten::mean"), defineOp("aten::mean", "dim")] as const;
const [VAR, STD, AMAX, AMIN, MAX, MIN] = [
  defineOp("aten::var", "correction"),
  defineOp("aten::std", "correction"),
  defineOp("aten::amax"),
  defineOp("aten::amin"),
  defineOp("aten::max"),
  defineOp("aten::min"),
];
const [LOGSUMEXP, SOFTMAX, LOG_SOFTMAX, CUMSUM, NORM] = [
  defineOp("aten::logsumexp"),
  defineOp("aten::softmax", "int"),
  defineOp("aten::log_softmax", "int"),
  defineOp("aten::cumsum"),
  defineOp("aten::linalg_vector_norm"),
];
const [ARGMAX, ARGMIN, TOPK, SORT, ARGSORT, MULTINOMIAL] = [
  defineOp("aten::argmax"),
  defineOp("aten::argmin"),
  defineOp("aten::topk"),
  defineOp("aten::sort"),
  defineOp("aten::argsort"),
  defineOp("aten::multinomial"),
];
const ALL = [defineOp("aten::all"), defineOp("aten::all", "dim")] as const;
const ANY = [defineOp("aten::any"), defineOp("aten::any", "dim")] as const;

const list = (dims: Dims): readonly number[] => (typeof dims === "number" ? [dims] : dims);

export class ReductionTensor extends IndexingTensor {
  matmul(other: Handle): Tensor {
    return wrap(engine.call(MATMUL, this.id, other.id));
  }
  mm(other: Handle): Tensor {
    return wrap(engine.call(MM, this.id, other.id));
  }
  bmm(other: Handle): Tensor {
    return wrap(engine.call(BMM, this.id, other.id));
  }
  /** beta * this + alpha * a @ b */
  addmm(a: Handle, b: Handle, beta = 1, alpha = 1): Tensor {
    return wrap(engine.call(ADDMM, this.id, a.id, b.id, beta, alpha));
  }
  baddbmm(a: Handle, b: Handle, beta = 1, alpha = 1): Tensor {
    return wrap(engine.call(BADDBMM, this.id, a.id, b.id, beta, alpha));
  }

  sum(dims?: Dims, keepdim = false): Tensor {
    return wrap(
      dims === undefined ? engine.call(SUM[0], this.id) : engine.call(SUM[1], this.id, list(dims), keepdim),
    );
  }
  mean(dims?: Dims, keepdim = false): Tensor {
    return wrap(
      dims === undefined ? engine.call(MEAN[0], this.id) : engine.call(MEAN[1], this.id, list(dims), keepdim),
    );
  }
  /** `correction` 1 divides by n - 1. */
  var(dims?: Dims, correction = 1, keepdim = false): Tensor {
    return wrap(engine.call(VAR, this.id, dims === undefined ? null : list(dims), correction, keepdim));
  }
  std(dims?: Dims, correction = 1, keepdim = false): Tensor {
    return wrap(engine.call(STD, this.id, dims === undefined ? null : list(dims), correction, keepdim));
  }
  amax(dims: Dims = [], keepdim = false): Tensor {
    return wrap(engine.call(AMAX, this.id, list(dims), keepdim));
  }
  amin(dims: Dims = [], keepdim = false): Tensor {
    return wrap(engine.call(AMIN, this.id, list(dims), keepdim));
  }
  max(): Tensor {
    return wrap(engine.call(MAX, this.id));
  }
  min(): Tensor {
    return wrap(engine.call(MIN, this.id));
  }
  /** The p-norm of all entries, or along `dims`. */
  norm(p = 2, dims?: Dims, keepdim = false): Tensor {
    return wrap(engine.call(NORM, this.id, p, dims === undefined ? null : list(dims), keepdim));
  }
  logsumexp(dims: Dims, keepdim = false): Tensor {
    return wrap(engine.call(LOGSUMEXP, this.id, list(dims), keepdim));
  }
  softmax(dim = -1): Tensor {
    return wrap(engine.call(SOFTMAX, this.id, dim));
  }
  logSoftmax(dim = -1): Tensor {
    return wrap(engine.call(LOG_SOFTMAX, this.id, dim));
  }
  cumsum(dim: number): Tensor {
    return wrap(engine.call(CUMSUM, this.id, dim));
  }
  all(dim?: number): Tensor {
    return wrap(dim === undefined ? engine.call(ALL[0], this.id) : engine.call(ALL[1], this.id, dim));
  }
  any(dim?: number): Tensor {
    return wrap(dim === undefined ? engine.call(ANY[0], this.id) : engine.call(ANY[1], this.id, dim));
  }

  /** Index of the largest entry (int64); without `dim`, of the flattened tensor. */
  argmax(dim: number | null = null, keepdim = false): Tensor {
    return wrap(engine.call(ARGMAX, this.id, dim, keepdim));
  }
  argmin(dim: number | null = null, keepdim = false): Tensor {
    return wrap(engine.call(ARGMIN, this.id, dim, keepdim));
  }
  topk(k: number, dim = -1, largest = true, sorted = true): { values: Tensor; indices: Tensor } {
    return valuesAndIndices(engine.call(TOPK, this.id, k, dim, largest, sorted));
  }
  sort(dim = -1, descending = false): { values: Tensor; indices: Tensor } {
    return valuesAndIndices(engine.call(SORT, this.id, dim, descending));
  }
  argsort(dim = -1, descending = false): Tensor {
    return wrap(engine.call(ARGSORT, this.id, dim, descending));
  }
  /** Draws `count` indices per row (last dimension) with these weights. */
  multinomial(count: number, replacement = false, generator?: Generator): Tensor {
    return wrap(engine.call(MULTINOMIAL, this.id, count, replacement, generator?.number));
  }
}

function valuesAndIndices(ids: unknown): { values: Tensor; indices: Tensor } {
  const [values, indices] = wrapAll(ids);
  return { values: values!, indices: indices! };
}
