/** The weaknesses Ironbark knows by name: CWE number, the short type used in actions, a title. */

export const WEAKNESS_TYPES = ["sql_injection", "xss", "path_traversal"] as const;
export type WeaknessType = (typeof WEAKNESS_TYPES)[number];

export interface CweEntry {
  readonly cwe: string;
  readonly type: WeaknessType;
  readonly title: string;
}

export const CWE_TABLE: readonly CweEntry[] = [
  { cwe: "CWE-89", type: "sql_injection", title: "SQL Injection" },
  { cwe: "CWE-79", type: "xss", title: "Cross-site Scripting" },
  { cwe: "CWE-22", type: "path_traversal", title: "Path Traversal" },
];

export function cweOfType(type: WeaknessType): string {
  return CWE_TABLE.find((entry) => entry.type === type)!.cwe;
}
