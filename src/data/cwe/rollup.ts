/** Rolls weaknesses up to a chosen view: a set of weaknesses, or everything of at least some abstraction. */
import type { Catalogue } from "./catalogue.ts";

/** From the most general to the most special; CWE's own terms. */
const LEVELS = ["Pillar", "Class", "Base", "Variant"] as const;
export type Level = (typeof LEVELS)[number];

/** Chooses a weakness of the view for each; null where nothing of the view lies at or above it. */
export type RollUp = (cwe: string) => string | null;

export const KEEP: RollUp = (cwe) => cwe;

/**
 * To the nearest weakness of `members` at or above, breadth first over all parents; of several equally near, the one
 * with the smallest number.
 */
export function rollUpTo(catalogue: Catalogue, members: ReadonlySet<string>): RollUp {
  return (cwe) => {
    const seen = new Set<string>();
    for (let level = [cwe]; level.length > 0;) {
      const found = level.filter((one) => members.has(one));
      if (found.length > 0) return found.toSorted((a, b) => numberOf(a) - numberOf(b))[0]!;
      level.forEach((one) => seen.add(one));
      const above = level.flatMap((one) => catalogue.weaknesses.get(one)?.child_of ?? []);
      level = [...new Set(above)].filter((one) => !seen.has(one));
    }
    return null;
  };
}

/** Weaknesses more special than `level` become their nearest ancestor at that level or above; others stay. */
export function rollUpToLevel(catalogue: Catalogue, level: Level): RollUp {
  const kept = new Set(LEVELS.slice(0, LEVELS.indexOf(level) + 1));
  const members = new Set<string>();
  for (const { cwe, abstraction } of catalogue.weaknesses.values())
    if (kept.has(abstraction as Level)) members.add(cwe);
  return rollUpTo(catalogue, members);
}

const numberOf = (cwe: string): number => Number(cwe.slice("CWE-".length));
