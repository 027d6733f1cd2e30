/** A KV cache whose rows have their own lengths: tokens are appended to any row; rows are repeated and selected. */
import { keep, tensor, zeros, type DType, type Tensor } from "../torch/index.ts";
import { causalAttention, type Attention } from "./attention.ts";
import { cachedAttention, prefixedAttention, PrefixSlots, type CachedKeys } from "./cached-attention.ts";
import { rotate, windowOf, type Rope } from "./rope.ts";

export interface CacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Of keys and values; default float32. */
  readonly dtype?: DType;
}

export interface CacheRow {
  readonly cache: KvCache;
  readonly index: number;
}

/** What rows go on from: row b's text is row `of[b]` of `cache`, then its own tokens. */
export interface SharedPrefix {
  readonly cache: KvCache;
  readonly of: readonly number[];
}

/** Masks differ between layers only by their window: each is made once, when a layer first asks. */
function perWindow(make: (window: number) => Tensor): (window: number | undefined) => Tensor {
  const made = new Map<number, Tensor>();
  return (window = Infinity) => {
    const mask = made.get(window) ?? make(window);
    made.set(window, mask);
    return mask;
  };
}

const int64 = (values: readonly number[]): Tensor => tensor(BigInt64Array.from(values, BigInt));

/** Per layer, keys and values [rows * kvHeads * capacity, headDim]. */
export class KvCache {
  readonly shape: CacheShape;
  readonly capacity: number;
  #layers: CachedKeys[];
  #lengths: number[];

  private constructor(shape: CacheShape, capacity: number, layers: CachedKeys[], lengths: number[]) {
    this.shape = shape;
    this.capacity = capacity;
    this.#layers = layers;
    this.#lengths = lengths;
  }

  static empty(shape: CacheShape, rows: number, capacity: number): KvCache {
    const make = (): Tensor =>
      keep(zeros([rows * shape.kvHeads * capacity, shape.headDim], { dtype: shape.dtype ?? "float32" }));
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
        for (const part of ["keys", "values"] as const) {
          const moved = cache.#first(layer[part], kept).indexSelect(0, from);
          out.#first(target[part], kept).indexCopy_(0, to, moved);
        }
      });
    }
    return out;
  }

  /** Puts a row of another cache of the same shape in the place of a row; its text must fit the capacity. */
  replace(row: number, source: CacheRow): void {
    const kept = source.cache.#lengths[source.index]!;
    this.#lengths[row] = kept;
    if (kept === 0) return;
    this.#layers.forEach((layer, i) => {
      for (const part of ["keys", "values"] as const) {
        const from = source.cache.#first(source.cache.#layers[i]![part], kept).select(0, source.index);
        this.#first(layer[part], kept).select(0, row).copy_(from);
      }
    });
  }

  /** Forgets a row's text; the row stays. */
  clear(row: number): void {
    this.#lengths[row] = 0;
  }

  /** The first `width` positions of every row: [rows, kvHeads, width, headDim], a view. */
  #first(x: Tensor, width: number): Tensor {
    const { kvHeads, headDim } = this.shape;
    return x.view(this.rows, kvHeads, this.capacity, headDim).narrow(2, 0, width);
  }

  #read(layer: number, width: number): CachedKeys {
    const { keys, values } = this.#layers[layer]!;
    return { keys: this.#first(keys, width), values: this.#first(values, width) };
  }

  /**
   * Attention for a chunk [B, T] of which row b has `counts[b]` real tokens, right-padded. Padding writes behind the
   * row's end, where nothing looks until real tokens overwrite it. Call `advance` after the forward pass.
   */
  attention(rope: Rope, counts: readonly number[], chunk: number, prefix?: SharedPrefix): Attention {
    const { kvHeads, headDim } = this.shape;
    const rows = this.rows;
    const seen = this.#lengths.map((length, row) => length + Math.max(1, counts[row]!));
    const width = Math.min(this.capacity, Math.max(chunk, ...seen));
    /** In the cache, of row b's t-th new token. */
    const place = (row: number, t: number): number => Math.min(this.#lengths[row]! + t, this.capacity - 1);

    const positions = new BigInt64Array(rows * chunk);
    const places = new BigInt64Array(rows * chunk * kvHeads);
    for (let row = 0, i = 0; row < rows; row++) {
      const before = prefix === undefined ? 0 : prefix.cache.#lengths[prefix.of[row]!]!;
      for (let t = 0; t < chunk; t++) {
        const at = place(row, t);
        positions[row * chunk + t] = BigInt(before + at);
        for (let head = 0; head < kvHeads; head++)
          places[i++] = BigInt((row * kvHeads + head) * this.capacity + at);
      }
    }
    const index = tensor(positions);
    const cos = rope.cos.indexSelect(0, index).view(rows, chunk, 1, headDim);
    const sin = rope.sin.indexSelect(0, index).view(rows, chunk, 1, headDim);
    const at = tensor(places);
    const mix =
      prefix === undefined
        ? this.#ownAttention(rope, chunk, width, place)
        : this.#prefixedAttention(rope, chunk, width, place, prefix);
    return {
      attend: (layer, q, k, v) => {
        const cache = this.#layers[layer]!;
        cache.keys.indexCopy_(0, at, rotate(k, cos, sin).reshape(rows * chunk * kvHeads, headDim));
        cache.values.indexCopy_(0, at, v.reshape(rows * chunk * kvHeads, headDim));
        return mix(layer, rotate(q, cos, sin));
      },
    };
  }

  /**
   * Attention for the first `lengths.length` tokens of the rows from `first` on, which must be empty: a chunk [n, T] of
   * prompts, right-padded. Causal, so without a mask; the rows have their lengths at once.
   */
  prefill(rope: Rope, first: number, lengths: readonly number[]): Attention {
    const { kvHeads, headDim } = this.shape;
    lengths.forEach((length, i) => (this.#lengths[first + i] = length));
    const store = (into: Tensor, x: Tensor): void => {
      const rows = into.view(this.rows, kvHeads, this.capacity, headDim).narrow(0, first, lengths.length);
      rows.narrow(2, 0, x.size(1)).copy_(x.transpose(1, 2));
    };
    return causalAttention(rope, (layer, keys, values) => {
      store(this.#layers[layer]!.keys, keys);
      store(this.#layers[layer]!.values, values);
    });
  }

  #ownAttention(
    rope: Rope,
    chunk: number,
    width: number,
    place: (row: number, t: number) => number,
  ): (layer: number, q: Tensor) => Tensor {
    const visible = perWindow((window) => {
      const shown = new Uint8Array(this.rows * chunk * width);
      for (let query = 0; query < this.rows * chunk; query++) {
        const at = place(Math.floor(query / chunk), query % chunk);
        shown.fill(1, query * width + Math.max(0, at - window + 1), query * width + at + 1);
      }
      return tensor(shown, { shape: [this.rows, chunk, width] }).bool();
    });
    return (layer, q) => cachedAttention(q, this.#read(layer, width), visible(windowOf(rope, layer, width)));
  }

  #prefixedAttention(
    rope: Rope,
    chunk: number,
    width: number,
    place: (row: number, t: number) => number,
    prefix: SharedPrefix,
  ): (layer: number, q: Tensor) => Tensor {
    const { cache, of } = prefix;
    const shared = Math.max(1, ...cache.#lengths);
    const all = shared + width;
    const mask = perWindow((window) => {
      const hidden = new Float32Array(this.rows * chunk * all).fill(-Infinity);
      for (let query = 0; query < this.rows * chunk; query++) {
        const row = Math.floor(query / chunk);
        const start = query * all;
        const before = cache.#lengths[of[row]!]!;
        const at = place(row, query % chunk);
        hidden.fill(0, start + Math.min(before, Math.max(0, before + at - window + 1)), start + before);
        hidden.fill(0, start + shared + Math.max(0, at - window + 1), start + shared + at + 1);
      }
      return tensor(hidden, { shape: [this.rows, chunk, all], dtype: this.shape.dtype ?? "float32" });
    });
    const slots = new PrefixSlots(of, cache.rows);
    return (layer, q) => {
      const [prefixKeys, own] = [cache.#read(layer, shared), this.#read(layer, width)];
      return prefixedAttention(q, prefixKeys, own, slots, mask(windowOf(rope, layer, all)));
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
