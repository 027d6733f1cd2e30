/**
 * The `align` preset: what SecCoderX's online reinforcement pays for an answer, F + V + L + L x V + L x V x B
 * (design section 6). Pure: who judged, and how likeness was measured, is the caller's business.
 */
import { NO_SIGNAL, type Reward } from "../core/reward.ts";

/** What is known of one answer. */
export interface AlignRecord {
  /** The answer has a fenced code block. */
  readonly fenced: boolean;
  /** Judged or proven secure; null when the judge could not say, which leaves the answer without signal. */
  readonly secure: boolean | null;
  readonly lines: number;
  /** Of the reference; null without one. */
  readonly referenceLines: number | null;
  /** B in [0, 1]: CodeBLEU to the reference with ALIGN_CODEBLEU, or the share of tests that pass. */
  readonly likeness: number | null;
}

/** Weights of CodeBLEU's n-gram, weighted n-gram, syntax and data-flow match. */
export const ALIGN_CODEBLEU = [0.1, 0.1, 0.7, 0.1] as const;

const SECURE = 2;

/** L, from how much longer or shorter than the reference an answer is; 0 without a reference. */
export function lengthTerm(lines: number, referenceLines: number | null): number {
  if (referenceLines === null || referenceLines === 0) return 0;
  const r = (lines - referenceLines) / referenceLines;
  if (r < -0.5) return -2;
  if (r <= -0.3) return -0.5;
  return r <= 0.5 ? 1 : 0;
}

/** Components are the terms, which add up to the value: at most 8, at least -5. */
export function alignReward(record: AlignRecord): Reward {
  const { fenced, secure, lines, referenceLines, likeness } = record;
  if (secure === null) return NO_SIGNAL;
  const format = fenced ? 1 : 0;
  const security = secure ? SECURE : 0;
  const length = lengthTerm(lines, referenceLines);
  const both = length * security;
  const all = both * (likeness ?? 0);
  const components = { format, security, length, length_security: both, length_security_likeness: all };
  return { value: format + security + length + both + all, components };
}
