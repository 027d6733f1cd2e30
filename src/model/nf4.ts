/**
 * Weights in four bits (QLoRA, Dettmers et al. 2023; numbers as in bitsandbytes): blocks of 64 share a scale and each
 * weight is the nearest of 16 normal-float values times it; the scales are themselves eight-bit values of blocks of 256,
 * around their mean. About 0.52 bytes a weight. Adapters in float32 train before them; the weights themselves do not.
 */
import {
  dispose,
  keep,
  linear,
  noGrad,
  op,
  tensor,
  tidy,
  zeros,
  type DType,
  type Tensor,
} from "../torch/index.ts";
import type { Weights } from "./weights.ts";

const BLOCK = 64;
const SCALES_PER_BLOCK = 256;

/** Quantiles of the normal distribution, scaled to -1..1, with an exact 0 (the paper's appendix E). */
const NORMAL_FLOAT = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
  -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
  0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
];

/** Eight bits: a sign, then a power of ten, then in what is left a fraction from 0.1 to 1 (Dettmers 2016); 0 and 1. */
function dynamicFloat(): number[] {
  const positive = Array.from({ length: 7 }, (_, power) => {
    const count = 2 ** power;
    const step = 0.9 / count;
    return Array.from({ length: count }, (_, i) => 10 ** (power - 6) * (0.1 + (i + 0.5) * step));
  }).flat();
  return [...positive.map((value) => -value), 0, ...positive, 1].toSorted((a, b) => a - b);
}

const middles = (values: readonly number[]): number[] =>
  values.slice(1).map((value, i) => (value + values[i]!) / 2);

const BUCKETIZE = "aten::bucketize";

/** Index of the nearest of `values`, which ascend, for each element. */
function nearest(x: Tensor, values: readonly number[]): Tensor {
  return op(BUCKETIZE, "Tensor")(x, tensor(middles(values), { device: x.device }));
}

export interface Nf4 {
  readonly shape: readonly number[];
  /** uint8 [weights / 2]: two in a byte, the first in its higher half. */
  readonly packed: Tensor;
  /** uint8 [blocks]: their scales. */
  readonly scales: Tensor;
  /** [blocks / 256]: what those are multiples of; scalar: what they are added to. */
  readonly scalesOfScales: Tensor;
  readonly offset: Tensor;
}

/** x, flat, with zeros behind it up to a multiple of `size`: [n, size]. */
function blocks(x: Tensor, size: number): Tensor {
  const flat = x.reshape(-1);
  const rest = (size - (flat.numel % size)) % size;
  const whole = rest === 0 ? flat : zeros([flat.numel + rest], { device: x.device });
  if (rest > 0) whole.narrow(0, 0, flat.numel).copy_(flat);
  return whole.view(-1, size);
}

/** Quantises a matrix. The result is the caller's to dispose. */
export function toNf4(weight: Tensor): Nf4 {
  return keep(
    tidy(() =>
      noGrad(() => {
        const rows = blocks(weight.float(), BLOCK);
        const scales = rows.abs().amax(1);
        const codes = nearest(rows.div(scales.clamp(1e-30).unsqueeze(1)), NORMAL_FLOAT).view(-1, 2);
        const packed = codes.select(1, 0).mul(16).add(codes.select(1, 1)).to({ dtype: "uint8" });
        const offset = scales.mean();
        const centred = blocks(scales.sub(offset), SCALES_PER_BLOCK);
        const scalesOfScales = centred.abs().amax(1);
        const quantised = nearest(centred.div(scalesOfScales.clamp(1e-30).unsqueeze(1)), dynamicFloat());
        return {
          shape: weight.shape,
          packed,
          scales: quantised.view(-1).narrow(0, 0, scales.numel).to({ dtype: "uint8" }),
          scalesOfScales,
          offset,
        };
      }),
    ),
  );
}

/** Both values of each byte, and the values of the scales. */
interface Tables {
  readonly pairs: Tensor;
  readonly scales: Tensor;
}

function tablesFor(device: string): Tables {
  const pairs = NORMAL_FLOAT.flatMap((high) => NORMAL_FLOAT.map((low) => [high, low]));
  return keep({ pairs: tensor(pairs, { device }), scales: tensor(dynamicFloat(), { device }) });
}

function expand(
  { shape, packed, scales, scalesOfScales, offset }: Nf4,
  tables: Tables,
  dtype: DType,
): Tensor {
  const index = (x: Tensor): Tensor => x.to({ dtype: "int32" });
  const relative = blocks(tables.scales.indexSelect(0, index(scales)), SCALES_PER_BLOCK);
  const whole = relative.mul(scalesOfScales.unsqueeze(1)).add(offset).view(-1).narrow(0, 0, scales.numel);
  const values = tables.pairs.indexSelect(0, index(packed)).view(-1, BLOCK).mul(whole.unsqueeze(1));
  const count = shape.reduce((a, b) => a * b, 1);
  return values
    .view(-1)
    .narrow(0, 0, count)
    .view(...shape)
    .to({ dtype });
}

/** The weights that the codes stand for. */
export function fromNf4(quantised: Nf4, dtype: DType = "float32"): Tensor {
  return tidy(() => {
    const tables = tablesFor(quantised.packed.device);
    try {
      return noGrad(() => expand(quantised, tables, dtype));
    } finally {
      dispose(tables);
    }
  });
}

/** Base weights of which some are in four bits. */
export interface Nf4Weights extends Weights {
  /** Of what is in four bits. */
  readonly bytes: number;
  dispose(): void;
}

/**
 * A base model whose linear layers inside `model.layers` are quantised, each expanded when it is computed and no longer
 * kept afterwards; a backward pass keeps what it needs of them, so that only with gradient checkpointing one layer at a
 * time is expanded. The caller may dispose the originals of `quantised` names.
 */
export function nf4Weights(base: Weights, dtype: DType = "float32"): Nf4Weights {
  const quantised = new Map(
    [...base.names].filter(isQuantised).map((name) => [name, toNf4(base.get(name))] as const),
  );
  const [first] = quantised.values();
  const tables = tablesFor(first?.packed.device ?? "cpu");
  const get = (name: string): Tensor => {
    const four = quantised.get(name);
    return four === undefined ? base.get(name) : tidy(() => noGrad(() => expand(four, tables, dtype)));
  };
  const bytes = [...quantised.values()].reduce(
    (sum, { packed, scales, scalesOfScales }) =>
      sum + packed.numel + scales.numel + 4 * scalesOfScales.numel + 4,
    0,
  );
  return {
    names: base.names,
    bytes,
    get,
    linear: (module, x) => {
      const bias = `${module}.bias`;
      return linear(x, get(`${module}.weight`), base.names.has(bias) ? base.get(bias) : null);
    },
    embedding: (module, ids) => base.embedding(module, ids),
    dispose: () => dispose([tables, ...quantised.values()]),
  };
}

/** Matrices of the layers: not the embeddings, the head and the norms. */
export const isQuantised = (name: string): boolean => /\.layers\.\d+\..*_proj\.weight$/.test(name);
