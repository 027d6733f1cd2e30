/** Turns a unified diff, as `diff -u` and `git diff` write it, into the edits of a patch. */
import { InputError } from "../core/errors.ts";
import type { Edit, Files, Patch } from "../core/patch.ts";

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/**
 * Reads a diff against `files`; lines before a `---` header are remarks. Every hunk must match the sources exactly
 * where it says it does, so that a scenario whose application has moved on is noticed.
 * Throws InputError naming `shown` and the line of the diff.
 */
export function patchOfDiff(shown: string, diff: string, files: Files): Patch {
  const lines = diff.split("\n");
  const patch: Record<string, Edit[]> = {};
  const fail = (at: number, problem: string): never => {
    throw new InputError(`${shown}:${at + 1}: ${problem}`);
  };
  let edits: Edit[] | undefined;
  let source: readonly string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith("--- ") && lines[at + 1]?.startsWith("+++ ")) {
      const path = targetOf(line, lines[at + 1]!);
      const content = Object.hasOwn(files, path) ? files[path] : undefined;
      if (content === undefined)
        return fail(at, `no such file in app/: ${path} (a patch changes files, it adds and removes none)`);
      source = content.split("\n");
      edits = patch[path] ??= [];
      at++;
      continue;
    }
    const hunk = HUNK.exec(line);
    if (hunk === null) continue;
    if (edits === undefined)
      return fail(at, "a hunk before any file; expected --- a/FILE and +++ b/FILE first");
    const start = Number(hunk[1]);
    const body = takeHunk(lines, at + 1, Number(hunk[2] ?? 1), Number(hunk[3] ?? 1));
    if (body === undefined) return fail(at, "the hunk is shorter or longer than its header says");
    if (body.before.length === 0 || body.after.length === 0)
      return fail(at, "a hunk without context lines; make the diff with diff -u");
    const wrong = body.before.findIndex((text, i) => source[start - 1 + i] !== text);
    if (wrong >= 0)
      return fail(at, `line ${start + wrong} of the file is not ${JSON.stringify(body.before[wrong])}`);
    edits.push({
      // The newline behind the last line stays out of it: the file may end there.
      search: body.before.join("\n"),
      replace: body.after.join("\n"),
      line: start,
    });
    at += body.length;
  }
  if (edits === undefined) return fail(0, "expected a unified diff with --- and +++ headers");
  const idle = Object.entries(patch).find(([, hunks]) => hunks.length === 0);
  if (idle !== undefined) return fail(0, `has a header but no hunk for ${idle[0]}`);
  return patch;
}

/** Name in the headers without git's a/ and b/ and without the time that `diff -u` writes behind a tab. */
function targetOf(from: string, to: string): string {
  const name = (header: string): string => header.slice(4).split("\t")[0]!.trim();
  const [before, after] = [name(from), name(to)];
  return before.startsWith("a/") && after.startsWith("b/") ? after.slice(2) : after;
}

interface Hunk {
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Lines that it takes in the diff. */
  readonly length: number;
}

function takeHunk(lines: readonly string[], from: number, old: number, fresh: number): Hunk | undefined {
  const before: string[] = [];
  const after: string[] = [];
  let at = from;
  for (; before.length < old || after.length < fresh; at++) {
    const line = lines[at];
    if (line === undefined) return undefined;
    const [sign, text] = [line[0], line.slice(1)];
    // Editors strip the blank of an empty context line.
    const context = sign === " " || line === "";
    // "\ No newline at end of file"
    if (sign === "\\") continue;
    if (!context && sign !== "-" && sign !== "+") return undefined;
    if (sign !== "+") before.push(text);
    if (sign !== "-") after.push(text);
  }
  return before.length === old && after.length === fresh ? { before, after, length: at - from } : undefined;
}
