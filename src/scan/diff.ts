/** The difference between two texts as one hunk of a unified diff, which `git apply` takes. */

const CONTEXT = 3;

/** Empty when the texts are equal. `path` is relative, with forward slashes. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return "";
  const [a, b] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const from = Math.max(0, start - CONTEXT);
  const tail = Math.min(CONTEXT, end);
  const lines = [
    ...a.slice(from, start).map((line) => ` ${line}`),
    ...a.slice(start, a.length - end).map((line) => `-${line}`),
    ...b.slice(start, b.length - end).map((line) => `+${line}`),
    ...a.slice(a.length - end, a.length - end + tail).map((line) => ` ${line}`),
  ];
  const [old, fresh] = [a.length - end + tail - from, b.length - end + tail - from];
  const at = (count: number): string => `${count === 0 ? from : from + 1},${count}`;
  const body = lines.map((line) => (line.endsWith("\n") ? line : `${line}\n\\ No newline at end of file\n`));
  return `--- a/${path}\n+++ b/${path}\n@@ -${at(old)} +${at(fresh)} @@\n${body.join("")}`;
}

/** Lines with their ends, so that a missing last one is seen. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
