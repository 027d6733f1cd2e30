/** What a forward and backward pass reports, as sums, so that parts of a batch add up whoever computed them. */
import type { LossReport } from "../backend.ts";

type Numbers = Readonly<Record<string, number>>;

export interface PassSums {
  /** Already normalised over the whole batch, as are `shares`: parts add up. */
  readonly loss: number;
  /** Sums over trained tokens. */
  readonly sums: Numbers;
  /** Trained tokens. */
  readonly tokens: number;
  /** Sums over sequences. */
  readonly sequenceSums?: Numbers;
  readonly sequences?: number;
  readonly shares?: Numbers;
  /** Least and largest values of sequences. */
  readonly least?: Numbers;
  readonly most?: Numbers;
}

function combine(
  parts: readonly (Numbers | undefined)[],
  two: (a: number, b: number) => number,
): Record<string, number> {
  const out: Record<string, number> = {};
  for (const part of parts)
    for (const [name, value] of Object.entries(part ?? {}))
      out[name] = name in out ? two(out[name]!, value) : value;
  return out;
}
const sum = (a: number, b: number): number => a + b;

export function addPasses(parts: readonly PassSums[]): Required<PassSums> {
  const total = (of: (part: PassSums) => number): number => parts.reduce((all, part) => all + of(part), 0);
  return {
    loss: total((part) => part.loss),
    sums: combine(
      parts.map((part) => part.sums),
      sum,
    ),
    tokens: total((part) => part.tokens),
    sequenceSums: combine(
      parts.map((part) => part.sequenceSums),
      sum,
    ),
    sequences: total((part) => part.sequences ?? 0),
    shares: combine(
      parts.map((part) => part.shares),
      sum,
    ),
    least: combine(
      parts.map((part) => part.least),
      Math.min,
    ),
    most: combine(
      parts.map((part) => part.most),
      Math.max,
    ),
  };
}

/** Means per trained token or sequence; accuracies are over the tokens of weight 1 and over those of more. */
export function toReport(passes: Required<PassSums>): LossReport {
  const { full_hits, full_tokens, emphasised_hits, emphasised_tokens, ...rest } = passes.sums;
  const means = (sums: Numbers, count: number): Record<string, number> =>
    Object.fromEntries(Object.entries(sums).map(([name, value]) => [name, value / Math.max(1, count)]));
  return {
    loss: passes.loss,
    metrics: {
      ...means(rest, passes.tokens),
      ...means(passes.sequenceSums, passes.sequences),
      ...passes.shares,
      ...passes.least,
      ...passes.most,
      ...(full_tokens ? { mean_token_accuracy: full_hits! / full_tokens } : {}),
      ...(emphasised_tokens ? { emphasised_token_accuracy: emphasised_hits! / emphasised_tokens } : {}),
      num_tokens: passes.tokens,
    },
  };
}

/** Sums of losses and of metrics that are parts of a whole. */
export function addReports(parts: readonly LossReport[]): LossReport {
  return {
    loss: parts.reduce((all, { loss }) => all + loss, 0),
    metrics: combine(
      parts.map(({ metrics }) => metrics),
      sum,
    ),
  };
}
