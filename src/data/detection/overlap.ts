/** Keeps what one set shares with another out, and counts how much that is. */
import { InputError } from "../../core/errors.ts";
import { functionKey } from "./normalise.ts";
import type { DetectionRow } from "./row.ts";

/** Why rows are left out; each stands for one group: a row that stands alone, or a pair. */
export const LEFT_OUT = {
  unchanged: "the two halves of a pair are the same function but for layout and comments",
  contradiction: "the function stands in its own set with the other label",
  duplicate: "the function stands in its own set with the same label",
  function_elsewhere: "the function stands in a set before it",
  commit_elsewhere: "its commit is in a set before it",
} as const;
export type LeftOut = keyof typeof LEFT_OUT;

export interface SharedCounts {
  readonly first: string;
  readonly second: string;
  /** Distinct normalised functions, and distinct commits, that stand in both. */
  readonly functions: number;
  readonly commits: number;
}

export interface Overlap {
  /** Undefined: the group is new. `set` is the set's index; sets come one after another. */
  leftOut(group: readonly DetectionRow[], set: number): LeftOut | undefined;
  report(): SharedCounts[];
}

/** Bits of a 32-bit number without its sign. */
const MOST_SETS = 31;
/** Hex digits of a commit that are compared: some sets shorten them. */
const COMMIT_DIGITS = 12;

interface Seen {
  /** Bit per set. */
  sets: number;
  /** In the last set that has it: 1 benign, 2 vulnerable, 3 both. */
  labels: number;
}

/** Remembers hashes only, never functions. Every row of a set counts for the report, also those that are left out. */
export function createOverlap(
  names: readonly string[],
  by: { readonly function: boolean; readonly commit: boolean },
): Overlap {
  if (names.length > MOST_SETS) throw new InputError(`expected at most ${MOST_SETS} sets at once`);
  const functions = new Map<string, Seen>();
  const commits = new Map<string, number>();

  return {
    leftOut(group, set) {
      const bit = 1 << set;
      const keyed = group.map((row) => ({ row, key: functionKey(row.code, row.language) }));
      const before = keyed.map(({ key }) => ({ ...(functions.get(key) ?? { sets: 0, labels: 0 }) }));
      const commit = group[0]!.commit?.slice(0, COMMIT_DIGITS);
      const commitSets = commit === undefined ? 0 : (commits.get(commit) ?? 0);
      const unchanged = keyed.length === 2 && keyed[0]!.key === keyed[1]!.key;
      keyed.forEach(({ row, key }) => remember(functions, key, bit, labelBit(row)));
      if (commit !== undefined) commits.set(commit, commitSets | bit);

      if (by.function) {
        if (unchanged && group[0]!.is_vulnerable !== group[1]!.is_vulnerable) return "unchanged";
        if (before.some(({ sets }) => (sets & ~bit) !== 0)) return "function_elsewhere";
        const here = before.map(({ sets, labels }) => ((sets & bit) === 0 ? 0 : labels));
        if (here.some((labels, index) => (labels & (3 - labelBit(group[index]!))) !== 0))
          return "contradiction";
        if (here.every((labels, index) => (labels & labelBit(group[index]!)) !== 0)) return "duplicate";
      }
      return by.commit && (commitSets & ~bit) !== 0 ? "commit_elsewhere" : undefined;
    },
    report() {
      const out: SharedCounts[] = [];
      for (let first = 0; first < names.length; first++)
        for (let second = first + 1; second < names.length; second++) {
          const both = (1 << first) | (1 << second);
          const inBoth = (sets: number): boolean => (sets & both) === both;
          out.push({
            first: names[first]!,
            second: names[second]!,
            functions: [...functions.values()].filter(({ sets }) => inBoth(sets)).length,
            commits: [...commits.values()].filter(inBoth).length,
          });
        }
      return out;
    },
  };
}

const labelBit = (row: DetectionRow): number => (row.is_vulnerable ? 2 : 1);

function remember(functions: Map<string, Seen>, key: string, bit: number, label: number): void {
  const seen = functions.get(key);
  if (seen === undefined) functions.set(key, { sets: bit, labels: label });
  // Sets come one after another, so a new bit begins a new set and its labels.
  else
    Object.assign(
      seen,
      (seen.sets & bit) === 0 ? { sets: seen.sets | bit, labels: label } : { labels: seen.labels | label },
    );
}
