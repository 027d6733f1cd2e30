/** Source lines that carry their own patches, so that an edit cannot drift away from the line it changes. */
import type { Edit, Location } from "../../core/index.ts";

/** What a patch does to one line: its new text (the smallest edit is computed), or an explicit edit. */
type Change = string | { readonly search: string; readonly replace: string };

export interface Line {
  readonly text: string;
  /** One of the lines that an expert would call the vulnerable one. */
  readonly marked: boolean;
  /** Patch name -> change. */
  readonly changes: Map<string, Change>;
}

export function line(text: string, changes: Readonly<Record<string, Change>> = {}, marked = false): Line {
  return { text, marked, changes: new Map(Object.entries(changes)) };
}

export const marked = (text: string, changes: Readonly<Record<string, Change>>): Line =>
  line(text, changes, true);

export const plain = (...texts: readonly string[]): Line[] => texts.map((text) => line(text));

/** Makes `patch` add statements behind a line, indented as `indent`. */
export function insertAfter(
  target: Line,
  patch: string,
  statements: readonly string[],
  indent = "    ",
): void {
  const search = target.text.trim();
  target.changes.set(patch, { search, replace: [search, ...statements.map((s) => indent + s)].join("\n") });
}

/** Makes `patch` add text in front of what `search` finds on a line. */
export function insertBefore(target: Line, patch: string, search: string, added: string): void {
  target.changes.set(patch, { search, replace: added + search });
}

export const sourceOf = (lines: readonly Line[]): string => lines.map((l) => `${l.text}\n`).join("");

export function editsOf(lines: readonly Line[], patch: string): Edit[] {
  return lines.flatMap((l, i) => {
    const change = l.changes.get(patch);
    if (change === undefined) return [];
    const edit = typeof change === "string" ? smallestEdit(l.text, change) : change;
    return [{ ...edit, line: i + 1 }];
  });
}

export function locationsOf(file: string, lines: readonly Line[]): Location[] {
  return lines.flatMap((l, i) => (l.marked ? [{ file, line: i + 1 }] : []));
}

const isWord = (char: string | undefined): boolean => char !== undefined && /\w/.test(char);
/** True when cutting `text` at `at` does not split an identifier or number. */
const isBoundary = (text: string, at: number): boolean => !isWord(text[at - 1]) || !isWord(text[at]);

/**
 * The shortest search/replace that turns `before` into `after`, starting and ending between tokens, not on a space
 * and not inside a bracket it opens, with a `search` that is not empty and whose first occurrence in the line is
 * the right one.
 */
export function smallestEdit(before: string, after: string): { search: string; replace: string } {
  if (before === after) throw new Error(`nothing changes: ${before}`);
  let head = 0;
  while (head < before.length && before[head] === after[head]) head++;
  while (!isBoundary(before, head) || !isBoundary(after, head)) head--;
  let tail = 0;
  const room = Math.min(before.length, after.length) - head;
  while (tail < room && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const search = (): string => before.slice(head, before.length - tail);
  const replace = (): string => after.slice(head, after.length - tail);
  const ragged = (): boolean =>
    !isBoundary(before, before.length - tail) ||
    !isBoundary(after, after.length - tail) ||
    search().endsWith(" ") ||
    leavesOpen(search()) ||
    leavesOpen(replace());
  while (tail > 0 && ragged()) tail--;
  while (search() === "" || before.indexOf(search()) !== head) head = tokenStart(before, head);
  return { search: search(), replace: replace() };
}

/** A bracket is opened and not closed. */
function leavesOpen(text: string): boolean {
  let depth = 0;
  for (const char of text) {
    if ("([{".includes(char)) depth++;
    else if (")]}".includes(char)) depth = Math.max(0, depth - 1);
  }
  return depth > 0;
}

/** Start of the token that ends at `at`, or of the one before when `at` is 0-wide whitespace. */
function tokenStart(text: string, at: number): number {
  let start = at - 1;
  while (start > 0 && text[start] === " ") start--;
  while (start > 0 && isWord(text[start]) && isWord(text[start - 1])) start--;
  if (start < 0) throw new Error(`no room for an edit in: ${text}`);
  return start;
}
