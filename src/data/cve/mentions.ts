/** Finds weaknesses in what people typed: an identifier, a sentence around one, or the name of a weakness. */
import type { CweMention, CweSource } from "./row.ts";

/** `CWE-79`, `CWE 79`, `cwe79`, `CWE: 79`; not a part of a longer word or number. */
const IDENTIFIER = /(?<![\w-])CWE[\s:_#-]{0,3}0*(\d{1,4})(?!\d)/gi;

/** Every "CWE-nnn" of a text, in order, without repetitions. */
export function cweIds(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(IDENTIFIER), (match) => `CWE-${match[1]!}`))];
}

/** Replaces every "CWE-nnn" by `replacement`: an answer that stands in the question. */
export function maskCweIds(text: string, replacement = "CWE"): string {
  return text.replace(IDENTIFIER, replacement);
}

/** Finds the weakness with a name, whatever its case and punctuation; undefined without a table of names. */
export type CweOfName = (name: string) => string | undefined;

/** What one field says: its identifier, else the identifiers in its text, else the weakness of that name. */
export function mentionsIn(
  field: { readonly id: string | null; readonly text: string | null },
  source: CweSource,
  cweOfName: CweOfName,
): CweMention[] {
  const ids = field.id === null ? [] : cweIds(field.id);
  if (ids.length > 0) return ids.map((cwe) => ({ cwe, source, from: "id" }));
  if (field.text === null) return [];
  const inText = cweIds(field.text);
  if (inText.length > 0) return inText.map((cwe) => ({ cwe, source, from: "text" }));
  const named = cweOfName(field.text);
  return named === undefined ? [] : [{ cwe: named, source, from: "name" }];
}

/** Without repetitions of a weakness by the same source; the first place counts. */
export function distinct(mentions: readonly CweMention[]): CweMention[] {
  const seen = new Set<string>();
  return mentions.filter(({ cwe, source }) => {
    const key = `${source} ${cwe}`;
    return !seen.has(key) && seen.add(key);
  });
}
