/** Reads one file of a hostile tree: never a link, a pipe or a device, never more than a limit, and once. */
import { constants } from "node:fs";
import { open, readlink, realpath, type FileHandle } from "node:fs/promises";
import { join, sep } from "node:path";
import type { SkipReason } from "./types.ts";

/** Larger sources are generated. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** Where a null byte shows that a file is no text. */
const PROBED_BYTES = 8192;
/** Code that people read has short lines; what a minifier writes has few and long ones. */
const MINIFIED_AVERAGE = 300;
const MINIFIED_LEAST = 5000;

export class SkippedFile extends Error {
  readonly reason: SkipReason;

  constructor(reason: SkipReason) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * Opens a plain file below `root` without waiting for whatever else it may be. A folder on the way that has become a
 * link since it was listed is noticed where the system tells where a descriptor leads (Linux). Throws SkippedFile.
 */
export async function openInside(root: string, path: string): Promise<FileHandle> {
  const full = join(root, path);
  let handle: FileHandle;
  try {
    handle = await open(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw new SkippedFile((error as NodeJS.ErrnoException).code === "ELOOP" ? "link" : "unreadable");
  }
  try {
    if (!(await handle.stat()).isFile()) throw new SkippedFile("not-a-file");
    if (process.platform === "linux") {
      const [leads, top] = await Promise.all([readlink(`/proc/self/fd/${handle.fd}`), realpath(root)]);
      if (!leads.startsWith(top === sep ? sep : `${top}${sep}`)) throw new SkippedFile("link");
    }
    return handle;
  } catch (error) {
    await handle.close();
    throw error instanceof SkippedFile ? error : new SkippedFile("unreadable");
  }
}

/** Undefined when there is more than `limit` bytes, whatever its size was said to be. */
export async function readAtMost(handle: FileHandle, limit: number): Promise<Buffer | undefined> {
  const { size } = await handle.stat();
  if (size > limit) return undefined;
  // One byte more than it should hold shows a file that grows while it is read.
  const buffer = Buffer.alloc(size + 1);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  if (filled > size) throw new SkippedFile("changed-while-read");
  return buffer.subarray(0, filled);
}

/** The text of a source file. Throws SkippedFile with the reason why there is none. */
export async function readSource(root: string, path: string): Promise<string> {
  const handle = await openInside(root, path);
  try {
    const content = await readAtMost(handle, MAX_FILE_BYTES);
    if (content === undefined) throw new SkippedFile("large");
    if (content.subarray(0, PROBED_BYTES).includes(0)) throw new SkippedFile("binary");
    const text = content.toString("utf8");
    if (isMinified(path, text)) throw new SkippedFile("minified");
    return text;
  } catch (error) {
    throw error instanceof SkippedFile ? error : new SkippedFile("unreadable");
  } finally {
    await handle.close();
  }
}

export function isMinified(path: string, text: string): boolean {
  if (/[.-]min\.[cm]?js$/.test(path)) return true;
  if (text.length < MINIFIED_LEAST || !/\.[cm]?js$/.test(path)) return false;
  return text.length / text.split("\n").length > MINIFIED_AVERAGE;
}
