/** Statistics of samples: means, quantiles and 95 % intervals. Every function takes plain arrays and is pure. */
import { makeRng } from "./rng.ts";

/** An estimate with the bounds of its interval, in the unit of the samples. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** How many samples the estimate rests on. */
  readonly n: number;
}

/** Two-sided 95 % quantile of the standard normal distribution. */
const Z95 = 1.959963984540054;

/** Arithmetic mean; NaN for no samples. */
export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Sample standard deviation with Bessel's correction (ddof = 1); NaN for fewer than two samples. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  let squares = 0;
  for (const value of values) squares += (value - centre) ** 2;
  return values.length < 2 ? NaN : Math.sqrt(squares / (values.length - 1));
}

/**
 * Quantile `q` in [0, 1] with linear interpolation between order statistics (type 7 of Hyndman and Fan,
 * the default of NumPy and R); NaN for no samples.
 */
export function quantile(values: readonly number[], q: number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`a quantile lies between 0 and 1, got ${q}`);
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * Wilson's 95 % score interval for `hits` successes in `n` trials: unlike the normal approximation it stays
 * inside [0, 1] and is honest at 0 and at n. No trials: value NaN, bounds 0 and 1.
 */
export function wilson(hits: number, n: number): Interval {
  if (!Number.isInteger(hits) || !Number.isInteger(n) || hits < 0 || hits > n)
    throw new RangeError(`expected 0 <= hits <= n, both whole, got ${hits} of ${n}`);
  if (n === 0) return { value: NaN, low: 0, high: 1, n };
  const p = hits / n;
  const z2 = Z95 * Z95;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  // At the ends the closed form equals the end; rounding must not push it past the estimate.
  return {
    value: p,
    low: hits === 0 ? 0 : centre - half,
    high: hits === n ? 1 : centre + half,
    n,
  };
}

/**
 * Percentile bootstrap 95 % interval of the mean. The same seed gives the same interval.
 * No samples: all NaN.
 */
export function bootstrapMean(
  values: readonly number[],
  options: { readonly seed?: number; readonly resamples?: number } = {},
): Interval {
  const { seed = 0, resamples = 2000 } = options;
  const n = values.length;
  if (n === 0) return { value: NaN, low: NaN, high: NaN, n };
  const rng = makeRng(seed);
  const means: number[] = [];
  for (let i = 0; i < resamples; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += values[rng.int(n)]!;
    means.push(sum / n);
  }
  return { value: mean(values), low: quantile(means, 0.025), high: quantile(means, 0.975), n };
}
