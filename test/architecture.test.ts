/** Holds the shape of the project: who may import whom, how large files may grow, and that each says what it is. */
import { describe, expect, it } from "vitest";
import { projectRoot } from "../src/util/root.ts";
import {
  directionViolations,
  eagerSpecifiers,
  importCycles,
  isTest,
  loadedWith,
  readSources,
  specifiers,
} from "./support/imports.ts";

const MAX_LINES = 600;
/** Shims for foreign engines must stay shims. */
const MAX_PYTHON_LINES = 150;

const typescript = readSources(
  projectRoot(),
  ["src", "recipes", "examples", "bench", "test", "scripts"],
  [".ts"],
);
const production = new Map([...typescript].filter(([path]) => !isTest(path)));
const python = readSources(projectRoot(), ["python"], [".py"]);
const lineCount = (source: string): number => source.split("\n").length - 1;

describe("the checker itself", () => {
  const check = (files: Record<string, string>): string[] =>
    directionViolations(new Map(Object.entries(files)));

  it("reads every form of import and no comment", () => {
    const source = `
      import { a } from "./a.ts";
      import type { B } from './b.ts';
      import "./c.ts";
      export * from "./d.ts";
      const e = await import("./e.ts");
      type F = import("./f.ts").F;
      const worker = new URL("./g.ts", import.meta.url);
      // import "./no.ts";
      /** like import("./neither.ts") */`;
    expect(specifiers(source)).toEqual(["a", "b", "c", "d", "e", "f", "g"].map((name) => `./${name}.ts`));
  });

  it.each([
    ["upwards", "src/util/x.ts", 'import "../runs/run.ts";'],
    ["sideways", "src/sandbox/x.ts", 'import type { T } from "../torch/t.ts";'],
    ["training to content", "src/train/x.ts", 'const m = await import("../envs/patch/index.ts");'],
    ["evaluation to content", "src/eval/x.ts", 'import "../benchmarks/cwe.ts";'],
    ["one environment to another", "src/envs/a/x.ts", 'import "../b/x.ts";'],
    ["a test double in production", "src/cli/x.ts", 'import "../testing/sampler.ts";'],
    ["a library in core", "src/core/x.ts", 'import { Hono } from "hono";'],
    ["input and output in core", "src/core/x.ts", 'import { readFileSync } from "node:fs";'],
    ["a recipe in the library", "src/cli/x.ts", 'import "../../recipes/quickstart.ts";'],
  ])("refuses %s", (_, path, source) => expect(check({ [path]: source })).toHaveLength(1));

  it.each([
    ["downwards", "src/serve/x.ts", 'import "../envs/patch/index.ts"; import "../core/index.ts";'],
    ["inside a folder", "src/envs/a/x.ts", 'import "./y.ts"; import "../a/z.ts";'],
    ["a test double in a test", "src/cli/x.test.ts", 'import "../testing/sampler.ts";'],
    ["zod in core", "src/core/x.ts", 'import { z } from "zod";'],
    ["a recipe of the library's parts", "recipes/x.ts", 'import "../src/train/grpo.ts";'],
  ])("allows %s", (_, path, source) => expect(check({ [path]: source })).toEqual([]));

  it("tells what is loaded at once from what is loaded later", () => {
    const source = `import { a } from "./a.ts";\nimport type { B } from "./b.ts";\nexport {\n  c,\n} from "./c.ts";
import "./d.ts";\nconst e = await import("./e.ts");\nexport const f = 1;\n`;
    expect(eagerSpecifiers(source)).toEqual(["./a.ts", "./c.ts", "./d.ts"]);
  });

  it("finds cycles", () => {
    const files = {
      "src/a.ts": 'import "./b.ts";',
      "src/b.ts": 'import "./c.ts";',
      "src/c.ts": 'import "./b.ts";\nimport type { A } from "./a.ts";',
    };
    expect(importCycles(new Map(Object.entries(files)))).toEqual([["src/b.ts", "src/c.ts", "src/b.ts"]]);
  });
});

describe("the project", () => {
  it("imports only downwards", () => expect(directionViolations(typescript)).toEqual([]));

  it("has no import cycles", () => expect(importCycles(typescript)).toEqual([]));

  it(`has no source file over ${MAX_LINES} lines and no Python over ${MAX_PYTHON_LINES}`, () => {
    const long = [
      ...[...typescript].filter(([, source]) => lineCount(source) > MAX_LINES),
      ...[...python].filter(([, source]) => lineCount(source) >= MAX_PYTHON_LINES),
    ];
    expect(long.map(([path, source]) => `${path}: ${lineCount(source)} lines`)).toEqual([]);
  });

  it("opens every file with a sentence that says what it is", () => {
    const silent = [...production].filter(
      ([, source]) => !/^(#!.*\n)?(\/\*\*|\/\/) ?\S|^\/\*\*\n \* \S/.test(source),
    );
    const silentPython = [...python].filter(([, source]) => !/^(#!.*\n)?("""|#) ?\S/.test(source));
    expect([...silent, ...silentPython].map(([path]) => path)).toEqual([]);
  });

  it("shows help without loading the engine, the schemas or a server", () => {
    const commands = [...production.keys()].filter((path) => path.startsWith("src/cli/commands/"));
    const loaded = loadedWith(["src/cli/main.ts", ...commands], production);
    const foreign = [...loaded].filter((name) => !name.startsWith("src/") && !name.startsWith("node:"));
    expect(foreign).toEqual(["citty"]);
    expect([...loaded].filter((path) => /^src\/(?!cli|core|util)/.test(path))).toEqual([]);
  });

  it("imports the core without starting anything", () => {
    const loaded = [...loadedWith(["src/core/index.ts"], production)];
    expect(loaded.filter((name) => !name.startsWith("src/core/"))).toEqual(["zod"]);
  });

  it("prints only where printing is the job", () => {
    // Library code emits events; cli renders them, recipes and examples speak to a person. The solutions that
    // data/programs makes are texts, which print when they are run.
    const printing = [...production].filter(
      ([path, source]) =>
        /^src\/(?!cli\/|data\/(?:programs|sites)\/)/.test(path) &&
        /\bconsole\.(log|info|warn|error)\(/.test(source),
    );
    expect(printing.map(([path]) => path)).toEqual([]);
  });
});
