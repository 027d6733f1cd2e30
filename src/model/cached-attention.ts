/** Attention of new tokens over cached keys: each row's own, and a prefix that several rows share. */
import { cat, scaledDotProductAttention, tensor, type Tensor } from "../torch/index.ts";

/** Keys and values [rows, kvHeads, positions, headDim]. */
export interface CachedKeys {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** [B, T, heads, D] -> [B, kvHeads, heads / kvHeads * T, D]: the query heads of a group become queries of one key head. */
function foldHeads(q: Tensor, kvHeads: number): Tensor {
  const [batch, length, heads, dim] = q.shape as [number, number, number, number];
  const group = heads / kvHeads;
  return q
    .view(batch, length, kvHeads, group, dim)
    .permute(0, 2, 3, 1, 4)
    .reshape(batch, kvHeads, group * length, dim);
}

/** The inverse of `foldHeads`, with heads and their dimensions in one axis: -> [B, T, heads * D]. */
function unfoldHeads(mixed: Tensor, length: number): Tensor {
  const [batch, kvHeads, queries, dim] = mixed.shape as [number, number, number, number];
  const group = queries / length;
  return mixed
    .view(batch, kvHeads, group, length, dim)
    .permute(0, 3, 1, 2, 4)
    .reshape(batch, length, kvHeads * group * dim);
}

/** [B, T, C] -> [B, 1, group * T, C] */
function foldMask(mask: Tensor, group: number): Tensor {
  const [batch, length, keys] = mask.shape as [number, number, number];
  if (group === 1) return mask.unsqueeze(1);
  return mask
    .view(batch, 1, 1, length, keys)
    .expand(batch, 1, group, length, keys)
    .reshape(batch, 1, group * length, keys);
}

/** q [B, T, heads, D]; own keys of C positions; visible [B, T, C] bool -> [B, T, heads * D]. Keys are not repeated. */
export function cachedAttention(q: Tensor, own: CachedKeys, visible: Tensor): Tensor {
  const [, length, heads] = q.shape as [number, number, number];
  const kvHeads = own.keys.size(1);
  const mask = foldMask(visible, heads / kvHeads);
  return unfoldHeads(
    scaledDotProductAttention(foldHeads(q, kvHeads), own.keys, own.values, { mask }),
    length,
  );
}

/** Which rows read which prefix: rows go to slots, an equal number of them for each prefix, some left empty. */
export class PrefixSlots {
  readonly #prefixes: number;
  readonly #perPrefix: number;
  readonly #rowOfSlot: Tensor;
  readonly #slotOfRow: Tensor;

  /** `of[b]` is the prefix of row b. */
  constructor(of: readonly number[], prefixes: number) {
    const used = Array.from({ length: prefixes }, () => 0);
    const places = of.map((prefix) => ({ prefix, place: used[prefix]!++ }));
    this.#prefixes = prefixes;
    this.#perPrefix = Math.max(...used);
    const slotOfRow = places.map(({ prefix, place }) => prefix * this.#perPrefix + place);
    // An empty slot computes the first row again; nobody reads its result.
    const rowOfSlot = new BigInt64Array(prefixes * this.#perPrefix);
    slotOfRow.forEach((slot, row) => (rowOfSlot[slot] = BigInt(row)));
    this.#rowOfSlot = tensor(rowOfSlot);
    this.#slotOfRow = tensor(BigInt64Array.from(slotOfRow, BigInt));
  }

  /** [B, H, Q, D] -> [prefixes, H, perPrefix * Q, D] */
  toPrefixes(x: Tensor): Tensor {
    const [, heads, queries, dim] = x.shape as [number, number, number, number];
    return x
      .indexSelect(0, this.#rowOfSlot)
      .view(this.#prefixes, this.#perPrefix, heads, queries, dim)
      .transpose(1, 2)
      .reshape(this.#prefixes, heads, this.#perPrefix * queries, dim);
  }

  /** The inverse of `toPrefixes`. */
  toRows(x: Tensor): Tensor {
    const [, heads, queries, dim] = x.shape as [number, number, number, number];
    return x
      .view(this.#prefixes, heads, this.#perPrefix, queries / this.#perPrefix, dim)
      .transpose(1, 2)
      .reshape(this.#prefixes * this.#perPrefix, heads, queries / this.#perPrefix, dim)
      .indexSelect(0, this.#slotOfRow);
  }
}

/**
 * One softmax over a shared prefix of P positions and each row's own C positions. A prefix is read once for all of its
 * rows (as in Hydragen, Juravsky et al. 2024, but with the scores side by side instead of two partial softmaxes).
 * q [B, T, heads, D]; mask [B, T, P + C], added to the scores: 0 or -Infinity -> [B, T, heads * D].
 */
export function prefixedAttention(
  q: Tensor,
  prefix: CachedKeys,
  own: CachedKeys,
  slots: PrefixSlots,
  mask: Tensor,
): Tensor {
  const [, length, heads, dim] = q.shape as [number, number, number, number];
  const kvHeads = own.keys.size(1);
  const queries = foldHeads(q, kvHeads).mul(1 / Math.sqrt(dim));
  const onPrefix = slots.toRows(slots.toPrefixes(queries).matmul(prefix.keys.transpose(2, 3)));
  const onOwn = queries.matmul(own.keys.transpose(2, 3));
  const weights = cat([onPrefix, onOwn], -1)
    .add(foldMask(mask, heads / kvHeads))
    .softmax(-1);
  const [p, c] = [prefix.keys.size(2), own.keys.size(2)];
  const fromPrefix = slots.toRows(slots.toPrefixes(weights.narrow(-1, 0, p)).matmul(prefix.values));
  return unfoldHeads(fromPrefix.add(weights.narrow(-1, p, c).matmul(own.values)), length);
}
