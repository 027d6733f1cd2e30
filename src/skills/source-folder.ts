/** Reads source files below a folder for the analyzers, and says what it left out. Follows no link, opens no archive. */
import { constants } from "node:fs";
import { lstat, open, readdir, realpath } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { InputError } from "../core/errors.ts";

const SOURCE = /\.(py|js|cjs|mjs)$/;
const LEFT_OUT = new Set(["node_modules", ".git", ".venv", "__pycache__", "dist", "build"]);
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_FILES = 10_000;
/** A line that nobody typed: the file was made by a machine, and where in it something stands helps nobody. */
const MINIFIED_LINE = 5_000;

export interface ReadFolder {
  readonly files: Readonly<Record<string, string>>;
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
}

/** `path` lies below `root`, links resolved. Paths come back relative to `root`. Throws InputError. */
export async function readFolder(root: string, path: string): Promise<ReadFolder> {
  const top = await realpath(root);
  const wanted = await realpath(resolve(top, path)).catch(() => undefined);
  if (wanted === undefined) throw new InputError(`${path}: no such file or folder`);
  if (wanted !== top && !wanted.startsWith(top + sep))
    throw new InputError(`${path}: expected a path below the served folder`);
  const files: Record<string, string> = {};
  const skipped: { path: string; why: string }[] = [];
  let bytes = 0;
  const take = async (full: string): Promise<void> => {
    const shown = relative(top, full).split(sep).join("/");
    if (!SOURCE.test(full)) return;
    const text = await readSource(full);
    if (typeof text !== "string") return void skipped.push({ path: shown, why: text.why });
    bytes += text.length;
    if (bytes > MAX_BYTES) throw new InputError(`${path}: holds more than ${MAX_BYTES} bytes of source`);
    if (Object.keys(files).length >= MAX_FILES)
      throw new InputError(`${path}: holds more than ${MAX_FILES} source files`);
    files[shown] = text;
  };
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const full = join(folder, entry.name);
      if (entry.isSymbolicLink())
        skipped.push({ path: relative(top, full).split(sep).join("/"), why: "a symbolic link" });
      else if (entry.isDirectory() && !LEFT_OUT.has(entry.name)) await walk(full);
      else if (entry.isFile()) await take(full);
    }
  };
  if ((await lstat(wanted)).isDirectory()) await walk(wanted);
  else await take(join(dirname(wanted), basename(wanted)));
  return { files, skipped };
}

async function readSource(path: string): Promise<string | { why: string }> {
  // Never a link that was put there after the look, and never a pipe that would block.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return { why: "not a regular file" };
    if (stat.size > MAX_FILE_BYTES) return { why: `larger than ${MAX_FILE_BYTES} bytes` };
    const text = await file.readFile("utf8");
    if (text.includes("\0") || text.includes("\ufffd")) return { why: "binary" };
    if (text.split("\n").some((line) => line.length > MINIFIED_LINE)) return { why: "minified" };
    return text;
  } finally {
    await file.close();
  }
}
