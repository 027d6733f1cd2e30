/** The published vulnerabilities as content: how many, pinned to exact versions, installed without running anything. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseJson, PackageScenarioFileSchema, validate } from "../src/data/scenario-json.ts";
import { releaseName } from "../src/data/scenario-package.ts";
import { projectRoot } from "../src/util/root.ts";

const root = join(projectRoot(), "cves");
const read = (name: string): string => readFileSync(join(root, name), "utf8");
const cases = readdirSync(root)
  .filter((name) => existsSync(join(root, name, "scenario.json")))
  .map((id) => {
    const shown = `cves/${id}/scenario.json`;
    const text = read(`${id}/scenario.json`);
    return validate(shown, PackageScenarioFileSchema, parseJson(shown, text), text);
  });
const of = (ecosystem: string): typeof cases => cases.filter((one) => one.package.ecosystem === ecosystem);

describe("the published vulnerabilities", () => {
  it("are at least 18 of npm and 6 of PyPI, each of another package", () => {
    expect(of("npm").length).toBeGreaterThanOrEqual(18);
    expect(of("pypi").length).toBeGreaterThanOrEqual(6);
    expect(new Set(cases.map((one) => one.package.name)).size).toBe(cases.length);
  });

  it("are named by their advisory and package", () => {
    for (const one of cases) {
      const name = one.package.name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
      expect(one.id).toBe(`${one.package.advisory.toLowerCase()}-${name}`);
    }
  });

  it("are pinned: every npm release in the lock file, with its digest", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Record<string, { version: string; integrity?: string }>;
    };
    for (const { package: block } of of("npm"))
      for (const [name, version] of releases(block)) {
        const locked = packages[`node_modules/${releaseName(name, version)}`];
        expect(locked?.version, `${name} ${version}`).toBe(version);
        expect(locked?.integrity, `${name} ${version}`).toMatch(/^sha/);
      }
  });

  it("are pinned: every PyPI release in the requirements", () => {
    const pinned = read("requirements.txt").split("\n");
    for (const { package: block } of of("pypi"))
      for (const [name, version] of releases(block)) expect(pinned).toContain(`${name}==${version}`);
  });

  it("are installed without running anything of theirs, and not as dependencies of this project", () => {
    const script = readFileSync(join(projectRoot(), "scripts/setup.sh"), "utf8");
    expect(script).toMatch(/npm ci --ignore-scripts/);
    expect(script).toMatch(/--only-binary :all:/);
    const { dependencies } = JSON.parse(readFileSync(join(projectRoot(), "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    for (const { package: block } of cases) expect(Object.keys(dependencies)).not.toContain(block.name);
  });
});

function releases({ name, vulnerable, fixed, needs }: (typeof cases)[number]["package"]): [string, string][] {
  return [[name, vulnerable], [name, fixed], ...Object.entries(needs)];
}
