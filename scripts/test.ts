/** `make test` after the setup: format, lint, types, every vitest project, then the line `N passed, N failed`. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { countTests, type VitestReport } from "./test-counts.ts";

const REPORT = ".cache/vitest.json";

function run(command: string, args: readonly string[]): number {
  return spawnSync(command, args, { stdio: "inherit" }).status ?? 1;
}

function readReport(): VitestReport | null {
  try {
    return JSON.parse(readFileSync(REPORT, "utf8")) as VitestReport;
  } catch {
    return null;
  }
}

mkdirSync(".cache", { recursive: true });
rmSync(REPORT, { force: true });
const failedChecks = ["format:check", "lint", "typecheck"].filter(
  (script) => run("npm", ["run", "--silent", script]) !== 0,
);
const vitest = "node_modules/vitest/vitest.mjs";
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
const exitCode = run(process.execPath, [vitest, "run", ...reporters]);
const { passed, failed } = countTests(readReport(), exitCode);

// A check that failed counts like a test that failed, so that the line below never looks better than the exit code.
for (const script of failedChecks) console.log(`failed: npm run ${script}`);
console.log(`${passed} passed, ${failed + failedChecks.length} failed`);
process.exitCode = failed + failedChecks.length === 0 ? 0 : 1;
