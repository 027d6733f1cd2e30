/** Reading and writing entries of `Tensor` by index; the ones that end in an underscore write without copying. */
import { defineOp, engine } from "./engine.ts";
import { type Handle, wrap } from "./handle.ts";
import { ShapingTensor } from "./shaping.ts";
import type { Tensor } from "./tensor.ts";

const [GATHER, INDEX_SELECT, INDEX, MASKED_SELECT] = [
  defineOp("aten::gather"),
  defineOp("aten::index_select"),
  defineOp("aten::index", "Tensor"),
  defineOp("aten::masked_select"),
];
const [INDEX_COPY_, INDEX_ADD_, INDEX_FILL_, INDEX_PUT_] = [
  defineOp("aten::index_copy_"),
  defineOp("aten::index_add_"),
  defineOp("aten::index_fill_", "int_Scalar"),
  defineOp("aten::index_put_"),
];
const [INDEX_COPY, INDEX_ADD, INDEX_PUT, SCATTER_ADD] = [
  defineOp("aten::index_copy"),
  defineOp("aten::index_add"),
  defineOp("aten::index_put"),
  defineOp("aten::scatter_add"),
];
const SCATTER = [defineOp("aten::scatter", "src"), defineOp("aten::scatter", "value")] as const;
const SCATTER_ = [defineOp("aten::scatter_", "src"), defineOp("aten::scatter_", "value")] as const;
const SCATTER_ADD_ = defineOp("aten::scatter_add_");
const [NONZERO, WHERE_SCALAR] = [defineOp("aten::nonzero"), defineOp("aten::where", "ScalarOther")];
const WHERE = defineOp("aten::where", "self");

const ids = (indices: readonly (Handle | null)[]): (number | null)[] =>
  indices.map((index) => index?.id ?? null);

export class IndexingTensor extends ShapingTensor {
  /** out[i][j] = this[i][index[i][j]] for dim 1; `index` is int64 with as many dimensions as this. */
  gather(dim: number, index: Handle): Tensor {
    return wrap(engine.call(GATHER, this.id, dim, index.id));
  }
  /** Entries of `dim` in the order of `index` (one-dimensional, int64 or int32). */
  indexSelect(dim: number, index: Handle): Tensor {
    return wrap(engine.call(INDEX_SELECT, this.id, dim, index.id));
  }
  /** `this[i0, i1, ...]` with null for `:`; index tensors are int64 or bool. */
  index(...indices: (Handle | null)[]): Tensor {
    return wrap(engine.call(INDEX, this.id, ids(indices)));
  }
  maskedSelect(mask: Handle): Tensor {
    return wrap(engine.call(MASKED_SELECT, this.id, mask.id));
  }
  /** Rows of coordinates of the entries that are not zero. */
  nonzero(): Tensor {
    return wrap(engine.call(NONZERO, this.id));
  }
  /** This tensor as condition: `a` where it holds, else `b`. */
  where(a: Handle, b: Handle | number): Tensor {
    return wrap(
      typeof b === "number"
        ? engine.call(WHERE_SCALAR, this.id, a.id, b)
        : engine.call(WHERE, this.id, a.id, b.id),
    );
  }

  indexCopy(dim: number, index: Handle, source: Handle): Tensor {
    return wrap(engine.call(INDEX_COPY, this.id, dim, index.id, source.id));
  }
  indexAdd(dim: number, index: Handle, source: Handle): Tensor {
    return wrap(engine.call(INDEX_ADD, this.id, dim, index.id, source.id));
  }
  indexPut(indices: readonly (Handle | null)[], values: Handle, accumulate = false): Tensor {
    return wrap(engine.call(INDEX_PUT, this.id, ids(indices), values.id, accumulate));
  }
  scatter(dim: number, index: Handle, source: Handle | number): Tensor {
    return wrap(
      typeof source === "number"
        ? engine.call(SCATTER[1], this.id, dim, index.id, source)
        : engine.call(SCATTER[0], this.id, dim, index.id, source.id),
    );
  }
  scatterAdd(dim: number, index: Handle, source: Handle): Tensor {
    return wrap(engine.call(SCATTER_ADD, this.id, dim, index.id, source.id));
  }

  indexCopy_(dim: number, index: Handle, source: Handle): this {
    engine.call(INDEX_COPY_, this.id, dim, index.id, source.id);
    return this;
  }
  indexAdd_(dim: number, index: Handle, source: Handle): this {
    engine.call(INDEX_ADD_, this.id, dim, index.id, source.id);
    return this;
  }
  indexFill_(dim: number, index: Handle, value: number): this {
    engine.call(INDEX_FILL_, this.id, dim, index.id, value);
    return this;
  }
  /** `this[i0, i1, ...] = values`, with null for `:`. */
  indexPut_(indices: readonly (Handle | null)[], values: Handle, accumulate = false): this {
    engine.call(INDEX_PUT_, this.id, ids(indices), values.id, accumulate);
    return this;
  }
  scatter_(dim: number, index: Handle, source: Handle | number): this {
    if (typeof source === "number") engine.call(SCATTER_[1], this.id, dim, index.id, source);
    else engine.call(SCATTER_[0], this.id, dim, index.id, source.id);
    return this;
  }
  scatterAdd_(dim: number, index: Handle, source: Handle): this {
    engine.call(SCATTER_ADD_, this.id, dim, index.id, source.id);
    return this;
  }
}
