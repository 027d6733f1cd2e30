/** bin/ironbark: which program it starts, from where, and what it says when nothing is installed. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { projectRoot } from "../src/util/root.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "ironbark program-")));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let dir = "";
const add = (path: string, seconds = 1000): void => {
  const full = join(dir, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, "");
  utimesSync(full, seconds, seconds);
};

/** Runs it with a `node` that only says what it was told; from another folder, through a link, with a space in the path. */
function start(...args: string[]): { status: number | null; told: string; stderr: string } {
  const link = join(dir, "link to it");
  rmSync(link, { force: true });
  symlinkSync(join(dir, "bin/ironbark"), link);
  const { status, stdout, stderr } = spawnSync(link, args, {
    cwd: "/",
    encoding: "utf8",
    env: { PATH: `${join(dir, "fakes")}:${process.env["PATH"]}` },
  });
  return { status, told: stdout.replaceAll(`${dir}/`, ""), stderr };
}

beforeEach(() => {
  dir = mkdtempSync(join(base, "project-"));
  for (const folder of ["bin", "fakes", "recipes"]) mkdirSync(join(dir, folder));
  copyFileSync(join(projectRoot(), "bin/ironbark"), join(dir, "bin/ironbark"));
  writeFileSync(join(dir, "fakes/node"), `#!/bin/sh\nfor a in "$@"; do printf '[%s]' "$a"; done\n`);
  chmodSync(join(dir, "fakes/node"), 0o755);
  add("src/cli/main.ts");
  add("src/core/index.ts");
  add("node_modules/tsx/dist/loader.mjs");
});

const SOURCES = "[--import][node_modules/tsx/dist/loader.mjs][src/cli/main.ts]";
const BUILD = "[dist/src/cli/main.js]";

it("runs the sources where nothing was built, and passes arguments on unchanged", () => {
  expect(start("env", "a b", "--x=*").told).toBe(`${SOURCES}[env][a b][--x=*]`);
});

it("runs the build while it is newer than every source", () => {
  add("dist/src/cli/main.js", 2000);
  expect(start().told).toBe(BUILD);
  add("recipes/late.ts", 3000);
  expect(start().told).toBe(SOURCES);
});

it("runs the build of an installed package, which has no sources", () => {
  rmSync(join(dir, "src"), { recursive: true });
  add("dist/src/cli/main.js", 500);
  expect(start().told).toBe(BUILD);
});

it("says what to do where the packages are missing", () => {
  rmSync(join(dir, "node_modules"), { recursive: true });
  const { status, stderr } = start();
  expect(status).toBe(3);
  expect(stderr).toMatch(/^error: .*make setup.*\n$/);
});
