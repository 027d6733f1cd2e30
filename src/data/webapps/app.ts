/** Puts blocks together to an application: files with imports, constants, helpers and endpoints in order. */
import type { Edit, Files, Location, NamedPatch, Patch } from "../../core/index.ts";
import { dbHelper, type Block, type Ctx, type VulnerableBlock } from "./blocks.ts";
import { editsOf, insertBefore, line, locationsOf, plain, sourceOf, type Line } from "./lines.ts";

/** Import keys that are not names of flask. */
const STATEMENTS: Readonly<Record<string, string>> = {
  os: "import os",
  sqlite3: "import sqlite3",
  html: "import html",
  escape: "from html import escape",
  Path: "from pathlib import Path",
  safe_join: "from werkzeug.utils import safe_join",
  Markup: "from markupsafe import Markup",
};

export interface App {
  /** File -> its lines. */
  readonly sources: ReadonlyMap<string, readonly Line[]>;
  readonly files: Files;
  readonly appLine: Line;
  readonly importLine: Line;
}

export function assemble(ctx: Ctx, blocks: readonly Block[], vulnerable: VulnerableBlock): App {
  const gap = plain(...Array.from({ length: ctx.blankLines }, () => ""));
  const keys = new Set(blocks.flatMap((b) => b.imports));
  const usesDb = blocks.some((b) =>
    [...b.endpoint.lines, ...b.helpers.flat()].some((l) => /sqlite3/.test(l.text)),
  );
  const helper = usesQuery(ctx, blocks) ? [dbHelper(ctx)] : [];
  if (usesDb || helper.length > 0) keys.add("sqlite3");
  for (const l of blocks.flatMap((b) => [...b.endpoint.lines, ...b.helpers.flat()]))
    if (l.text.includes("os.path")) keys.add("os");
  const importLine = line(flaskImport(keys));
  const appLine = line("app = Flask(__name__)");
  const own = blocks.flatMap((b) =>
    b.module === undefined ? [] : [line(`from ${b.module.name} import ${b.module.exports.join(", ")}`)],
  );
  const sections = [...helper, ...blocks.flatMap((b) => b.helpers), ...blocks.map((b) => b.endpoint.lines)];
  const top = [...standardImports(ctx, keys), importLine, ...libraryImports(ctx, keys), ...own];
  const constants = blocks.flatMap((b) => b.constants);
  const lines = [...top, ...plain(""), appLine, ...constants, ...sections.flatMap((s) => [...gap, ...s])];
  const sources = new Map<string, readonly Line[]>([["app.py", lines]]);
  for (const b of blocks) {
    if (b.module !== undefined) sources.set(`${b.module.name}.py`, moduleLines(ctx, b, vulnerable));
    for (const [file, texts] of Object.entries(b.templates)) sources.set(file, texts);
  }
  addPatchImports(importLine, "from flask", keys, vulnerable, "app");
  const files = Object.fromEntries([...sources].map(([file, texts]) => [file, sourceOf(texts)]));
  return { sources, files, appLine, importLine };
}

function usesQuery(ctx: Ctx, blocks: readonly Block[]): boolean {
  const name = ctx.db === "getdb" ? "get_db(" : ctx.db === "query" ? `${ctx.queryName}(` : null;
  if (name === null) return false;
  return blocks.some((b) => [...b.endpoint.lines, ...b.helpers.flat()].some((l) => l.text.includes(name)));
}

function flaskImport(keys: ReadonlySet<string>): string {
  const names = [...keys].filter((k) => k.startsWith("flask:")).map((k) => k.slice(6));
  return `from flask import ${["Flask", ...names].sort().join(", ")}`;
}

const present = (keys: ReadonlySet<string>, wanted: readonly string[]): Line[] =>
  wanted.filter((k) => keys.has(k)).map((k) => line(STATEMENTS[k]!));

function standardImports(ctx: Ctx, keys: ReadonlySet<string>): Line[] {
  return present(keys, ["os", "sqlite3", ...(ctx.escapeFrom === "html" ? ["escape"] : []), "Path"]);
}

function libraryImports(ctx: Ctx, keys: ReadonlySet<string>): Line[] {
  const markup = ["Markup", ...(ctx.escapeFrom === "markupsafe" ? ["escape"] : [])].filter((k) =>
    keys.has(k),
  );
  const safe = present(keys, ["safe_join"]);
  return markup.length === 0 ? safe : [line(`from markupsafe import ${markup.join(", ")}`), ...safe];
}

function moduleLines(ctx: Ctx, block: Block, vulnerable: VulnerableBlock): Line[] {
  const module = block.module!;
  const keys = new Set(module.imports);
  const flask = module.imports.some((k) => k.startsWith("flask:"));
  const names = module.imports.filter((k) => k.startsWith("flask:")).map((k) => k.slice(6));
  const imports = [
    ...present(keys, ["os", "sqlite3", "Path"]),
    ...(flask ? [line(`from flask import ${names.join(", ")}`)] : []),
  ];
  addPatchImports(imports.at(-1)!, flask ? "from flask" : "import", keys, vulnerable, "module");
  const gap = plain(...Array.from({ length: ctx.blankLines }, () => ""));
  const constants = module.constants.length === 0 ? [] : [...plain(""), ...module.constants];
  return [...imports, ...constants, ...gap, ...module.lines];
}

/** Imports that a patch needs and the file lacks go in front of the import of flask. */
function addPatchImports(
  target: Line,
  anchor: string,
  keys: ReadonlySet<string>,
  vulnerable: VulnerableBlock,
  where: "app" | "module",
): void {
  for (const [patch, wanted] of Object.entries(vulnerable.patchImports)) {
    const missing = (wanted[where] ?? []).filter((k) => !keys.has(k));
    const search = anchor === "import" ? "import" : "from flask import";
    if (missing.length > 0)
      insertBefore(target, patch, search, missing.map((k) => `${STATEMENTS[k]}\n`).join(""));
  }
}

/** The edits of one patch in all files. */
export function patchOf(app: App, name: string): Patch {
  const patch: Record<string, Edit[]> = {};
  for (const [file, lines] of app.sources) {
    const edits = editsOf(lines, name);
    if (edits.length > 0) patch[file] = edits;
  }
  return patch;
}

export const namedPatch = (app: App, name: string): NamedPatch => ({ name, patch: patchOf(app, name) });

export function weaknessLocations(app: App): Location[] {
  return [...app.sources].flatMap(([file, lines]) => locationsOf(file, lines));
}
