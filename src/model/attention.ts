/** Attention for training and scoring: plain causal rows, one query for each, and sequences packed into one row. */
import { arange, cat, ones, scaledDotProductAttention, tensor, type Tensor } from "../torch/index.ts";
import { rotate, windowOf, type Rope } from "./rope.ts";

/**
 * How tokens see one another: rotates q and k, attends, returns [B, T, heads * headDim].
 * q [B, T, heads, headDim]; k, v [B, T, kvHeads, headDim].
 */
export interface Attention {
  attend(layer: number, q: Tensor, k: Tensor, v: Tensor): Tensor;
}

/** [B, T, kvHeads, D] -> [B, heads, T, D], each key head repeated for its group of query heads. */
function expandHeads(x: Tensor, heads: number): Tensor {
  const [batch, length, kvHeads, dim] = x.shape as [number, number, number, number];
  const turned = x.transpose(1, 2);
  if (kvHeads === heads) return turned;
  const times = heads / kvHeads;
  return turned.unsqueeze(2).expand(batch, kvHeads, times, length, dim).reshape(batch, heads, length, dim);
}

/** Told each layer's keys, rotated, and values, both [B, T, kvHeads, D]: what a cache keeps. */
export type KeySink = (layer: number, keys: Tensor, values: Tensor) => void;

type Visibility = { readonly causal: true } | { readonly mask: Tensor };

/** cos, sin broadcast to [B, T, heads, D]. */
function attention(
  cos: Tensor,
  sin: Tensor,
  visibility: (layer: number) => Visibility,
  sink?: KeySink,
): Attention["attend"] {
  return (layer, q, k, v) => {
    const [batch, length, heads, dim] = q.shape as [number, number, number, number];
    const rotated = rotate(k, cos, sin);
    sink?.(layer, rotated, v);
    const keys = expandHeads(rotated, heads);
    const queries = rotate(q, cos, sin).transpose(1, 2);
    const mixed = scaledDotProductAttention(queries, keys, expandHeads(v, heads), visibility(layer));
    return mixed.transpose(1, 2).reshape(batch, length, heads * dim);
  };
}

/** Rows that start at position 0; padding stands at the end, where causal attention never looks back from real tokens. */
export function causalAttention(rope: Rope, sink?: KeySink): Attention {
  return {
    attend: (layer, q, k, v) => {
      const length = q.size(1);
      const [cos, sin] = [rope.cos, rope.sin].map((x) => x.narrow(0, 0, length).unsqueeze(1)) as [
        Tensor,
        Tensor,
      ];
      const visibility = (): Visibility => {
        const window = windowOf(rope, layer, length);
        return window === undefined ? { causal: true } : { mask: band(length, window, rope.cos.device) };
      };
      return attention(cos, sin, visibility, sink)(layer, q, k, v);
    },
  };
}

/** One query for each row, that of token `lengths[row] - 1` of rows that start at position 0; it sees what stands before it. */
export function lastTokenAttention(rope: Rope, lengths: readonly number[]): Attention {
  const last = tensor(
    BigInt64Array.from(lengths, (length) => BigInt(length - 1)),
    {
      device: rope.cos.device,
    },
  );
  const from = last.view(lengths.length, 1);
  return {
    attend: (layer, q, k, v) => {
      const [batch, , heads, dim] = q.shape as [number, number, number, number];
      const length = k.size(1);
      const all = (x: Tensor): Tensor => x.narrow(0, 0, length).unsqueeze(1);
      const own = (x: Tensor): Tensor => x.indexSelect(0, last).view(batch, 1, 1, dim);
      const keys = arange(0, length, 1, { device: rope.cos.device }).unsqueeze(0);
      const window = windowOf(rope, layer, length);
      const before = keys.le(from);
      const seen = window === undefined ? before : before.logicalAnd(from.sub(keys).lt(window));
      const mixed = scaledDotProductAttention(
        rotate(q, own(rope.cos), own(rope.sin)).transpose(1, 2),
        expandHeads(rotate(k, all(rope.cos), all(rope.sin)), heads),
        expandHeads(v, heads),
        { mask: seen.view(batch, 1, 1, length) },
      );
      return mixed.transpose(1, 2).reshape(batch, 1, heads * dim);
    },
  };
}

/** bool [T, T]: query i sees keys i - window + 1 .. i. */
function band(length: number, window: number, device: string): Tensor {
  return ones([length, length], { dtype: "bool", device })
    .tril()
    .triu(1 - window);
}

/** Tokens of a packed row that stand together. */
export interface Piece {
  readonly length: number;
  /** Index of an earlier piece, without one before it, that these tokens go on from; undefined: they begin at position 0. */
  readonly after?: number | undefined;
}

/**
 * Pieces one after another in one row [1, T] without padding: each sees itself, causally, and what it goes on from.
 * Nothing is computed between pieces that do not see each other.
 */
export function packedAttention(rope: Rope, pieces: readonly Piece[]): Attention {
  const sizes = pieces.map(({ length }) => length);
  const before = ({ after }: Piece): number => (after === undefined ? 0 : sizes[after]!);
  const positions = tensor(
    BigInt64Array.from(
      pieces.flatMap((piece) => Array.from({ length: piece.length }, (_, i) => BigInt(before(piece) + i))),
    ),
    { device: rope.cos.device },
  );
  const [cos, sin] = [rope.cos, rope.sin].map((x) => x.indexSelect(0, positions).unsqueeze(1)) as [
    Tensor,
    Tensor,
  ];
  // Made at once: they outlive the scope of the layer that first needs them.
  const masks = new Map<string, Tensor>();
  const keyOf = (piece: Piece, window: number | undefined): string =>
    `${before(piece)} ${piece.length} ${window}`;
  const windowFor = (piece: Piece): number | undefined => {
    const size = rope.window?.size;
    return size !== undefined && before(piece) + piece.length > size ? size : undefined;
  };
  for (const piece of pieces)
    for (const window of new Set([undefined, windowFor(piece)])) {
      const key = keyOf(piece, window);
      if (masks.has(key) || (before(piece) === 0 && window === undefined)) continue;
      masks.set(key, corner(before(piece), piece.length, window, rope.cos.device));
    }
  const visibility = (layer: number, piece: Piece): Visibility => {
    const mask = masks.get(keyOf(piece, windowOf(rope, layer, before(piece) + piece.length)));
    return mask === undefined ? { causal: true } : { mask };
  };
  return {
    attend: (layer, q, k, v) => {
      const [, length, heads, dim] = q.shape as [number, number, number, number];
      const parts = (x: Tensor): Tensor[] => x.split(sizes, 2);
      const queries = parts(rotate(q, cos, sin).transpose(1, 2));
      const keys = parts(expandHeads(rotate(k, cos, sin), heads));
      const values = parts(expandHeads(v, heads));
      const mixed = pieces.map((piece, i) => {
        const { after } = piece;
        const own = (x: Tensor[]): Tensor => (after === undefined ? x[i]! : cat([x[after]!, x[i]!], 2));
        return scaledDotProductAttention(queries[i]!, own(keys), own(values), visibility(layer, piece));
      });
      return cat(mixed, 2)
        .transpose(1, 2)
        .reshape(1, length, heads * dim);
    },
  };
}

/** bool [length, before + length]: the last rows of a causal triangle, or of a band of `window`. */
function corner(before: number, length: number, window: number | undefined, device: string): Tensor {
  const seen = ones([length, before + length], { dtype: "bool", device }).tril(before);
  return window === undefined ? seen : seen.triu(before + 1 - window);
}
