/** Reads source files below a served folder for the analyzers, as the scanner does, and says what it left out. */
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { InputError } from "../core/errors.ts";
import { readSource, SkippedFile, walkTree, type Skip } from "../scan/index.ts";

const SOURCE = /\.(py|js|cjs|mjs)$/;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_FILES = 10_000;

export interface ReadFolder {
  readonly files: Readonly<Record<string, string>>;
  readonly skipped: readonly Skip[];
}

/** `path` lies below `root`, links resolved. Paths come back relative to `root`. Throws InputError. */
export async function readFolder(root: string, path: string): Promise<ReadFolder> {
  const top = await realpath(root);
  const wanted = await realpath(resolve(top, path)).catch(() => undefined);
  if (wanted === undefined) throw new InputError(`${path}: no such file or folder`);
  if (wanted !== top && !wanted.startsWith(top + sep))
    throw new InputError(`${path}: expected a path below the served folder`);
  const isFolder = (await stat(wanted)).isDirectory();
  const folder = isFolder ? wanted : dirname(wanted);
  const { paths, skipped: left } = isFolder
    ? await walkTree(folder, { reads: SOURCE })
    : { paths: [basename(wanted)], skipped: [] };
  if (paths.length > MAX_FILES) throw new InputError(`${path}: holds more than ${MAX_FILES} source files`);
  const above = relative(top, folder);
  const shown = (inside: string): string => [above, inside].filter(Boolean).join(sep).split(sep).join("/");
  const files: Record<string, string> = {};
  const skipped = left.filter(({ reason }) => reason !== "other-language");
  let bytes = 0;
  for (const inside of paths) {
    try {
      const text = await readSource(folder, inside);
      bytes += Buffer.byteLength(text);
      if (bytes > MAX_BYTES) throw new InputError(`${path}: holds more than ${MAX_BYTES} bytes of source`);
      files[shown(inside)] = text;
    } catch (error) {
      if (!(error instanceof SkippedFile)) throw error;
      skipped.push({ path: inside, reason: error.reason });
    }
  }
  return { files, skipped: skipped.map(({ path: at, reason }) => ({ path: shown(at), reason })) };
}
