/** Last hidden states of a decoder, pooled: what classification heads read. */
import { noGrad, tensor, tidy, type Tensor } from "../../torch/index.ts";
import { causalAttention, lastTokenAttention } from "../attention.ts";
import type { Decoder } from "../decoder.ts";
import { padded } from "../encoder-scores.ts";
import type { Rope } from "../rope.ts";
import { headLogits, type Pooling } from "./head.ts";
import type { Head } from "./folder.ts";

/** Tokens of a forward pass, padding included: enough to fill a core, few enough for its caches. */
const TOKENS = 2048;

/**
 * Calls `use` with the pooled states of sequences of like length, longest first, and their mask [B, T], true at
 * tokens. What it returns for row b of a batch is the result of that sequence, in the order that came in.
 */
function overBatches<R>(
  { model, rope, pad }: StateSource,
  pooling: Pooling,
  sequences: readonly (readonly number[])[],
  use: (states: Tensor, mask: Tensor, lengths: readonly number[]) => readonly R[],
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
        const lengths = texts.map(({ length }) => length);
        return [...use(pooledStates({ model, rope }, ids, mask, lengths, pooling), mask, lengths)];
      }),
    );
    rows.forEach((row, index) => (out[row] = found[index]!));
    from += count;
  }
  return out;
}

export interface StateSource {
  readonly model: Decoder;
  readonly rope: Rope;
  /** Token that fills rows up. */
  readonly pad: number;
}

/** Of ids and mask [B, T] what a head with this pooling is given: [B, d], for `attention` all states [B, T, d]. */
export function pooledStates(
  { model, rope }: Omit<StateSource, "pad">,
  ids: Tensor,
  mask: Tensor,
  lengths: readonly number[],
  pooling: Pooling,
): Tensor {
  const attention = causalAttention(rope);
  if (pooling === "last") {
    const at = tensor(BigInt64Array.from(lengths, (own, row) => BigInt(row * ids.size(1) + own - 1)));
    return model.hiddenAt(ids, attention, at, lastTokenAttention(rope, lengths)).squeeze(1);
  }
  const hidden = model.hidden(ids, attention);
  if (pooling === "attention") return hidden;
  const kept = mask.float().unsqueeze(-1);
  return hidden.mul(kept).sum(1).div(kept.sum(1));
}

/** For each sequence its pooled state [d], for `attention` the states of all tokens [T x d], row-major. */
export function collectStates(
  source: StateSource,
  sequences: readonly (readonly number[])[],
  pooling: Pooling,
): Float32Array[] {
  const width = source.model.config.hiddenSize;
  return overBatches(source, pooling, sequences, (states, mask, lengths) => {
    const flat = states.float().toFloat32Array();
    const stride = pooling === "attention" ? mask.size(1) * width : width;
    return lengths.map((length, row) => {
      const size = pooling === "attention" ? length * width : width;
      return flat.slice(row * stride, row * stride + size);
    });
  });
}

/** Probability of a finding for each sequence, in one forward pass of the decoder. */
export function headProbabilities(
  source: StateSource,
  sequences: readonly (readonly number[])[],
  { config, parameters }: Head,
): number[] {
  return overBatches(source, config.pooling, sequences, (states, mask) => [
    ...headLogits(config, parameters, states, mask).sigmoid().toFloat32Array(),
  ]);
}
