/** Cuts a tree into parts that are analysed together: a flow is followed through the files of one part. */

/** Enough for an application, few enough that memory does not grow with the tree. */
export const MAX_UNIT_FILES = 200;

interface Folder {
  readonly files: string[];
  readonly folders: Map<string, Folder>;
  count: number;
}

/**
 * Whole folders stay together where they fit; a folder that does not is cut at its subfolders, and its own files in
 * the order of their names. `paths` are sorted; so are the parts.
 */
export function unitsOf(paths: readonly string[], limit = MAX_UNIT_FILES): string[][] {
  const root = newFolder();
  for (const path of paths) {
    let at = root;
    at.count++;
    const parts = path.split("/");
    for (const name of parts.slice(0, -1)) {
      let next = at.folders.get(name);
      if (next === undefined) at.folders.set(name, (next = newFolder()));
      at = next;
      at.count++;
    }
    at.files.push(path);
  }
  const units: string[][] = [];
  cut(root, limit, units);
  return units;
}

const newFolder = (): Folder => ({ files: [], folders: new Map(), count: 0 });

function cut(folder: Folder, limit: number, units: string[][]): void {
  if (folder.count === 0) return;
  if (folder.count <= limit) return void units.push(everything(folder));
  for (let at = 0; at < folder.files.length; at += limit) units.push(folder.files.slice(at, at + limit));
  for (const below of folder.folders.values()) cut(below, limit, units);
}

const everything = (folder: Folder): string[] =>
  [...folder.files, ...[...folder.folders.values()].flatMap(everything)].toSorted();
