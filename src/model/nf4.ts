/**
 * Weights in four bits (QLoRA, Dettmers et al. 2023; numbers as in bitsandbytes): blocks of 64 share a scale and each
 * weight is the nearest of 16 normal-float values times it; the scales are themselves eight-bit values of blocks of 256,
 * around their mean. About 0.52 bytes a weight. Adapters in float32 train before them; the weights themselves do not.
 */
import { dispose, keep, noGrad, tensor, tidy, type DType, type Tensor } from "../torch/index.ts";
import { blocks, dynamicFloat, nearest, scaled } from "../torch/blockwise.ts";

const BLOCK = 64;
const SCALES_PER_BLOCK = 256;

/** Quantiles of the normal distribution, scaled to -1..1, with an exact 0 (the paper's appendix E). */
const NORMAL_FLOAT = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
  -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
  0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
];

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

/** Quantises a matrix. The result is the caller's to dispose. */
export function toNf4(weight: Tensor): Nf4 {
  return keep(
    tidy(() =>
      noGrad(() => {
        const { scales, relative } = scaled(blocks(weight.float(), BLOCK));
        const codes = nearest(relative, NORMAL_FLOAT).view(-1, 2);
        const packed = codes.select(1, 0).mul(16).add(codes.select(1, 1)).to({ dtype: "uint8" });
        const offset = scales.mean();
        const centred = scaled(blocks(scales.sub(offset), SCALES_PER_BLOCK));
        const quantised = nearest(centred.relative, dynamicFloat());
        return {
          shape: weight.shape,
          packed,
          scales: quantised.view(-1).narrow(0, 0, scales.numel).to({ dtype: "uint8" }),
          scalesOfScales: centred.scales,
          offset,
        };
      }),
    ),
  );
}

/** Both values of each byte, and the values of the scales. */
export interface Nf4Tables {
  readonly pairs: Tensor;
  readonly scales: Tensor;
}

/** On `device`, in no scope. */
export function nf4Tables(device: string): Nf4Tables {
  const pairs = NORMAL_FLOAT.flatMap((high) => NORMAL_FLOAT.map((low) => [high, low]));
  return keep({ pairs: tensor(pairs, { device }), scales: tensor(dynamicFloat(), { device }) });
}

/** The weights that the codes stand for; the result belongs to the scope of the caller, with what it is made of. */
export function expand(
  { shape, packed, scales, scalesOfScales, offset }: Nf4,
  tables: Nf4Tables,
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
    const tables = nf4Tables(quantised.packed.device);
    try {
      return noGrad(() => expand(quantised, tables, dtype));
    } finally {
      dispose(tables);
    }
  });
}
