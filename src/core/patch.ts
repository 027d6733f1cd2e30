/** A patch: what it looks like on the wire, and the pure function that applies it to a set of files. */
import { z } from "zod";

export const EditSchema = z.strictObject({
  search: z.string().min(1),
  replace: z.string(),
  /** 1-based line of the file before this patch on which `search` starts; needed when `search` is not unique. */
  line: z.int().positive().optional(),
});
export type Edit = z.infer<typeof EditSchema>;

/** Path inside the application -> its whole new content, or search/replace edits. */
export const PatchSchema = z.record(z.string(), z.union([z.string(), z.array(EditSchema).min(1)]));
export type Patch = z.infer<typeof PatchSchema>;

export type Files = Readonly<Record<string, string>>;

export class PatchError extends Error {
  override readonly name = "PatchError";
}

export const MAX_PATCHED_FILE_BYTES = 256 * 1024;

/** Rejects anything but a plain relative path below the application root. Throws PatchError. */
export function checkPath(path: string): string {
  // oxlint-disable-next-line no-control-regex
  if (path === "" || path.length > 200 || /[\0-\x1f\\]/.test(path))
    throw new PatchError(`not a usable path: ${JSON.stringify(path.slice(0, 80))}`);
  if (path.startsWith("/")) throw new PatchError(`path must be relative to the application: ${path}`);
  if (path.split("/").some((part) => part === "" || part === "." || part === ".."))
    throw new PatchError(`path leaves or blurs the application folder: ${path}`);
  return path;
}

/**
 * Applies a patch to a copy of `files`. Only files that exist may be patched: a new file cannot be part of a fix
 * of these applications and would be a way to smuggle in a module that shadows a library.
 * Throws PatchError with a sentence for the model.
 */
export function applyPatch(files: Files, patch: Patch): Record<string, string> {
  const entries = Object.entries(patch);
  if (entries.length === 0) throw new PatchError("the patch is empty");
  const out: Record<string, string> = { ...files };
  for (const [path, change] of entries) {
    checkPath(path);
    const before = Object.hasOwn(files, path) ? files[path] : undefined;
    if (before === undefined)
      throw new PatchError(`no such file: ${path} (files: ${Object.keys(files).join(", ")})`);
    const after = typeof change === "string" ? change : applyEdits(path, before, change);
    if (Buffer.byteLength(after) > MAX_PATCHED_FILE_BYTES)
      throw new PatchError(`${path} would be larger than ${MAX_PATCHED_FILE_BYTES} bytes`);
    if (after.includes("\0")) throw new PatchError(`${path} would contain binary data`);
    out[path] = after;
  }
  return out;
}

function applyEdits(path: string, before: string, edits: readonly Edit[]): string {
  const lineStarts = [0];
  for (let at = before.indexOf("\n"); at >= 0; at = before.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  const spans = edits.map((edit) => {
    const start = locate(path, before, edit, lineStarts);
    return { start, end: start + edit.search.length, replace: edit.replace };
  });
  spans.sort((a, b) => a.start - b.start);
  let out = "";
  let done = 0;
  for (const span of spans) {
    if (span.start < done) throw new PatchError(`two edits of ${path} overlap`);
    out += before.slice(done, span.start) + span.replace;
    done = span.end;
  }
  return out + before.slice(done);
}

function locate(path: string, text: string, edit: Edit, lineStarts: readonly number[]): number {
  if (edit.line !== undefined) {
    const from = lineStarts[edit.line - 1];
    if (from === undefined) throw new PatchError(`${path} has no line ${edit.line}`);
    const to = lineStarts[edit.line] ?? text.length + 1;
    const at = text.indexOf(edit.search, from);
    if (at < 0 || at >= to)
      throw new PatchError(`line ${edit.line} of ${path} does not contain ${JSON.stringify(edit.search)}`);
    return at;
  }
  const at = text.indexOf(edit.search);
  if (at < 0) throw new PatchError(`${path} does not contain ${JSON.stringify(edit.search)}`);
  if (text.indexOf(edit.search, at + 1) >= 0)
    throw new PatchError(`${JSON.stringify(edit.search)} occurs more than once in ${path}: give its line`);
  return at;
}
