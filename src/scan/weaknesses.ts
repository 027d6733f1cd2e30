/** Which numbers of the catalogue speak of the same weakness, and whether a finding names a planted one. */
import type { TraceStep } from "../analyzers/index.ts";
import type { Location } from "../core/index.ts";

/** Numbers that name the same mistake at different heights of the catalogue, or a part of it. */
const SAME: Readonly<Record<string, string>> = {
  "CWE-23": "CWE-22",
  "CWE-36": "CWE-22",
  "CWE-73": "CWE-22",
  "CWE-77": "CWE-78",
  "CWE-88": "CWE-78",
  "CWE-80": "CWE-79",
  "CWE-564": "CWE-89",
  "CWE-943": "CWE-89",
  "CWE-95": "CWE-94",
  "CWE-96": "CWE-94",
  "CWE-1336": "CWE-94",
  "CWE-93": "CWE-117",
  "CWE-326": "CWE-327",
  "CWE-328": "CWE-327",
  "CWE-916": "CWE-327",
  "CWE-338": "CWE-330",
  "CWE-259": "CWE-798",
  "CWE-321": "CWE-798",
  "CWE-345": "CWE-347",
  "CWE-776": "CWE-611",
  "CWE-827": "CWE-611",
  "CWE-915": "CWE-1321",
  "CWE-379": "CWE-377",
};

/** The number under which findings of the same mistake meet; empty for none. */
export const familyOf = (cwe: string): string => SAME[cwe] ?? cwe;

/** Whether a finding names a planted weakness: on a line that its author accepts, or on a way that leads through one. */
export function explains(
  weakness: { readonly cwe: string; readonly locations: readonly Location[] },
  finding: {
    readonly cwe: string;
    readonly file: string;
    readonly line: number;
    readonly trace?: readonly TraceStep[];
  },
): boolean {
  if (familyOf(weakness.cwe) !== familyOf(finding.cwe)) return false;
  const accepted = new Set(weakness.locations.map(({ file, line }) => `${file}:${line}`));
  return [finding, ...(finding.trace ?? [])].some(({ file, line }) => accepted.has(`${file}:${line}`));
}
