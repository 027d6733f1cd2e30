/** Reads a small folder of text files into memory and refuses everything that is not one. */
import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";

/** Of a whole folder: what a person writes by hand is far smaller, and a runaway log is far larger. */
export const MAX_TREE_BYTES = 1024 * 1024;
const MAX_FILES = 1000;

/**
 * Path relative to `folder` with forward slashes -> text, sorted by path. Opens nothing but regular files and follows
 * no link. Throws InputError that names the file: no such folder, a symbolic link, something that is no file, bytes
 * that are no UTF-8, a null byte, more than 1 MB or 1,000 files in all.
 */
export async function readTextTree(folder: string): Promise<Map<string, string>> {
  const top = await lstat(folder).catch(() => undefined);
  if (top === undefined) throw new InputError(`${folder}: no such folder`);
  if (top.isSymbolicLink()) throw new InputError(`${folder}: is a symbolic link; expected a folder`);
  if (!top.isDirectory()) throw new InputError(`${folder}: expected a folder`);
  const paths: string[] = [];
  await walk(folder, "", paths);
  const files = new Map<string, string>();
  let bytes = 0;
  for (const path of paths.toSorted()) {
    const content = await readAtMost(join(folder, path), MAX_TREE_BYTES - bytes);
    if (content === undefined)
      throw new InputError(
        `${join(folder, path)}: with it the folder holds more than ${MAX_TREE_BYTES} bytes; expected at most 1 MB`,
      );
    bytes += content.length;
    files.set(path, decode(join(folder, path), content));
  }
  return files;
}

async function walk(folder: string, below: string, paths: string[]): Promise<void> {
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    const shown = join(folder, path);
    if (entry.isSymbolicLink()) throw new InputError(`${shown}: is a symbolic link; expected a regular file`);
    // Left behind by running the application by hand; never part of it.
    if (entry.isDirectory() && entry.name === "__pycache__") continue;
    if (entry.isDirectory()) await walk(folder, path, paths);
    else if (!entry.isFile()) throw new InputError(`${shown}: expected a regular file or a folder`);
    else paths.push(path);
    if (paths.length > MAX_FILES)
      throw new InputError(`${folder}: holds more than ${MAX_FILES} files; is it the right folder?`);
  }
}

/** The whole content, or undefined when it is longer than `limit`; never reads more than that. */
async function readAtMost(path: string, limit: number): Promise<Buffer | undefined> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    return size > limit ? undefined : await file.readFile();
  } finally {
    await file.close();
  }
}

function decode(path: string, content: Buffer): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw new InputError(`${path}: is not UTF-8 text`);
  }
  if (text.includes("\0"))
    throw new InputError(`${path}: holds a null byte (line ${lineAt(text, text.indexOf("\0"))})`);
  return text;
}

/** 1-based line of the character at `offset`. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
