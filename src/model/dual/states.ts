/** Last hidden states of a decoder, pooled: what classification heads read. */
import { noGrad, tensor, tidy, type Tensor } from "../../torch/index.ts";
import { causalAttention } from "../attention.ts";
import type { Decoder } from "../decoder.ts";
import { padded } from "../encoder-scores.ts";
import type { Rope } from "../rope.ts";
import { headLogits, type Pooling } from "./head.ts";
import type { Head } from "./folder.ts";

/** Tokens of a forward pass, padding included: enough to fill a core, few enough for its caches. */
const TOKENS = 2048;

/**
 * Calls `use` with the states of sequences of like length, longest first: hidden [B, T, d] and mask [B, T], true at
 * tokens. What it returns for row b of a batch is the result of that sequence, in the order that came in.
 */
function overBatches<R>(
  model: Decoder,
  rope: Rope,
  pad: number,
  sequences: readonly (readonly number[])[],
  use: (hidden: Tensor, mask: Tensor, lengths: readonly number[]) => readonly R[],
): R[] {
  const out: R[] = Array.from({ length: sequences.length });
  const order = [...sequences.keys()].sort((a, b) => sequences[b]!.length - sequences[a]!.length);
  for (let from = 0; from < order.length;) {
    const count = Math.max(1, Math.floor(TOKENS / sequences[order[from]!]!.length));
    const rows = order.slice(from, from + count);
    const texts = rows.map((row) => sequences[row]!);
    const found = tidy(() =>
      noGrad(() => {
        const { ids, mask } = padded(texts, pad);
        return [
          ...use(
            model.hidden(ids, causalAttention(rope)),
            mask,
            texts.map(({ length }) => length),
          ),
        ];
      }),
    );
    rows.forEach((row, index) => (out[row] = found[index]!));
    from += count;
  }
  return out;
}

/** [B, T, d] and mask [B, T] to what a head with this pooling is given: [B, d], or the states themselves. */
export function pool(hidden: Tensor, mask: Tensor, lengths: readonly number[], pooling: Pooling): Tensor {
  if (pooling === "attention") return hidden;
  if (pooling === "mean") {
    const kept = mask.float().unsqueeze(-1);
    return hidden.mul(kept).sum(1).div(kept.sum(1));
  }
  const [rows, length, width] = hidden.shape as [number, number, number];
  const last = BigInt64Array.from(lengths, (own, row) => BigInt(row * length + own - 1));
  return hidden.reshape(rows * length, width).indexSelect(0, tensor(last));
}

/** For each sequence its pooled state [d], for `attention` the states of all tokens [T x d], row-major. */
export function collectStates(
  model: Decoder,
  rope: Rope,
  pad: number,
  sequences: readonly (readonly number[])[],
  pooling: Pooling,
): Float32Array[] {
  const width = model.config.hiddenSize;
  return overBatches(model, rope, pad, sequences, (hidden, mask, lengths) => {
    const [, longest] = hidden.shape as [number, number];
    const flat = pool(hidden, mask, lengths, pooling).float().toFloat32Array();
    const stride = pooling === "attention" ? longest * width : width;
    return lengths.map((length, row) => {
      const size = pooling === "attention" ? length * width : width;
      return flat.slice(row * stride, row * stride + size);
    });
  });
}

/** Probability of a finding for each sequence, in one forward pass of the decoder. */
export function headProbabilities(
  model: Decoder,
  rope: Rope,
  pad: number,
  sequences: readonly (readonly number[])[],
  { config, parameters }: Head,
): number[] {
  return overBatches(model, rope, pad, sequences, (hidden, mask, lengths) => {
    const states = pool(hidden, mask, lengths, config.pooling);
    return [...headLogits(config, parameters, states, mask).sigmoid().toFloat32Array()];
  });
}
