/** Splits rows by publication date so that no near-duplicate stands on both sides. */

export const SPLITS = ["train", "validation", "test"] as const;
export type Split = (typeof SPLITS)[number];

/** First days, YYYY-MM-DD: rows before `validation` train, rows from `end` on are left out. */
export interface SplitDates {
  readonly validation: string;
  readonly test: string;
  readonly end: string;
}

/** Undefined outside of the dates. */
export function splitOf(date: string | null, dates: SplitDates): Split | undefined {
  if (date === null || date >= dates.end) return undefined;
  if (date >= dates.test) return "test";
  return date >= dates.validation ? "validation" : "train";
}

export interface SplitResult {
  /** Per row; undefined for rows that are left out. */
  readonly splits: readonly (Split | undefined)[];
  /** Rows left out because their group also stands in a later split. */
  readonly crossing: number;
}

/**
 * A group that would cross a split stays in its latest one and is taken out of the earlier ones: what is judged on
 * remains all of what was published in that time, and nothing like it has been seen.
 */
export function splitByDate(
  rows: readonly { readonly date_published: string | null }[],
  groups: Int32Array,
  dates: SplitDates,
): SplitResult {
  const own = rows.map((row) => splitOf(row.date_published, dates));
  const latest = new Map<number, number>();
  own.forEach((split, row) => {
    if (split === undefined) return;
    latest.set(groups[row]!, Math.max(latest.get(groups[row]!) ?? 0, SPLITS.indexOf(split)));
  });
  let crossing = 0;
  const splits = own.map((split, row) => {
    if (split === undefined || SPLITS.indexOf(split) === latest.get(groups[row]!)) return split;
    crossing++;
    return undefined;
  });
  return { splits, crossing };
}
