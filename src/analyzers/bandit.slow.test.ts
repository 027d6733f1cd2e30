/** The warm worker and Bandit's command line find the same in real files; IRONBARK_BANDIT_FILES sets in how many. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { pythonCommand } from "../util/python.ts";
import { banditCommand, inOrder } from "../testing/bandit-command.ts";
import { createBanditAnalyzer } from "./bandit.ts";
import type { Finding } from "./types.ts";
import { sized } from "../testing/whole.ts";

const COUNT = Number(process.env["IRONBARK_BANDIT_FILES"] ?? sized(300, 2000));
/** Larger ones are mostly tables, which take long and hold little. */
const MAX_BYTES = 12_000;

const analyzer = createBanditAnalyzer({ timeoutMs: 120_000 });
afterAll(() => analyzer.close());

/** Files of the standard library and of installed packages that are UTF-8, in a fixed order. */
function pythonFiles(): string[] {
  const code = "import sysconfig; print(sysconfig.get_path('stdlib')); print(sysconfig.get_path('purelib'))";
  const [stdlib, packages] = execFileSync(pythonCommand(), ["-c", code], { encoding: "utf8" })
    .trim()
    .split("\n") as [string, string];
  const all = [
    stdlib,
    ...["bandit", "werkzeug", "sympy", "networkx", "numpy", "pip"].map((name) => join(packages, name)),
  ].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".py") && !name.includes("site-packages"))
      .toSorted()
      .map((name) => join(root, name)),
  );
  const fit = all.filter((path) => {
    const bytes = readFileSync(path);
    return bytes.length <= MAX_BYTES && bytes.equals(Buffer.from(bytes.toString("utf8")));
  });
  const every = Math.max(1, Math.floor(fit.length / COUNT));
  return fit.filter((_, index) => index % every === 0).slice(0, COUNT);
}

it("in files of the standard library and of packages", async () => {
  const paths = pythonFiles();
  expect(paths.length).toBe(COUNT);
  const { findings: wanted, errors } = await banditCommand("/", paths);
  const found: Finding[] = [];
  for (let at = 0; at < paths.length; at += 50) {
    const files = Object.fromEntries(
      paths.slice(at, at + 50).map((path) => [path, readFileSync(path, "utf8")]),
    );
    found.push(...(await analyzer.scan(files)));
  }
  expect(found.length).toBeGreaterThan(COUNT / 4);
  expect(errors).toBeLessThan(20);
  expect(inOrder(found)).toEqual(inOrder(wanted));
}, 1_800_000);
