/** Finds the files of a tree that are worth reading. Follows no link and opens nothing but folders and `.gitignore`. */
import { lstat, readdir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import { openInside, readAtMost } from "./content.ts";
import { isDependency, isIgnored, patternsOf, type PlacedPatterns } from "./ignore.ts";
import type { Skip } from "./types.ts";

export interface WalkOptions {
  /** Languages that some analyzer reads, by the end of the name. */
  readonly reads: RegExp;
  /** Patterns as in `.gitignore`; with `include` only files that match are read. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

export interface Walked {
  /** Relative to the root with forward slashes, sorted. */
  readonly paths: readonly string[];
  readonly skipped: readonly Skip[];
}

/** Paths longer than this cannot be opened on most systems, and no person makes such folders. */
const MAX_DEPTH = 100;
const MAX_IGNORE_BYTES = 256 * 1024;

/** Throws InputError when `root` is no folder. */
export async function walkTree(root: string, options: WalkOptions): Promise<Walked> {
  const top = await lstat(root).catch(() => undefined);
  if (!top?.isDirectory()) throw new InputError(`${root}: expected a folder`);
  const included = options.include?.length ? patternsOf(options.include) : undefined;
  const excluded = options.exclude?.length ? patternsOf(options.exclude) : undefined;
  const paths: string[] = [];
  const skipped: Skip[] = [];

  const visit = async (folder: string, depth: number, above: readonly PlacedPatterns[]): Promise<void> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true, encoding: "buffer" }).catch(
      () => undefined,
    );
    if (entries === undefined) return void skipped.push({ path: folder, reason: "unreadable" });
    const named = entries.map((entry) => ({ entry, name: entry.name.toString("utf8") }));
    const own = named.some(({ name }) => name === ".gitignore") ? await ignoreFile(root, folder) : undefined;
    const placed = own === undefined ? above : [...above, { folder, patterns: own }];
    for (const { entry, name } of named.toSorted((a, b) => Buffer.compare(a.entry.name, b.entry.name))) {
      const isFolder = entry.isDirectory();
      const path = `${folder}${name}${isFolder ? "/" : ""}`;
      const skip = (reason: Skip["reason"]): void => void skipped.push({ path, reason });
      if (!Buffer.from(name, "utf8").equals(entry.name)) {
        skipped.push({ path: `${folder}${escaped(entry.name)}`, reason: "name" });
      } else if (entry.isSymbolicLink()) skip("link");
      else if (!isFolder && !entry.isFile()) skip("not-a-file");
      else if (isFolder && isDependency(name)) skip("dependency");
      else if (isIgnored(path, placed)) skip("ignored");
      else if (excluded?.says(path) === "ignored") skip("excluded");
      else if (isFolder) {
        if (depth === MAX_DEPTH) skip("too-deep");
        else await visit(path, depth + 1, placed);
      } else if (included !== undefined && included.says(path) !== "ignored") skip("excluded");
      else if (!options.reads.test(name)) skip("other-language");
      else paths.push(path);
    }
  };
  await visit("", 0, []);
  return { paths, skipped };
}

/** Undefined where it is no plain file, or far larger than anybody writes. */
async function ignoreFile(root: string, folder: string): Promise<ReturnType<typeof patternsOf> | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await openInside(root, `${folder}.gitignore`);
    const content = await readAtMost(handle, MAX_IGNORE_BYTES);
    return content === undefined ? undefined : patternsOf(content.toString("utf8"));
  } catch {
    return undefined;
  } finally {
    await handle?.close();
  }
}

/** Bytes that are no UTF-8 as `\xff`, so that a report can show the name. */
const escaped = (name: Buffer): string =>
  [...name]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
    )
    .join("");
