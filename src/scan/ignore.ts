/** Which paths `.gitignore` files, folders of dependencies, and `--include` and `--exclude` leave out. */
import makeIgnore, { type Ignore } from "ignore";

/** What package managers and builds fill: not written here, and reported where it is written. */
const DEPENDENCIES = new Set([
  ".git",
  ".hg",
  ".svn",
  ".tox",
  ".venv",
  "__pycache__",
  "bower_components",
  "jspm_packages",
  "node_modules",
  "site-packages",
  "venv",
]);

export const isDependency = (name: string): boolean => DEPENDENCIES.has(name);

/** Patterns as `.gitignore` writes them, seen from the folder that they stand in. */
export interface Patterns {
  /** `path` is relative to that folder; a folder ends in a slash. Undefined: they say nothing about it. */
  says(path: string): "ignored" | "kept" | undefined;
}

export function patternsOf(lines: string | readonly string[]): Patterns {
  const rules: Ignore = makeIgnore().add(lines);
  return {
    says(path) {
      const { ignored, unignored } = rules.test(path);
      return ignored ? "ignored" : unignored ? "kept" : undefined;
    },
  };
}

/** A `.gitignore` and the folder it stands in, relative to the scanned one and ending in a slash, or empty. */
export interface PlacedPatterns {
  readonly folder: string;
  readonly patterns: Patterns;
}

/** The innermost file that says something decides. */
export function isIgnored(path: string, placed: readonly PlacedPatterns[]): boolean {
  for (const { folder, patterns } of placed.toReversed()) {
    const says = patterns.says(path.slice(folder.length));
    if (says !== undefined) return says === "ignored";
  }
  return false;
}
