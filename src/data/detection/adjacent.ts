/** Files in which the halves of a pair stand on adjacent lines: PrimeVul's paired ones, and our own rows. */
import type { DetectionRow } from "./row.ts";

export interface PairReader {
  /** The groups that are whole now: a pair, or a row whose other half did not follow. */
  add(row: DetectionRow, key: string): (readonly DetectionRow[])[];
  /** What was still waiting. */
  end(): (readonly DetectionRow[])[];
}

/**
 * Two lines are a pair when their keys are equal and exactly one is vulnerable. A line without its other half is handed
 * on alone, and the next line may begin a pair again, so that one missing line does not shift all that follow.
 */
export function createPairReader(): PairReader {
  let waiting: { readonly row: DetectionRow; readonly key: string } | undefined;
  return {
    add(row, key) {
      const first = waiting;
      if (first === undefined || first.key !== key || first.row.is_vulnerable === row.is_vulnerable) {
        waiting = { row, key };
        return first === undefined ? [] : [[first.row]];
      }
      waiting = undefined;
      const pair = row.pair ?? `${first.row.id}+${row.id.slice(row.id.lastIndexOf("/") + 1)}`;
      return [[withPair(first.row, pair), withPair(row, pair)]];
    },
    end() {
      const left = waiting === undefined ? [] : [[waiting.row]];
      waiting = undefined;
      return left;
    },
  };
}

/** Before `source`, where the other sets have it. */
function withPair({ source, commit, cve, ...row }: DetectionRow, pair: string): DetectionRow {
  return {
    ...row,
    pair,
    source,
    ...(commit === undefined ? {} : { commit }),
    ...(cve === undefined ? {} : { cve }),
  };
}
