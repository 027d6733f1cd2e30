/**
 * How well pairs are judged. TP: a weakness that was marked; FP: a sound pair that was marked; TN, FN likewise.
 *
 *     precision           = TP / (TP + FP)
 *     recall              = TP / vulnerable pairs
 *     accuracy            = (TP + TN) / all pairs
 *     F1                  = 2 precision recall / (precision + recall)
 *     false-positive rate = FP / (FP + TN)
 *
 * An answer without a verdict is unclear: neither right nor a mark. It lowers accuracy, and recall on a vulnerable
 * pair; precision and the false-positive rate are of clear answers. (JanusLM's code has (TP + FP) / all for accuracy
 * and FP / all for the false-positive rate; its README has the formulas above.)
 */
import { makeRng } from "../../util/rng.ts";
import { bootstrapMean, quantile, wilson, type Interval } from "../../util/stats.ts";

export interface Judgement {
  readonly truth: boolean;
  /** null: unclear. */
  readonly answer: boolean | null;
}

export interface Confusion {
  readonly n: number;
  readonly tp: number;
  readonly fp: number;
  readonly tn: number;
  readonly fn: number;
  readonly unclear: number;
}

export const METRICS = ["accuracy", "precision", "recall", "f1", "false_positive_rate"] as const;
export type Metric = (typeof METRICS)[number];
/** null: there is nothing to divide by. */
export type Metrics = Readonly<Record<Metric, number | null>>;

export interface Judged {
  readonly confusion: Confusion;
  readonly metrics: Metrics;
  /** 95 %: Wilson's, and of F1 a bootstrap over pairs; none where the metric is null. */
  readonly intervals: Readonly<Partial<Record<Metric, readonly [low: number, high: number]>>>;
}

export function confusionOf(judgements: readonly Judgement[]): Confusion {
  const count = (truth: boolean, answer: boolean | null): number =>
    judgements.filter((one) => one.truth === truth && one.answer === answer).length;
  return {
    n: judgements.length,
    tp: count(true, true),
    fp: count(false, true),
    tn: count(false, false),
    fn: count(true, false),
    unclear: count(true, null) + count(false, null),
  };
}

export function judge(judgements: readonly Judgement[], { seed = 1, resamples = 1000 } = {}): Judged {
  const confusion = confusionOf(judgements);
  const { n, tp, fp, tn } = confusion;
  const vulnerable = judgements.filter(({ truth }) => truth).length;
  const shares: Record<Exclude<Metric, "f1">, Interval> = {
    accuracy: wilson(tp + tn, n),
    precision: wilson(tp, tp + fp),
    recall: wilson(tp, vulnerable),
    false_positive_rate: wilson(fp, fp + tn),
  };
  const known = Object.entries(shares).filter(([, share]) => share.n > 0);
  const value = (name: Exclude<Metric, "f1">): number | null =>
    shares[name].n > 0 ? shares[name].value : null;
  const f1 = f1Of(tp, fp, vulnerable);
  return {
    confusion,
    metrics: {
      accuracy: value("accuracy"),
      precision: value("precision"),
      recall: value("recall"),
      f1,
      false_positive_rate: value("false_positive_rate"),
    },
    intervals: {
      ...Object.fromEntries(known.map(([name, { low, high }]) => [name, [low, high]])),
      ...(f1 === null || resamples === 0 ? {} : { f1: f1Interval(judgements, seed, resamples) }),
    },
  };
}

/** 2 TP / (2 TP + FP + FN), where FN counts unclear answers to vulnerable pairs too. */
const f1Of = (tp: number, fp: number, vulnerable: number): number | null =>
  vulnerable + tp + fp === 0 ? null : (2 * tp) / (tp + fp + vulnerable);

function f1Interval(judgements: readonly Judgement[], seed: number, resamples: number): [number, number] {
  const rng = makeRng(`f1/${seed}`);
  const values = Array.from({ length: resamples }, () => {
    let [tp, fp, vulnerable] = [0, 0, 0];
    for (let i = 0; i < judgements.length; i++) {
      const { truth, answer } = judgements[rng.int(judgements.length)]!;
      if (truth) vulnerable++;
      if (answer !== true) continue;
      if (truth) tp++;
      else fp++;
    }
    return f1Of(tp, fp, vulnerable) ?? 0;
  });
  return [quantile(values, 0.025), quantile(values, 0.975)];
}

/** The mean of a share over folds with the bootstrap's interval over folds. */
export const overFolds = (values: readonly number[], seed: number): Interval =>
  bootstrapMean(values, { seed });
