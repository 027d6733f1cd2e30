/** Numbers of a table of confusion, defined as scikit-learn defines them with `zero_division=0`. */

export interface Confusion {
  readonly tp: number;
  readonly fp: number;
  readonly tn: number;
  readonly fn: number;
}

export const EMPTY: Confusion = { tp: 0, fp: 0, tn: 0, fn: 0 };

export const METRICS = [
  "accuracy",
  "precision",
  "recall",
  "f1",
  "f03",
  "specificity",
  "balanced_accuracy",
  "mcc",
] as const;
export type MetricName = (typeof METRICS)[number];

/** The smaller beta, the more precision weighs; 0.3 is R2Vul's. */
const BETA = 0.3;

export function metricsOf({ tp, fp, tn, fn }: Confusion): Record<MetricName, number> {
  const precision = ratio(tp, tp + fp);
  const recall = ratio(tp, tp + fn);
  const specificity = ratio(tn, tn + fp);
  // Of the classes that occur, as scikit-learn has it.
  const recalls = [...(tp + fn > 0 ? [recall] : []), ...(tn + fp > 0 ? [specificity] : [])];
  return {
    accuracy: ratio(tp + tn, tp + fp + tn + fn),
    precision,
    recall,
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    f03: ratio((1 + BETA ** 2) * precision * recall, BETA ** 2 * precision + recall),
    specificity,
    balanced_accuracy: ratio(
      recalls.reduce((sum, one) => sum + one, 0),
      recalls.length,
    ),
    mcc: ratio(tp * tn - fp * fn, Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))),
  };
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

export function addTo(a: Confusion, b: Confusion): Confusion {
  return { tp: a.tp + b.tp, fp: a.fp + b.fp, tn: a.tn + b.tn, fn: a.fn + b.fn };
}

/** One row. An unclear verdict counts as `policy` says (see UnclearPolicy). */
export function outcome(truth: boolean, verdict: boolean | null, policy: "wrong" | "benign"): Confusion {
  const said = verdict ?? (policy === "wrong" ? !truth : false);
  if (truth) return said ? { ...EMPTY, tp: 1 } : { ...EMPTY, fn: 1 };
  return said ? { ...EMPTY, fp: 1 } : { ...EMPTY, tn: 1 };
}
