/** The last rung: a fix is a small change, measured against the reference patch. */
import { applyPatch, type Files, type Scenario } from "../core/index.ts";

const MIN_LINES = 16;
const TIMES_REFERENCE = 4;
const MAX_GROWTH_BYTES = 4096;

/** Empty when the candidate is a small change of the original, else what is too large. */
export function tooLarge(scenario: Scenario, candidate: Files): string {
  const reference = applyPatch(scenario.files, scenario.reference);
  const allowed = Math.max(MIN_LINES, TIMES_REFERENCE * changedLines(scenario.files, reference));
  const changed = changedLines(scenario.files, candidate);
  if (changed > allowed) return `${changed} lines changed, at most ${allowed} expected`;
  for (const [path, text] of Object.entries(candidate)) {
    const growth = Buffer.byteLength(text) - Buffer.byteLength(scenario.files[path] ?? "");
    if (growth > MAX_GROWTH_BYTES)
      return `${path} grew by ${growth} bytes, at most ${MAX_GROWTH_BYTES} expected`;
  }
  return "";
}

/** Sum over the files of max(lines added, lines removed); blank lines and indentation do not count. */
export function changedLines(before: Files, after: Files): number {
  let total = 0;
  for (const path of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const a = significant(before[path] ?? "");
    const b = significant(after[path] ?? "");
    const kept = commonLines(a, b);
    total += Math.max(a.length, b.length) - kept;
  }
  return total;
}

function significant(text: string): string[] {
  return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
}

/** Length of the longest common subsequence; equal ends are cut off first, which leaves little to compare. */
function commonLines(a: readonly string[], b: readonly string[]): number {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const middleA = a.slice(start, a.length - end);
  const middleB = b.slice(start, b.length - end);
  let row = new Uint32Array(middleB.length + 1);
  for (const line of middleA) {
    const next = new Uint32Array(middleB.length + 1);
    for (let j = 0; j < middleB.length; j++) {
      next[j + 1] = line === middleB[j] ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!);
    }
    row = next;
  }
  return start + end + row[middleB.length]!;
}
