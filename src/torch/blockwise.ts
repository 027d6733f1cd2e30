/** Numbers in few bits (Dettmers et al. 2022, as bitsandbytes has them): a scale for each block, and codes of a fixed table. */
import { tensor, zeros } from "./create.ts";
import { op } from "./op.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The 256 values of the dynamic tree type (Dettmers 2016), ascending, within -1..1 or with `signed` false within 0..1:
 * powers of ten from 1e-6 on, each with evenly spaced fractions of which the larger powers have more; 0 and 1.
 */
export function dynamicFloat(signed = true): number[] {
  const positive = Array.from({ length: 7 }, (_, power) => {
    const count = 2 ** (signed ? power : power + 1);
    const step = 0.9 / count;
    return Array.from({ length: count }, (_, i) => 10 ** (power - 6) * (0.1 + (i + 0.5) * step));
  }).flat();
  const negative = signed ? positive.map((value) => -value) : [];
  return [...negative, 0, ...positive, 1].toSorted((a, b) => a - b);
}

const middles = (values: readonly number[]): number[] =>
  values.slice(1).map((value, i) => (value + values[i]!) / 2);

const BUCKETIZE = "aten::bucketize";

/** Index of the nearest of `values`, which ascend, for each element. */
export function nearest(x: Tensor, values: readonly number[]): Tensor {
  return op(BUCKETIZE, "Tensor")(x, tensor(middles(values), { device: x.device }));
}

/** x, flat, with zeros behind it up to a multiple of `size`: [n, size]. */
export function blocks(x: Tensor, size: number): Tensor {
  const flat = x.reshape(-1);
  const rest = (size - (flat.numel % size)) % size;
  if (rest === 0) return flat.view(-1, size);
  const whole = zeros([flat.numel + rest], { device: x.device });
  whole.narrow(0, 0, flat.numel).copy_(flat);
  return whole.view(-1, size);
}

/** The largest absolute value of each block [n, size] -> [n], and the blocks divided by it, within -1..1. */
export function scaled(x: Tensor): { scales: Tensor; relative: Tensor } {
  const scales = x.abs().amax(1);
  return { scales, relative: x.div(scales.clamp(1e-30).unsqueeze(1)) };
}
