/** Attention for training: plain causal rows, and rows whose segments share a prefix. */
import { ones, scaledDotProductAttention, type Tensor } from "../torch/index.ts";
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

/** bool [T, T]: query i sees keys i - window + 1 .. i. */
function band(length: number, window: number, device: string): Tensor {
  return ones([length, length], { dtype: "bool", device })
    .tril()
    .triu(1 - window);
}

/**
 * Explicit positions and visibility. `positions` [B, T] int64; `visible` [B, 1, T, T] bool, true where a query (third
 * axis) may look at a key (fourth axis); every query must see at least itself.
 */
export function maskedAttention(rope: Rope, positions: Tensor, visible: Tensor): Attention {
  const at = (x: Tensor): Tensor =>
    x.indexSelect(0, positions.reshape(-1)).view(...positions.shape, 1, x.size(1));
  const windowed = (window: number): Tensor => {
    const back = positions.unsqueeze(2).sub(positions.unsqueeze(1)).unsqueeze(1);
    return visible.logicalAnd(back.lt(window));
  };
  const visibility = (layer: number): Visibility => {
    const window = windowOf(rope, layer, positions.size(1));
    return { mask: window === undefined ? visible : windowed(window) };
  };
  return { attend: attention(at(rope.cos), at(rope.sin), visibility) };
}
