/** Rows with labels and what was said about them, summed up. */
import { makeRng } from "../../util/rng.ts";
import { quantile, wilson } from "../../util/stats.ts";
import { addTo, EMPTY, METRICS, metricsOf, outcome, type Confusion, type MetricName } from "./metrics.ts";
import { summarisePairs, type PairSummary } from "./pairs.ts";
import { sortScored, vdScoreSorted } from "./vd-score.ts";
import { majority, type ReadAnswer, type UnclearPolicy, type Verdict } from "./verdict.ts";

/** Of a row that is evaluated. */
export interface Labelled {
  readonly id: string;
  readonly language: string;
  readonly is_vulnerable: boolean;
  readonly cwe: readonly string[];
  readonly pair?: string;
}

/** What a model or a tool said about one row. */
export interface Said {
  readonly id: string;
  /** Texts of a model, one per sample. */
  readonly answers?: readonly string[];
  /** Of those who say it without words. */
  readonly verdict?: Verdict;
  /** The higher, the more vulnerable; VD-S needs one for every row. */
  readonly score?: number;
  /** The prompt was longer than the model's room, so it has no answer; counts as unclear. */
  readonly too_long?: boolean;
  /** Answers that the limit of tokens cut off. */
  readonly cut?: number;
}

export interface EvaluateOptions {
  readonly read: ReadAnswer;
  readonly unclear: UnclearPolicy;
  readonly seed: number;
  /** Of the bootstrap; 0: no intervals from it. */
  readonly resamples: number;
}

export interface GroupSummary {
  readonly n: number;
  readonly vulnerable: number;
  readonly unclear: number;
  readonly metrics: Readonly<Record<MetricName, number>>;
}

type ThreeWays = { readonly vulnerable: number; readonly not_vulnerable: number; readonly unclear: number };

export interface DetectEvaluation {
  /** Rows with an answer: what all numbers rest on. */
  readonly n: number;
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly intervals: Readonly<Record<string, readonly [low: number, high: number]>>;
  readonly unclear: number;
  /** Rows without an answer; they are in no other number. */
  readonly infra: number;
  /** By truth, then by what was said. */
  readonly confusion: { readonly vulnerable: ThreeWays; readonly not_vulnerable: ThreeWays };
  /** Rows with an answer that gives both verdicts. */
  readonly both_verdicts: number;
  /** Rows whose prompt the model has no room for; they count as unclear. */
  readonly too_long: number;
  /** Answers that were cut off. */
  readonly cut: number;
  readonly pairs: PairSummary | null;
  readonly by_language: Readonly<Record<string, GroupSummary>>;
  /** A row counts for each weakness that it names. */
  readonly by_cwe: Readonly<Record<string, GroupSummary>>;
}

interface Judged {
  readonly row: Labelled;
  readonly verdict: Verdict;
  readonly counted: Confusion;
  readonly score: number | undefined;
}

export function evaluateDetection(
  rows: readonly Labelled[],
  said: ReadonlyMap<string, Said>,
  options: EvaluateOptions,
): DetectEvaluation {
  let [both, tooLong, cut] = [0, 0, 0];
  const judged = rows.flatMap((row): Judged[] => {
    const one = said.get(row.id);
    if (one === undefined) return [];
    const readings = (one.answers ?? []).map(options.read);
    if (readings.some((reading) => reading.both)) both++;
    if (one.too_long === true) tooLong++;
    cut += one.cut ?? 0;
    const verdicts = readings.map(({ verdict }) => verdict);
    const verdict = one.answers === undefined ? (one.verdict ?? null) : voteOf(verdicts, options.unclear);
    const counted = outcome(row.is_vulnerable, verdict, options.unclear);
    return [{ row, verdict, counted, score: one.score ?? shareOf(verdicts) }];
  });
  const pairs = summarisePairs(
    judged.map(({ row, counted, verdict }) => ({ pair: row.pair, counted, unclear: verdict === null })),
  );
  const scores = judged.map(({ row, score }) => ({ truth: row.is_vulnerable, score: score ?? Number.NaN }));
  const sorted = scores.every(({ score }) => Number.isFinite(score)) ? sortScored(scores) : undefined;
  const vdS = sorted === undefined || sorted.rows.length === 0 ? null : vdScoreSorted(sorted);
  const total = judged.reduce((sum, { counted }) => addTo(sum, counted), EMPTY);
  return {
    n: judged.length,
    metrics: { ...metricsOf(total), ...(vdS === null ? {} : { vd_s: vdS }), ...pairs?.metrics },
    intervals: {
      ...bootstrap(judged, vdS === null ? undefined : sorted, options),
      ...wilsonOf(total),
      ...(pairs === undefined || pairs.n === 0 ? {} : pairs.intervals),
    },
    unclear: judged.filter(({ verdict }) => verdict === null).length,
    infra: rows.length - judged.length,
    confusion: { vulnerable: threeWays(judged, true), not_vulnerable: threeWays(judged, false) },
    both_verdicts: both,
    too_long: tooLong,
    cut,
    pairs: pairs ?? null,
    by_language: grouped(judged, ({ row }) => [row.language || "unknown"]),
    by_cwe: grouped(judged, ({ row }) => row.cwe),
  };
}

/** A single answer is its own majority, also where an unclear one would be a vote. */
const voteOf = (verdicts: readonly Verdict[], policy: UnclearPolicy): Verdict =>
  verdicts.length === 1
    ? verdicts[0]!
    : verdicts.every((one) => one === null)
      ? null
      : majority(verdicts, policy);

/** Of several clear verdicts: the share that says vulnerable, which orders rows as a score does. */
function shareOf(verdicts: readonly Verdict[]): number | undefined {
  if (verdicts.length < 2) return undefined;
  const clear = verdicts.filter((one) => one !== null);
  return clear.length === 0 ? 0 : clear.filter((one) => one).length / clear.length;
}

function threeWays(judged: readonly Judged[], truth: boolean): ThreeWays {
  const count = (verdict: Verdict): number =>
    judged.filter((one) => one.row.is_vulnerable === truth && one.verdict === verdict).length;
  return { vulnerable: count(true), not_vulnerable: count(false), unclear: count(null) };
}

/** Largest first. */
function grouped(
  judged: readonly Judged[],
  namesOf: (one: Judged) => readonly string[],
): Record<string, GroupSummary> {
  const groups = new Map<string, Judged[]>();
  for (const one of judged)
    for (const name of namesOf(one)) {
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [one]);
      else group.push(one);
    }
  const sorted = [...groups].toSorted((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([name, members]) => {
      const counted = members.reduce((sum, one) => addTo(sum, one.counted), EMPTY);
      const vulnerable = counted.tp + counted.fn;
      const unclear = members.filter(({ verdict }) => verdict === null).length;
      return [name, { n: members.length, vulnerable, unclear, metrics: metricsOf(counted) }];
    }),
  );
}

/** Of shares over one class: of a pair it holds one half only, so its rows are independent. */
function wilsonOf({ tp, fp, tn, fn }: Confusion): Record<string, readonly [number, number]> {
  const bounds = (hits: number, n: number): readonly [number, number] => {
    const { low, high } = wilson(hits, n);
    return [low, high];
  };
  return {
    ...(tp + fn > 0 ? { recall: bounds(tp, tp + fn) } : {}),
    ...(tn + fp > 0 ? { specificity: bounds(tn, tn + fp) } : {}),
  };
}

/** Percentile bootstrap that draws pairs whole, since the halves of a pair are not independent. */
function bootstrap(
  judged: readonly Judged[],
  sorted: ReturnType<typeof sortScored> | undefined,
  { seed, resamples }: EvaluateOptions,
): Record<string, readonly [number, number]> {
  if (judged.length === 0 || resamples === 0) return {};
  const units = new Map<string, number[]>();
  judged.forEach(({ row }, index) => {
    const name = row.pair === undefined ? `row ${index}` : `pair ${row.pair}`;
    const unit = units.get(name);
    if (unit === undefined) units.set(name, [index]);
    else unit.push(index);
  });
  const members = [...units.values()];
  const rng = makeRng(`detect/${seed}`);
  const drawn = new Map<string, number[]>();
  const keep = (name: string, value: number): void => {
    const values = drawn.get(name);
    if (values === undefined) drawn.set(name, [value]);
    else values.push(value);
  };
  const weights = new Int32Array(judged.length);
  for (let resample = 0; resample < resamples; resample++) {
    weights.fill(0);
    for (let draw = 0; draw < members.length; draw++)
      for (const index of members[rng.int(members.length)]!) weights[index]!++;
    let [tp, fp, tn, fn] = [0, 0, 0, 0];
    judged.forEach(({ counted }, index) => {
      const weight = weights[index]!;
      tp += weight * counted.tp;
      fp += weight * counted.fp;
      tn += weight * counted.tn;
      fn += weight * counted.fn;
    });
    const metrics = metricsOf({ tp, fp, tn, fn });
    for (const name of METRICS) keep(name, metrics[name]);
    const vdS = sorted === undefined ? null : vdScoreSorted(sorted, weights);
    if (vdS !== null) keep("vd_s", vdS);
  }
  return Object.fromEntries(
    [...drawn].map(([name, values]) => [name, [quantile(values, 0.025), quantile(values, 0.975)] as const]),
  );
}
