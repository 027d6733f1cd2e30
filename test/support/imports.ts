/** Reads import specifiers out of TypeScript sources and checks them against the direction table of the design. */
import { readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";

/** Path relative to the project root -> source. */
export type Sources = ReadonlyMap<string, string>;

/** Line of each folder in the table: a folder imports only from lower numbers and from itself. */
export const LINES: readonly (readonly string[])[] = [
  ["core"],
  ["util"],
  ["runs", "sandbox", "torch", "analyzers"],
  ["model", "verify", "data"],
  ["rewards"],
  ["rollout"],
  ["train", "eval", "scan"],
  ["envs", "benchmarks"],
  ["skills"],
  ["serve"],
  ["cli", "recipes", "examples"],
];
/** Test doubles stand beside the lines: they may use everything up to rollout, and only tests may use them. */
const TESTING = "testing";
const TESTING_LINE = LINES.findIndex((line) => line.includes("rollout")) + 0.5;

const IMPORT =
  /(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+|\bnew URL\(\s*)(?:\/\*.*?\*\/\s*)?["']([^"'\n]+)["']/gm;

/** Specifiers of static, dynamic, type-only and worker (`new URL`) imports; text inside comments is not read. */
export function specifiers(source: string): string[] {
  const code = source.replace(/\/\*[^]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  return [...code.matchAll(IMPORT)].map((match) => match[1]!);
}

const EAGER_IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^;"']*?\bfrom\s*)?["']([^"'\n]+)["']/gm;

/** Specifiers of what is loaded together with the file: neither dynamic imports nor types. */
export function eagerSpecifiers(source: string): string[] {
  return [...source.replace(/\/\*[^]*?\*\//g, "").matchAll(EAGER_IMPORT)].map((match) => match[1]!);
}

/** Packages and files that loading `start` loads, itself included. */
export function loadedWith(start: readonly string[], sources: Sources): Set<string> {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const specifier of eagerSpecifiers(sources.get(path) ?? ""))
      visit(specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : specifier);
  };
  start.forEach(visit);
  return seen;
}

export const isTest = (path: string): boolean =>
  path.endsWith(".test.ts") || /^(test|bench)\//.test(path) || path.includes("/fixtures/");

/** The folder that the table speaks of: `src/model/lora.ts` -> model, `recipes/x.ts` -> recipes. */
function folderOf(path: string): string | undefined {
  const parts = path.split("/");
  const folder = parts[0] === "src" ? parts[1] : parts[0];
  return folder === TESTING || LINES.some((line) => line.includes(folder!)) ? folder : undefined;
}

const lineOf = (folder: string): number =>
  folder === TESTING ? TESTING_LINE : LINES.findIndex((line) => line.includes(folder));

/** Files inside the project that `path` imports. */
export function localImports(path: string, source: string): string[] {
  return specifiers(source)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => posix.normalize(posix.join(posix.dirname(path), specifier)));
}

/** One sentence per import that the table forbids. Test files may import anything. */
export function directionViolations(sources: Sources): string[] {
  const out: string[] = [];
  for (const [path, source] of sources) {
    const from = folderOf(path);
    if (from === undefined || isTest(path)) continue;
    for (const target of localImports(path, source)) {
      const to = folderOf(target);
      if (to === undefined) continue;
      const sameContent = path.split("/")[2] === target.split("/")[2];
      if (to === from && (from !== "envs" || sameContent)) continue;
      if (to === TESTING && from !== "examples") out.push(`${path} uses a test double: ${target}`);
      else if (lineOf(to) >= lineOf(from)) out.push(`${path} (${from}) may not import ${target} (${to})`);
    }
    if (from === "core")
      for (const name of specifiers(source))
        if (!name.startsWith(".") && name !== "zod")
          out.push(`${path} (core) may import only zod, not ${name}`);
  }
  return out;
}

/**
 * Cycles between files by what they load, each as the list of files on it. Types may refer to each other: they are
 * gone when the program runs.
 */
export function importCycles(sources: Sources): string[][] {
  const cycles: string[][] = [];
  const state = new Map<string, "open" | "done">();
  const trail: string[] = [];
  const visit = (path: string): void => {
    if (state.get(path) === "open") cycles.push([...trail.slice(trail.indexOf(path)), path]);
    if (state.has(path)) return;
    state.set(path, "open");
    trail.push(path);
    for (const specifier of eagerSpecifiers(sources.get(path)!)) {
      const target = posix.join(posix.dirname(path), specifier);
      if (specifier.startsWith(".") && sources.has(target)) visit(target);
    }
    trail.pop();
    state.set(path, "done");
  };
  for (const path of sources.keys()) visit(path);
  return cycles;
}

/** Every file below `folders` whose name ends in one of `extensions`. */
export function readSources(
  root: string,
  folders: readonly string[],
  extensions: readonly string[],
): Sources {
  const out = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !["node_modules", "build", "__pycache__"].includes(entry.name)) walk(path);
      else if (entry.isFile() && extensions.some((extension) => path.endsWith(extension)))
        out.set(path, readFileSync(join(root, path), "utf8"));
    }
  };
  folders.forEach(walk);
  return out;
}
