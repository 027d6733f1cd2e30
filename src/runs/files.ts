/** Writing files and folders beside their final place and renaming them, so that nothing half-written is ever seen. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/** Marks what a crash may leave behind; such names are removed when the run is next opened for writing. */
const UNFINISHED = ".unfinished-";

/** Where to write what will be `path` once it is whole; see `finishFile`. */
export function unfinishedName(path: string): string {
  return join(dirname(path), `${UNFINISHED}${process.pid}-${basename(path)}`);
}

/** Moves a whole file from `beside` (see `unfinishedName`) to `path`, in one step that survives a crash. */
export function finishFile(beside: string, path: string): void {
  syncPath(beside);
  renameSync(beside, path);
  syncPath(dirname(path));
}

/** Replaces `path` by `content` in one step that survives a crash. */
export function writeFileAtomic(path: string, content: string | Uint8Array): void {
  const beside = unfinishedName(path);
  const file = openSync(beside, "w");
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
  syncPath(dirname(path));
}

/**
 * Fills a new folder through `fill` and moves it to `path`, replacing what is there. When `fill` fails the new
 * folder is removed and the old one stays.
 */
export async function writeFolderAtomic(
  path: string,
  fill: (folder: string) => void | Promise<void>,
): Promise<void> {
  const beside = unfinishedName(path);
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(beside, { recursive: true });
  try {
    await fill(beside);
    syncTree(beside);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    throw error;
  }
  // A folder cannot be renamed over a full one; the old one steps aside first.
  const old = `${beside}-old`;
  if (existsSync(path)) renameSync(path, old);
  renameSync(beside, path);
  syncPath(dirname(path));
  rmSync(old, { recursive: true, force: true });
}

/** Points the relative symbolic link `path` at `target` in one step. */
export function linkAtomic(path: string, target: string): void {
  const beside = unfinishedName(path);
  rmSync(beside, { force: true });
  symlinkSync(target, beside);
  renameSync(beside, path);
  syncPath(dirname(path));
}

/** Removes what an interrupted write left directly below `folder`. */
export function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder))
    if (name.startsWith(UNFINISHED)) rmSync(join(folder, name), { recursive: true, force: true });
}

function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else if (entry.isFile()) syncPath(path);
  }
  syncPath(folder);
}

function syncPath(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
