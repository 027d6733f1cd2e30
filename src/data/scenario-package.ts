/** A published vulnerability as a scenario: an installed package, its fixed releases, and cheats that need no author. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { InputError, PrerequisiteError } from "../core/errors.ts";
import type { Files } from "../core/patch.ts";

export const PackageSchema = z.strictObject({
  ecosystem: z.enum(["npm", "pypi"]),
  name: z.string(),
  /** Exact versions: the last one with the weakness, and the first without. */
  vulnerable: z.string(),
  fixed: z.string(),
  advisory: z.string().regex(/^(CVE-\d{4}-\d+|GHSA(-[a-z0-9]{4}){3})$/),
  /** Files of the package that an agent sees and may patch; those of the fixed release are the reference patch. */
  review: z.array(z.string()).min(1),
  /** Other packages that it needs to run: name -> exact version. */
  needs: z.record(z.string(), z.string()).default({}),
});
export type PackageBlock = z.infer<typeof PackageSchema>;

/** What a package brings to the root of an application. Paths are relative to that root. */
export interface PackageFiles {
  /** The reviewed files, vulnerable and fixed. */
  readonly files: Files;
  readonly fixed: Files;
  /** All other files of the vulnerable release and of what it needs; the same of the fixed release. */
  readonly assets: Files;
  readonly fixedAssets: Files;
}

const UNUSED_FOLDERS =
  /(^|\/)(tests?|examples?|docs?|benchmarks?|bin|dist-info|node_modules|\.[^/]*|[^/]*\.dist-info|__pycache__)\//;
const UNUSED_FILES =
  /\.(md|markdown|map|ts|min\.m?js|mjs|html|css|coffee|pyd|so|pyc|pyi|png|ya?ml|tgz|zip)$/i;
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * The installed releases that `block` names. `folder` is the scenario's; packages lie beside it in `.packages/`, where
 * `scripts/setup.sh --cves` puts them. Throws PrerequisiteError when they are not there, InputError when `review`
 * names a file that one of the releases lacks.
 */
export async function readPackage(folder: string, block: PackageBlock): Promise<PackageFiles> {
  const { ecosystem, name, review } = block;
  const base = ecosystem === "npm" ? `node_modules/${name}/` : "";
  const release = (version: string): Promise<Map<string, string>> =>
    readRelease(folder, ecosystem, name, version, base);
  const [vulnerable, fixed] = await Promise.all([release(block.vulnerable), release(block.fixed)]);
  const needs = await Promise.all(
    Object.entries(block.needs).map(([needed, version]) =>
      readRelease(folder, ecosystem, needed, version, ecosystem === "npm" ? `node_modules/${needed}/` : ""),
    ),
  );
  const paths = review.map((path) => base + path);
  for (const [version, files] of [
    [block.vulnerable, vulnerable],
    [block.fixed, fixed],
  ] as const)
    for (const path of paths)
      if (!files.has(path))
        throw new InputError(
          `${join(folder, "scenario.json")}: package.review: ${name} ${version} has no ${path}`,
        );
  const reviewed = (files: ReadonlyMap<string, string>): Files =>
    Object.fromEntries(paths.map((path) => [path, files.get(path)!]));
  const rest = (files: ReadonlyMap<string, string>): Files =>
    Object.fromEntries(
      [files, ...needs].flatMap((from) => [...from].filter(([path]) => !paths.includes(path))),
    );
  return {
    files: reviewed(vulnerable),
    fixed: reviewed(fixed),
    assets: rest(vulnerable),
    fixedAssets: rest(fixed),
  };
}

/** The folder of an installed release: a name that holds the version, so that several lie side by side. */
export function releaseName(name: string, version: string): string {
  return `${name.replace(/[^A-Za-z0-9-]/g, "-")}-${version}`;
}

async function readRelease(
  folder: string,
  ecosystem: PackageBlock["ecosystem"],
  name: string,
  version: string,
  base: string,
): Promise<Map<string, string>> {
  const installed = join(dirname(resolve(folder)), ".packages");
  const place = join(
    installed,
    ecosystem === "npm" ? "npm/node_modules" : "pypi",
    releaseName(name, version),
  );
  if (!existsSync(place))
    throw new PrerequisiteError(
      `${folder}: ${ecosystem} package ${name} ${version} is not installed in ${installed}`,
      {
        hint: "run: scripts/setup.sh --cves",
      },
    );
  const files = new Map<string, string>();
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
      .slice(place.length + 1)
      .replaceAll("\\", "/");
    if (!entry.isFile() || UNUSED_FOLDERS.test(path) || UNUSED_FILES.test(path)) continue;
    const content = await readFile(join(place, path));
    const text = content.toString("utf8");
    // Nothing that is not text can travel, and a pure package needs nothing else.
    if (content.length <= MAX_FILE_BYTES && !text.includes("\0") && Buffer.from(text).equals(content))
      files.set(base + path, text);
  }
  return files;
}
