/** Where this installation lies on disk. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

let found: string | undefined;

/**
 * The folder that holds package.json, native/, python/, scenarios/ and recipes/; the same from the sources, from
 * dist/ and inside node_modules.
 */
export function projectRoot(): string {
  found ??= climb(dirname(fileURLToPath(import.meta.url)));
  return found;
}

function climb(folder: string): string {
  if (existsSync(join(folder, "package.json"))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("no package.json above the sources");
  return climb(parent);
}
