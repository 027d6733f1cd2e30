/** Attention with positions and visibility written out: what packed, windowed and cached rows are compared with. */
import type { Attention } from "../model/attention.ts";
import { rotate, windowOf, type Rope } from "../model/rope.ts";
import { scaledDotProductAttention, type Tensor } from "../torch/index.ts";

/**
 * `positions` [B, T] int64; `visible` [B, 1, T, T] bool, true where a query (third axis) may look at a key (fourth
 * axis); every query must see at least itself.
 */
export function maskedAttention(rope: Rope, positions: Tensor, visible: Tensor): Attention {
  const at = (x: Tensor): Tensor =>
    x.indexSelect(0, positions.reshape(-1)).view(...positions.shape, 1, x.size(1));
  const back = positions.unsqueeze(2).sub(positions.unsqueeze(1)).unsqueeze(1);
  const [cos, sin] = [at(rope.cos), at(rope.sin)];
  return {
    attend: (layer, q, k, v) => {
      const [batch, length, heads, dim] = q.shape as [number, number, number, number];
      const window = windowOf(rope, layer, length);
      const mixed = scaledDotProductAttention(
        rotate(q, cos, sin).transpose(1, 2),
        rotate(k, cos, sin).transpose(1, 2),
        v.transpose(1, 2),
        {
          mask: window === undefined ? visible : visible.logicalAnd(back.lt(window)),
          groupedHeads: heads !== k.size(2),
        },
      );
      return mixed.transpose(1, 2).reshape(batch, length, heads * dim);
    },
  };
}
