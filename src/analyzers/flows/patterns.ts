/** Which signs a pattern lets through, read from its text: what a text that matches as a whole cannot do. */
import { ALL, ATTRIBUTE, LINES, MARKUP, PATH, REDIRECT, ROOT, SCHEME, SQL_QUOTE, TAG, UP } from "./kinds.ts";

/** Signs that mean something somewhere; letters and digits mean nothing. */
const SIGNS = [..."<>\"'`\n\r/\\:;$&|()%#=!{}[]~^"];
/** Signs that are harmless wherever the text is put. */
const CALM = [..." .,-_@+*?"];

interface Atoms {
  /** Each a class, an escape or a sign, as a pattern of its own. */
  readonly atoms: readonly string[];
  readonly isFinite: boolean;
  /** Alternatives outside of all groups. */
  readonly branches: readonly string[];
}

const TOKEN =
  /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]+\}|[pP]\{\w+(?:=\w+)?\}|[^])|\[(?:\\.|[^\]\\])*\]|\(\?(?:[:=!]|<[=!]|P?<\w+>)|[()|^$]|[*+?]\??|\{\d*,?\d*\}\??|[^]/g;

/** Undefined for what this does not read: lookarounds and references back. */
function atomsOf(text: string): Atoms | undefined {
  const atoms: string[] = [];
  const branches = [""];
  let [depth, isFinite] = [0, true];
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "|" && depth === 0) {
      branches.push("");
      continue;
    }
    branches[branches.length - 1] += token;
    if (token === ")") depth--;
    else if (token.startsWith("(")) {
      if (/^\(\?<?[=!]/.test(token)) return undefined;
      depth++;
    } else if (/^([|^$]|\\[bBAZz])$/.test(token)) continue;
    else if (/^([*+]\??|\{\d*,?\d*\}\??)$/.test(token)) isFinite = false;
    else if (/^\?\??$/.test(token)) continue;
    else if (/^\\[1-9k]/.test(token)) return undefined;
    else {
      if (token === "." || /^\[|^\\[dDwWsSpP]/.test(token)) isFinite = false;
      atoms.push(token);
    }
  }
  return depth === 0 ? { atoms, isFinite, branches } : undefined;
}

/** Signs of `signs` that one of the atoms matches. */
function letThrough(atoms: readonly string[], signs: readonly string[]): ReadonlySet<string> {
  const out = new Set<string>();
  for (const atom of atoms) {
    let one: RegExp;
    try {
      one = new RegExp(`^${atom}$`, /\\[pPu]/.test(atom) ? "u" : "");
    } catch {
      return new Set(signs);
    }
    for (const sign of signs) if (one.test(sign)) out.add(sign);
  }
  return out;
}

/**
 * Signs that a pattern matches one by one, each by itself; undefined when it matches none. Longer alternatives say
 * nothing: what they match can still come in pieces.
 */
export function signsOf(text: string): string | undefined {
  const singles = (atomsOf(text)?.branches ?? []).flatMap((branch) => {
    const { atoms = [] } = atomsOf(branch.replace(/(?<!\\)[*+]\??$/, "")) ?? {};
    return atoms.length === 1 ? atoms : [];
  });
  const signs = [...letThrough(singles, [...SIGNS, ...CALM])].join("");
  return signs === "" ? undefined : signs;
}

/** Whether everything that means something somewhere is among these. */
export const isEverySign = (signs: string): boolean => SIGNS.every((sign) => signs.includes(sign));

/** Whether a match is the whole text: `full` when the call says so. */
export const isAnchored = (text: string, full = false): boolean =>
  full ||
  (atomsOf(text)?.branches ?? [text]).every(
    (branch) => /^(\^|\\A)/.test(branch) && /(^|[^\\])(\$|\\Z|\\z)$/.test(branch),
  );

/** What a text that an anchored pattern has matched cannot do any more. */
export function outsideOfPattern(text: string): number {
  const read = atomsOf(text);
  if (read === undefined) return 0;
  if (read.isFinite) return ALL;
  const signs = letThrough(read.atoms, SIGNS);
  // A colon alone chooses a scheme and does nothing else.
  if ([...signs].every((sign) => sign === ":")) return signs.size === 0 ? ALL : ALL & ~SCHEME;
  const without = (...some: string[]): boolean => !some.some((sign) => signs.has(sign));
  let gone = 0;
  if (without("<")) gone |= TAG;
  if (without('"')) gone |= ATTRIBUTE;
  if (without("<", '"')) gone |= MARKUP;
  if (without("'")) gone |= SQL_QUOTE;
  if (without("\n")) gone |= LINES;
  if (without(":")) gone |= SCHEME;
  if (without("/", "\\")) gone |= PATH | REDIRECT;
  if (letThrough(read.atoms, ["."]).size === 0) gone |= UP;
  if (letThrough(read.atoms.slice(0, 1), ["/"]).size === 0) gone |= ROOT;
  return gone;
}

/** The groups of a pattern that are given back, in order, with the text inside each. */
export function groupsIn(pattern: string): { readonly name: string | undefined; readonly text: string }[] {
  const out: { name: string | undefined; text: string }[] = [];
  // Of each group that is open: where it stands in `out`, unless it is only for grouping, and where its text begins.
  const open: { readonly at: number | undefined; readonly from: number }[] = [];
  for (const { 0: token, index } of pattern.matchAll(TOKEN)) {
    if (token.startsWith("(")) {
      const name = /^\(\?P?<(\w+)>$/.exec(token)?.[1];
      const kept = token === "(" || name !== undefined;
      open.push({ at: kept ? out.push({ name, text: "" }) - 1 : undefined, from: index + token.length });
    } else if (token === ")") {
      const { at, from } = open.pop() ?? { at: undefined, from: 0 };
      if (at !== undefined) out[at]!.text = pattern.slice(from, index);
    }
  }
  return out;
}
