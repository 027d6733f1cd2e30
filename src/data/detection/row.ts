/** One function with its label: the shape that every set of detection data is brought into. */
import type { JsonObject } from "../cve/json.ts";

export interface DetectionRow {
  readonly id: string;
  readonly code: string;
  /** As `languageOf` writes it, for instance `cpp`; empty when nobody says. */
  readonly language: string;
  readonly is_vulnerable: boolean;
  /** In the form CWE-89; empty when nobody says. */
  readonly cwe: readonly string[];
  /** What the vulnerable and the fixed half of one change have in common; absent for rows that stand alone. */
  readonly pair?: string;
  /** The set, with its release where there are several. */
  readonly source: string;
  /** Hash of the change, or what the set gives in its place. */
  readonly commit?: string;
  readonly cve?: string;
}

/** What is wrong with one record; the caller adds file and line. */
export class BadRecord extends Error {}

/** The function's text. Throws BadRecord for null, for another type and for white space alone. */
export function codeAt(record: JsonObject, key: string): string {
  const code = record[key];
  if (typeof code !== "string")
    throw new BadRecord(`${key}: expected the text of a function, got ${kindOf(code)}`);
  if (code.trim() === "") throw new BadRecord(`${key}: expected the text of a function, got white space`);
  return code;
}

const LABELS: Readonly<Record<string, boolean>> = { "0": false, "1": true, false: false, true: true };

/** Truth values and 0 or 1, also as text. Throws BadRecord for anything else: a label is never guessed. */
export function labelAt(record: JsonObject, key: string): boolean {
  const value = record[key];
  const simple = typeof value === "boolean" || typeof value === "number" || typeof value === "string";
  const label = simple ? LABELS[String(value).toLowerCase()] : undefined;
  if (label === undefined)
    throw new BadRecord(`${key}: expected a label (true, false, 0 or 1), got ${shown(value)}`);
  return label;
}

/** Text, or a number written as text; undefined for nothing. */
export function textOrNumber(record: JsonObject, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = record[key];
    if (typeof value === "string" && value.trim() !== "") return value.trim();
    if (typeof value === "number" && Number.isFinite(value)) return String(value);
  }
  return undefined;
}

/**
 * Weaknesses in the form CWE-89, whatever the set writes: `CWE-089: SQL`, `cwe89`, 89, a list, a list as text.
 * What names no weakness (`NVD-CWE-noinfo`) gives nothing.
 */
export function weaknesses(value: unknown): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap(weaknesses))];
  if (typeof value === "number") return Number.isInteger(value) && value > 0 ? [`CWE-${value}`] : [];
  if (typeof value !== "string") return [];
  if (/^\d+$/.test(value.trim())) return weaknesses(Number(value));
  return [...new Set([...value.matchAll(/CWE[-_ ]?0*([1-9]\d*)/gi)].map(([, number]) => `CWE-${number}`))];
}

/** The hash in an address or a text of a commit; other texts stay as they are. */
export function commitOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  return (
    /\b[0-9a-f]{40}\b/i.exec(value)?.[0].toLowerCase() ??
    /\b[0-9a-f]{7,39}$/i.exec(value)?.[0].toLowerCase() ??
    value
  );
}

/** Only the fields that there are, in one order for all sets. */
export function makeRow(row: {
  readonly [K in keyof DetectionRow]:
    | DetectionRow[K]
    | (undefined extends DetectionRow[K] ? undefined : never);
}): DetectionRow {
  const { id, code, language, is_vulnerable, cwe, pair, source, commit, cve } = row;
  return {
    id,
    code,
    language,
    is_vulnerable,
    cwe,
    ...(pair === undefined ? {} : { pair }),
    source,
    ...(commit === undefined ? {} : { commit }),
    ...(cve === undefined ? {} : { cve }),
  };
}

const kindOf = (value: unknown): string =>
  value === undefined
    ? "nothing"
    : value === null
      ? "null"
      : Array.isArray(value)
        ? "a list"
        : `a ${typeof value}`;

const shown = (value: unknown): string =>
  value === undefined ? "nothing" : JSON.stringify(value)!.slice(0, 40);
