/** Loads hand-written scenarios from folders (docs/scenario-format.md); reads files and runs nothing. */
import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { InputError } from "../core/errors.ts";
import { checkPath, type Files, type Patch, PatchError } from "../core/patch.ts";
import { type Scenario, ScenarioSchema } from "../core/scenario.ts";
import { lineOfKey } from "./json-lines.ts";
import { packageCheats } from "./package-cheats.ts";
import { checkScenario, checksOf } from "./scenario-check.ts";
import {
  PackageScenarioFileSchema,
  PackageScenarioSchema,
  parseJson,
  type ScenarioFile,
  ScenarioFileSchema,
  validate,
} from "./scenario-json.ts";
import { type PackageFiles, readPackage } from "./scenario-package.ts";
import { readPatches } from "./scenario-patches.ts";
import { readScript } from "./scenario-script.ts";
import { readTextTree } from "./text-tree.ts";
import { nearest } from "../util/nearest.ts";

const FILE = "scenario.json";
const SCRIPT = "script.ts";
const PARTS = ["app", "assets", "databases", "outside", "patches"];
const PATCHES = ["reference", "alternatives", "cheats"];

export interface LoadOptions {
  /** Of a published vulnerability, the whole fixed release takes the place of the vulnerable one. */
  readonly fixedRelease?: boolean;
}

/**
 * Reads one scenario folder, named as the scenario's id.
 * Throws InputError that names the file, the line or key, and what was expected, and PrerequisiteError when the packages
 * of a published vulnerability are not installed.
 */
export async function loadScenario(folder: string, options: LoadOptions = {}): Promise<Scenario> {
  const tree = await readTextTree(folder);
  checkLayout(folder, tree);
  const shown = join(folder, FILE);
  const source = tree.get(FILE);
  if (source === undefined) throw new InputError(`${shown}: no such file; every scenario has one`);
  const parsed = parseJson(shown, source);
  const isPackage = typeof parsed === "object" && parsed !== null && "package" in parsed;
  const { package: block, ...head } = isPackage
    ? validate(shown, PackageScenarioFileSchema, parsed, source)
    : { ...validate(shown, ScenarioFileSchema, parsed, source), package: undefined };
  if (head.id !== basename(resolve(folder)))
    throw new InputError(
      `${shown}:${lineOfKey(source, "id")}: id: expected the name of the folder, ${basename(resolve(folder))}`,
    );

  const installed = block === undefined ? undefined : await readPackage(folder, block);
  const { fixedRelease = false } = options;
  const own = below(folder, tree, "app/");
  const files = { ...own, ...installed?.files };
  const brought = fixedRelease ? installed?.fixedAssets : installed?.assets;
  const cheats = readPatches(folder, tree, "patches/cheats/", files);
  const script = await scriptOf(folder, tree, head);
  const whole = {
    ...head,
    ...script,
    files,
    assets: { ...brought, ...assets(shown, head.assets, below(folder, tree, "assets/")) },
    databases: databases(folder, tree),
    outside: prefixed("/srv/", below(folder, tree, "outside/")),
    reference: referenceOf(folder, tree, files, installed),
    alternatives: readPatches(folder, tree, "patches/alternatives/", files),
    cheats: installed
      ? [...packageCheats({ ...head, files }, Object.keys(installed.files)), ...cheats]
      : cheats,
  };
  const scenario = validate(shown, isPackage ? PackageScenarioSchema : ScenarioSchema, whole, source);
  checkScenario(shown, scenario, source);
  return fixedRelease ? { ...scenario, files: { ...files, ...installed?.fixed } } : scenario;
}

/** The script, when there is one, as the part of a scenario that it becomes. */
async function scriptOf(
  folder: string,
  tree: ReadonlyMap<string, string>,
  head: ScenarioFile,
): Promise<Pick<Scenario, "script">> {
  const text = tree.get(SCRIPT);
  const checks = [...checksOf(head)];
  if (text !== undefined) return { script: await readScript(join(folder, SCRIPT), text, checks) };
  const named = checks.find(([, check]) => check.script !== undefined);
  if (named === undefined) return {};
  throw new InputError(`${join(folder, SCRIPT)}: no such file; ${named[0]} names a function of it`);
}

/** A published vulnerability was fixed by its authors; elsewhere the fix is in the folder. */
function referenceOf(
  folder: string,
  tree: ReadonlyMap<string, string>,
  files: Files,
  installed: PackageFiles | undefined,
): Patch {
  const references = readPatches(folder, tree, "patches/", files, ["reference"]);
  if (installed === undefined && references.length !== 1)
    throw new InputError(`${join(folder, "patches")}: expected reference.diff, reference.json or reference/`);
  if (installed !== undefined && references.length > 0)
    throw new InputError(
      `${join(folder, "patches")}: reference: not of a package, whose fixed release is the reference`,
    );
  return installed?.fixed ?? references[0]!.patch;
}

/** Every scenario folder directly below `root`, sorted by id. Throws InputError for the first that is not one. */
export async function loadScenarios(root: string): Promise<Scenario[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => {
    throw new InputError(`${root}: no such folder`);
  });
  // Hidden folders hold what was installed for the scenarios.
  const folders = entries.filter(
    (entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith("."),
  );
  if (folders.length === 0) throw new InputError(`${root}: holds no scenario; expected folders with ${FILE}`);
  const names = folders.map((entry) => entry.name).toSorted();
  const scenarios: Scenario[] = [];
  for (const name of names) scenarios.push(await loadScenario(join(root, name)));
  return scenarios;
}

/** A misspelt folder would otherwise be left out in silence, and with it checks or cheats. */
function checkLayout(folder: string, tree: ReadonlyMap<string, string>): void {
  for (const path of tree.keys()) {
    const [top, second] = path.split("/") as [string, string?];
    if (path === FILE || path === SCRIPT || path === "README.md") continue;
    if (second === undefined || !PARTS.includes(top))
      throw new InputError(`${join(folder, path)}: ${unexpected(top, [FILE, SCRIPT, ...PARTS])}`);
    if (top === "patches" && !PATCHES.includes(second.replace(/\.(diff|json)$/, "")))
      throw new InputError(`${join(folder, path)}: ${unexpected(second, PATCHES)}`);
  }
}

function unexpected(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return `not part of a scenario${meant === undefined ? ` (${known.join(", ")})` : `; did you mean ${meant}?`}`;
}

function below(folder: string, tree: ReadonlyMap<string, string>, part: string): Files {
  const found: Record<string, string> = {};
  for (const [path, text] of tree) {
    if (!path.startsWith(part)) continue;
    found[plain(join(folder, path), path.slice(part.length))] = text;
  }
  return found;
}

/** `path` if it stays below the application root; InputError naming `shown` otherwise. */
function plain(shown: string, path: string): string {
  try {
    return checkPath(path);
  } catch (error) {
    if (error instanceof PatchError) throw new InputError(`${shown}: ${error.message}`);
    throw error;
  }
}

function assets(shown: string, named: Files, found: Files): Files {
  for (const path of Object.keys(named)) {
    if (Object.hasOwn(found, path))
      throw new InputError(`${shown}: assets.${path}: the same path is in assets/`);
    plain(`${shown}: assets`, path);
  }
  return { ...named, ...found };
}

/** `databases/a/b.db.sql` makes `a/b.db`. */
function databases(folder: string, tree: ReadonlyMap<string, string>): Files {
  const made: Record<string, string> = {};
  for (const [path, sql] of Object.entries(below(folder, tree, "databases/"))) {
    if (!/[^/]\.sql$/.test(path))
      throw new InputError(
        `${join(folder, "databases", path)}: expected NAME.sql with the SQL that makes NAME`,
      );
    made[path.slice(0, -".sql".length)] = sql;
  }
  return made;
}

const prefixed = (prefix: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [prefix + path, text]));
