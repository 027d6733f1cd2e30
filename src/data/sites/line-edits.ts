/** The difference of two versions of a site as a patch of whole lines. */
import type { Edit, Files, Patch } from "../../core/index.ts";

/** Edits that turn `before` into `after`. Both have the same files; files without a difference are left out. */
export function patchBetween(before: Files, after: Files): Patch {
  const patch: Record<string, Edit[]> = {};
  for (const [path, text] of Object.entries(before)) {
    const edits = lineEdits(text, after[path]!);
    if (edits.length > 0) patch[path] = edits;
  }
  return patch;
}

/** Lines `from` to `to` of the old text become lines `start` to `end` of the new one. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** One edit for each stretch of lines that differ; an edit has to find some text, so that it takes kept lines along. */
export function lineEdits(before: string, after: string): Edit[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  const edits: Stretch[] = [];
  for (const stretch of differences(a, b)) {
    let { from, to, start, end } = stretch;
    const blank = (): boolean => a.slice(from, to).join("").trim() === "";
    while (blank() && from > 0) [from, start] = [from - 1, start - 1];
    // Where nothing is put in, the line end goes too, with the kept line behind or before it.
    while ((blank() || start === end) && to < a.length) [to, end] = [to + 1, end + 1];
    if (start === end) [from, start] = [from - 1, start - 1];
    const last = edits.at(-1);
    if (last === undefined || from >= last.to) edits.push({ from, to, start, end });
    else edits[edits.length - 1] = { ...last, to: Math.max(to, last.to), end: Math.max(end, last.end) };
  }
  return edits.map(({ from, to, start, end }) => ({
    search: a.slice(from, to).join("\n"),
    replace: b.slice(start, end).join("\n"),
    line: from + 1,
  }));
}

/** The stretches outside the longest common subsequence, in order. */
function differences(before: readonly string[], after: readonly string[]): Stretch[] {
  // Equal ends are cut off first, which leaves little to compare.
  let head = 0;
  while (head < before.length && before[head] === after[head]) head++;
  const room = Math.min(before.length, after.length) - head;
  let tail = 0;
  while (tail < room && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const a = before.slice(head, before.length - tail);
  const b = after.slice(head, after.length - tail);
  const kept = commonLengths(a, b);
  const out: Stretch[] = [];
  let [i, j] = [0, 0];
  const same = (): boolean => i < a.length && j < b.length && a[i] === b[j];
  while (i < a.length || j < b.length) {
    if (same()) {
      [i, j] = [i + 1, j + 1];
      continue;
    }
    const [from, start] = [i, j];
    while ((i < a.length || j < b.length) && !same()) {
      if (j >= b.length || (i < a.length && kept[i + 1]![j]! >= kept[i]![j + 1]!)) i++;
      else j++;
    }
    out.push({ from: head + from, to: head + i, start: head + start, end: head + j });
  }
  return out;
}

/** `result[i][j]`: length of the longest common subsequence of `a` from i and `b` from j. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint16Array[] {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      rows[i]![j] = a[i] === b[j] ? rows[i + 1]![j + 1]! + 1 : Math.max(rows[i + 1]![j]!, rows[i]![j + 1]!);
  return rows;
}
