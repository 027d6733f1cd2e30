/** From a finished action in tokens to the environment's action, and from a patch to the tokens that say it. */
import { applyPatch, PatchError, type Edit, type Files, type Patch } from "../../../core/patch.ts";
import type { Location } from "../../../core/scenario.ts";
import { WEAKNESS_TYPES, type WeaknessType } from "../../../core/cwe.ts";
import type { Page, PageLine } from "./page.ts";
import type { Vocabulary } from "./vocabulary.ts";

export type PolicyAction =
  | {
      readonly action: "identify_vuln";
      readonly type: WeaknessType;
      readonly file: string;
      readonly line: number;
    }
  | { readonly action: "patch"; readonly patch: Patch }
  | { readonly action: "terminate" };

/** Undefined when the tokens do not form a whole action (cut off by the length limit, or unconstrained). */
export function parseAction(
  vocabulary: Vocabulary,
  page: Page,
  ids: readonly number[],
): PolicyAction | undefined {
  const { marks } = vocabulary;
  if (ids.at(-1) !== marks.end) return undefined;
  const [head, ...rest] = ids.slice(0, -1);
  if (head === marks.terminate && rest.length === 0) return { action: "terminate" };
  if (head === marks.patch) return parsePatch(vocabulary, page, rest);
  if (head !== marks.identify || rest.length !== 2) return undefined;
  const type = vocabulary.typeOf(rest[0]!);
  const line = page.lines.find((candidate) => candidate.tag === rest[1]);
  return type === undefined || line === undefined
    ? undefined
    : { action: "identify_vuln", type, file: line.file, line: line.line };
}

function parsePatch(vocabulary: Vocabulary, page: Page, ids: readonly number[]): PolicyAction | undefined {
  const { tokenizer, marks } = vocabulary;
  const byTag = new Map(page.lines.map((line) => [line.tag, line]));
  const edits = new Map<string, Edit[]>();
  let rest = ids;
  while (rest.length > 0) {
    const line = byTag.get(rest[0]!);
    const to = rest.indexOf(marks.to);
    if (line === undefined || to < 2) return undefined;
    const next = rest.findIndex((id, i) => i > to && byTag.has(id));
    const end = next < 0 ? rest.length : next;
    const edit = {
      line: line.line,
      search: tokenizer.decode(rest.slice(1, to)),
      replace: tokenizer.decode(rest.slice(to + 1, end)),
    };
    edits.set(line.file, [...(edits.get(line.file) ?? []), edit]);
    rest = rest.slice(end);
  }
  return edits.size === 0 ? undefined : { action: "patch", patch: Object.fromEntries(edits) };
}

export function encodeIdentify(
  vocabulary: Vocabulary,
  page: Page,
  type: WeaknessType,
  at: Location,
): number[] | undefined {
  const line = page.lines.find((candidate) => candidate.file === at.file && candidate.line === at.line);
  if (line === undefined) return undefined;
  return [
    vocabulary.marks.identify,
    vocabulary.types[WEAKNESS_TYPES.indexOf(type)]!,
    line.tag,
    vocabulary.marks.end,
  ];
}

/**
 * Tokens of a patch made of one-line edits. Each edit is widened to whole tokens, and to the left until its text
 * occurs first where it is meant. Undefined when an edit cannot be said in this language (several lines, no line).
 */
export function encodePatch(vocabulary: Vocabulary, page: Page, patch: Patch): number[] | undefined {
  const { tokenizer, marks } = vocabulary;
  const out: number[] = [marks.patch];
  for (const [file, change] of Object.entries(patch)) {
    if (typeof change === "string") return undefined;
    for (const edit of change) {
      const line = page.lines.find((candidate) => candidate.file === file && candidate.line === edit.line);
      const span = line && tokenSpan(line, edit);
      if (line === undefined || span === undefined) return undefined;
      out.push(
        line.tag,
        ...line.tokens.slice(span.from, span.to),
        marks.to,
        ...tokenizer.encode(span.replace),
      );
    }
  }
  return [...out, marks.end];
}

function tokenSpan(line: PageLine, edit: Edit): { from: number; to: number; replace: string } | undefined {
  const start = line.text.indexOf(edit.search);
  if (start < 0 || edit.search.includes("\n")) return undefined;
  const end = start + edit.search.length;
  let from = line.offsets.findLastIndex((offset) => offset <= start);
  const to = line.offsets.findIndex((offset) => offset >= end);
  if (from < 0 || to < 0) return undefined;
  while (
    from > 0 &&
    line.text.indexOf(line.text.slice(line.offsets[from], line.offsets[to])) !== line.offsets[from]
  )
    from--;
  const replace =
    line.text.slice(line.offsets[from], start) + edit.replace + line.text.slice(end, line.offsets[to]);
  return { from, to, replace };
}

/**
 * The patch against the page as whole files, for a working copy that no longer equals the page: `changed` are the
 * files that differ from it now. A patch that does not apply to the page is returned as it is, to be refused.
 */
export function asWholeFiles(files: Files, patch: Patch, changed: readonly string[]): Patch {
  try {
    const after = applyPatch(files, patch);
    return Object.fromEntries(
      [...new Set([...changed, ...Object.keys(patch)])].map((path) => [path, after[path]!]),
    );
  } catch (error) {
    if (error instanceof PatchError) return patch;
    throw error;
  }
}
