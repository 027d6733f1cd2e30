/** What a forward and backward pass reports, as sums, so that parts of a batch add up whoever computed them. */
import type { LossReport } from "../backend.ts";

export interface PassSums {
  /** Already normalised over the whole batch: parts add up. */
  readonly loss: number;
  /** Sums over trained tokens. */
  readonly sums: Readonly<Record<string, number>>;
  /** Trained tokens. */
  readonly tokens: number;
}

export function addPasses(parts: readonly PassSums[]): PassSums {
  const sums: Record<string, number> = {};
  for (const part of parts)
    for (const [name, value] of Object.entries(part.sums)) sums[name] = (sums[name] ?? 0) + value;
  const total = (of: (part: PassSums) => number): number => parts.reduce((sum, part) => sum + of(part), 0);
  return { loss: total((part) => part.loss), sums, tokens: total((part) => part.tokens) };
}

/** Means per trained token; accuracies are over the tokens of weight 1 and over those of more. */
export function toReport({ loss, sums, tokens }: PassSums): LossReport {
  const { full_hits, full_tokens, emphasised_hits, emphasised_tokens, ...rest } = sums;
  const means = Object.entries(rest).map(([name, value]) => [name, value / Math.max(1, tokens)]);
  return {
    loss,
    metrics: {
      ...Object.fromEntries(means),
      ...(full_tokens ? { mean_token_accuracy: full_hits! / full_tokens } : {}),
      ...(emphasised_tokens ? { emphasised_token_accuracy: emphasised_hits! / emphasised_tokens } : {}),
      num_tokens: tokens,
    },
  };
}

/** Sums of losses and of metrics that are parts of a whole. */
export function addReports(parts: readonly LossReport[]): LossReport {
  const metrics: Record<string, number> = {};
  for (const part of parts)
    for (const [name, value] of Object.entries(part.metrics)) metrics[name] = (metrics[name] ?? 0) + value;
  return { loss: parts.reduce((sum, { loss }) => sum + loss, 0), metrics };
}
