/** A KV cache whose rows have their own lengths: tokens are appended to any row; rows are repeated and selected. */
import { keep, tensor, zeros, type Tensor } from "../torch/index.ts";
import { groupedAttention, type Attention } from "./attention.ts";
import { rotate, type Rope } from "./rope.ts";

export interface CacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

export interface CacheRow {
  readonly cache: KvCache;
  readonly index: number;
}

const int64 = (values: readonly number[]): Tensor => tensor(BigInt64Array.from(values, BigInt));

/** Per layer, keys and values [rows * capacity, kvHeads * headDim]; row r owns rows r*capacity and on. */
export class KvCache {
  readonly shape: CacheShape;
  readonly capacity: number;
  #layers: { keys: Tensor; values: Tensor }[];
  #lengths: number[];

  private constructor(
    shape: CacheShape,
    capacity: number,
    layers: { keys: Tensor; values: Tensor }[],
    lengths: number[],
  ) {
    this.shape = shape;
    this.capacity = capacity;
    this.#layers = layers;
    this.#lengths = lengths;
  }

  static empty(shape: CacheShape, rows: number, capacity: number): KvCache {
    const make = (): Tensor => keep(zeros([rows * capacity, shape.kvHeads * shape.headDim]));
    const layers = Array.from({ length: shape.layers }, () => ({ keys: make(), values: make() }));
    return new KvCache(
      shape,
      capacity,
      layers,
      Array.from({ length: rows }, () => 0),
    );
  }

  get rows(): number {
    return this.#lengths.length;
  }

  get lengths(): readonly number[] {
    return this.#lengths;
  }

  /** A new cache of the given rows of other caches of the same shape, in the given order, repeats allowed. */
  static gather(sources: readonly CacheRow[], capacity: number): KvCache {
    const { shape } = sources[0]!.cache;
    const out = KvCache.empty(shape, sources.length, capacity);
    for (const cache of new Set(sources.map((source) => source.cache))) {
      const mine = sources
        .map((source, to) => ({ from: source.index, to, cache: source.cache }))
        .filter((m) => m.cache === cache);
      const from = int64(mine.map((m) => m.from));
      const to = int64(mine.map((m) => m.to));
      const kept = Math.max(...mine.map((m) => cache.#lengths[m.from]!));
      for (const { from: row, to: at } of mine) out.#lengths[at] = cache.#lengths[row]!;
      if (kept === 0) continue;
      cache.#layers.forEach((layer, i) => {
        const target = out.#layers[i]!;
        out
          .#rowsOf(target.keys, kept)
          .indexCopy_(0, to, cache.#rowsOf(layer.keys, kept).indexSelect(0, from));
        out
          .#rowsOf(target.values, kept)
          .indexCopy_(0, to, cache.#rowsOf(layer.values, kept).indexSelect(0, from));
      });
    }
    return out;
  }

  /** The first `width` positions of every row: [rows, width, kvHeads * headDim], a view. */
  #rowsOf(x: Tensor, width: number): Tensor {
    return x.view(this.rows, this.capacity, this.shape.kvHeads * this.shape.headDim).narrow(1, 0, width);
  }

  /**
   * Attention for a chunk [B, T] of which row b has `counts[b]` real tokens, right-padded. Padding writes behind the
   * row's end, where nothing looks until real tokens overwrite it. Call `advance` after the forward pass.
   */
  attention(rope: Rope, counts: readonly number[], chunk: number): Attention {
    const rows = this.rows;
    const { kvHeads, headDim } = this.shape;
    const seen = Math.max(
      ...this.#lengths.map((length, row) => length + counts[row]!),
      ...this.#lengths.map((length) => length + 1),
    );
    const width = Math.min(this.capacity, Math.max(seen, chunk));
    const positions = new BigInt64Array(rows * chunk);
    const places = new BigInt64Array(rows * chunk);
    const hidden = new Uint8Array(rows * chunk * width);
    for (let row = 0; row < rows; row++) {
      for (let t = 0; t < chunk; t++) {
        const at = Math.min(this.#lengths[row]! + t, this.capacity - 1);
        positions[row * chunk + t] = BigInt(at);
        places[row * chunk + t] = BigInt(row * this.capacity + at);
        hidden.fill(1, (row * chunk + t) * width, (row * chunk + t) * width + Math.min(at + 1, width));
      }
    }
    const index = tensor(positions);
    const cos = rope.cos.indexSelect(0, index).view(rows, chunk, 1, headDim);
    const sin = rope.sin.indexSelect(0, index).view(rows, chunk, 1, headDim);
    const at = tensor(places);
    const visible = tensor(hidden, { shape: [rows, chunk, width] }).bool();
    return {
      attend: (layer, q, k, v) => {
        const cache = this.#layers[layer]!;
        cache.keys.indexCopy_(0, at, rotate(k, cos, sin).reshape(rows * chunk, kvHeads * headDim));
        cache.values.indexCopy_(0, at, v.reshape(rows * chunk, kvHeads * headDim));
        const read = (x: Tensor): Tensor =>
          x.view(rows, this.capacity, kvHeads, headDim).narrow(1, 0, width).transpose(1, 2);
        return groupedAttention(rotate(q, cos, sin), read(cache.keys), read(cache.values), visible);
      },
    };
  }

  advance(counts: readonly number[]): void {
    this.#lengths = this.#lengths.map((length, row) => length + counts[row]!);
  }

  dispose(): void {
    for (const { keys, values } of this.#layers) {
      keys.dispose();
      values.dispose();
    }
    this.#layers = [];
  }
}
