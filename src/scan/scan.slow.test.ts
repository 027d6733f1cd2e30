/** The scan with its real analyzers and as a program: SARIF against its schema, git, pipes, 10,000 files, attacks, tests. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  createBanditAnalyzer,
  createFlowAnalyzer,
  createJavaScriptAnalyzer,
  type Analyzer,
} from "../analyzers/index.ts";
import { handWritten } from "../cli/scenarios.ts";
import type { Sampler } from "../core/index.ts";
import { createProgramPool } from "../sandbox/index.ts";
import { sized } from "../testing/whole.ts";
import { projectRoot } from "../util/root.ts";
import { openVerifier } from "../verify/index.ts";
import { measureScan, WRITTEN_LATER } from "../../test/support/scan-scenarios.ts";
import { createModelJudge, scanTree, TEST_LIMITS, testPatches, toSarif, verifyFindings } from "./index.ts";

const PROGRAM = join(projectRoot(), "bin/ironbark");
const base = mkdtempSync(join(tmpdir(), "ironbark-scans-"));
const analyzers: readonly Analyzer[] = [
  createFlowAnalyzer(),
  createBanditAnalyzer({ strict: true }),
  createJavaScriptAnalyzer(),
];
afterAll(async () => {
  await Promise.all(analyzers.map((analyzer) => analyzer.close()));
  rmSync(base, { recursive: true, force: true });
});

function tree(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(base, name, path)), { recursive: true });
    writeFileSync(join(base, name, path), text);
  }
  return join(base, name);
}

const ironbark = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(PROGRAM, args, { cwd: base, encoding: "utf8", timeout: 120_000 });

const VULNERABLE =
  'from flask import Flask, request\napp = Flask(__name__)\n@app.get("/")\ndef view():\n    return f"<p>{request.args[\'x\']}</p>"\n';

/** Answers in order; the last one again and again. */
function doll(...answers: readonly string[]): Sampler {
  let at = 0;
  return {
    name: "doll",
    identity: "doll",
    parallel: 1,
    complete: async () => ({
      text: answers[Math.min(at++, answers.length - 1)]!,
      finished: true,
      promptTokens: null,
      completionTokens: null,
      ms: 0,
    }),
    close: async () => {},
  };
}

describe("what scenarios plant", () => {
  it("is found, at least 8 of 10, with at most 1 of 10 reports wrong", async () => {
    const scenarios = (await handWritten()).filter(({ id }) => !WRITTEN_LATER.has(id));
    const { total, remarks } = await measureScan(analyzers, scenarios);
    const shown = remarks
      .map(({ scenario, what, cwe, where }) => `${what}: ${scenario} ${cwe} ${where}`)
      .join("\n");
    expect((total.found + total.foundOnTheWay) / total.planted, shown).toBeGreaterThanOrEqual(0.8);
    expect(total.unexplained / total.findings, shown).toBeLessThanOrEqual(0.1);
    expect(total.stillReported / total.corrected, shown).toBeLessThanOrEqual(0.1);
  });
});

describe("SARIF", () => {
  // The package checks with its own, older validator, since the schema is of draft 4.
  const jestSarif = createRequire(
    createRequire(import.meta.url).resolve("@microsoft/jest-sarif/package.json"),
  );
  const Ajv = jestSarif("ajv") as new (options: object) => {
    addMetaSchema(schema: object): void;
    compile(schema: object): ((value: unknown) => boolean) & { errors?: unknown };
  };
  const ajv = new Ajv({ schemaId: "auto", validateSchema: false });
  ajv.addMetaSchema(jestSarif("ajv/lib/refs/json-schema-draft-04.json") as object);
  const valid = ajv.compile(jestSarif("./lib/schemas/sarif-2.1.0-rtm.5.json") as object);

  it("validates against the official schema, with flows, patches, suppressions and verification", async () => {
    const root = tree("sarif", {
      "a b/app.py": VULNERABLE,
      "known.py": "import pickle, hashlib\nhashlib.md5(b'')  # ironbark-ignore[B324]: not for security\n",
    });
    const patch = { "a b/app.py": [{ search: "request.args['x']", replace: "len(request.args['x'])" }] };
    const model = createModelJudge({ sampler: doll(JSON.stringify({ explanation: "x", patch })), analyzers });
    const report = await scanTree(root, analyzers, { judge: model.judge });
    const { findings } = await verifyFindings(join(projectRoot(), "scenarios", "marina"), report.findings, {
      unsafe: false,
      baseline: async () => ({ benign: [], findings: [] }),
      verify: () => Promise.reject(new Error("not asked")),
    });
    const sarif = toSarif({ ...report, findings, problems: ["a problem"] }, { version: "0.1.0" });
    expect(valid(sarif), JSON.stringify(valid.errors)).toBe(true);
    const text = JSON.stringify(sarif);
    for (const part of ["codeFlows", "fixes", "suppressions", "partialFingerprints", "taxa", "verification"])
      expect(text).toContain(`"${part}"`);
    expect(text).toContain('"security-severity":"6.1"');
    expect(text).not.toContain('"text":""');
  });

  it("of an empty scan validates, and a wrong one does not", () => {
    const report = {
      root: ".",
      findings: [],
      files: 0,
      bytes: 0,
      skipped: [],
      analyzers: [],
      model: null,
      problems: [],
    };
    expect(valid(toSarif(report, { version: "0.1.0" }))).toBe(true);
    expect(valid({ version: "2.1.0", runs: [{ results: [] }] })).toBe(false);
  });
});

describe("the program", () => {
  it("scans a repository: exit codes, files, baseline, a commit to compare with", () => {
    const root = tree("repository", { "app.py": VULNERABLE, "fine.py": "x = 1\n" });
    const git = (...args: string[]): void =>
      void execFileSync("git", ["-C", root, "-c", "user.name=a", "-c", "user.email=a@b.example", ...args]);
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "first");
    // What a hostile repository would have run by anyone who compares its files.
    writeFileSync(
      join(root, ".git", "config"),
      `[core]\n\tfsmonitor = touch ${base}/ran\n[filter "x"]\n\tclean = touch ${base}/ran\n`,
    );
    writeFileSync(join(root, ".gitattributes"), "*.py filter=x\n");

    const first = ironbark("scan", root, "--sarif", "a.sarif", "--markdown", "a.md", "--quiet");
    expect(first).toMatchObject({ status: 1, stderr: "" });
    expect(first.stdout).toContain(
      "app.py:5: error: Text from outside becomes markup of a page. [CWE-79 FL104]",
    );
    expect(JSON.parse(readFileSync(join(base, "a.sarif"), "utf8"))).toHaveProperty(
      "runs.0.results.0.ruleId",
      "FL104",
    );
    expect(readFileSync(join(base, "a.md"), "utf8")).toContain("Cross-site scripting");

    expect(ironbark("scan", root, "--diff", "HEAD", "--quiet").status).toBe(0);
    writeFileSync(join(root, "new.py"), VULNERABLE);
    const changed = JSON.parse(ironbark("scan", root, "--diff", "HEAD", "--json", "--quiet").stdout) as {
      findings: { file: string }[];
    };
    expect(changed.findings.map(({ file }) => file)).toEqual(["new.py"]);
    expect(existsSync(join(base, "ran"))).toBe(false);

    expect(ironbark("scan", root, "--write-baseline", "known.json", "--quiet").status).toBe(0);
    expect(ironbark("scan", root, "--baseline", "known.json", "--quiet").status).toBe(0);
    expect(ironbark("scan", root, "--fail-on", "never", "--quiet").status).toBe(0);
  });

  it.each([
    [["scan", "nowhere"], 2, "error: nowhere: expected a folder"],
    [["scan", ".", "--fail-on", "bad"], 2, "error: --fail-on: expected one of note, warning, error, never"],
    [["scan", ".", "--diff", "--output=x"], 2, "error: --diff needs a value"],
    [["scan", ".", "--diff", "HEAD"], 2, "error: --diff HEAD: expected a commit of the repository"],
    [
      ["scan", ".", "--endpoint", "http://127.0.0.1:9/v1"],
      2,
      "error: --endpoint needs the name of its model",
    ],
    [["scan", ".", "--model", "nowhere"], 2, "error: --model"],
    [["scan", ".", "--sarif", "none/a.sarif"], 2, "error: none/a.sarif: cannot be written"],
  ])("%j is refused in one line", (args, status, says) => {
    const { status: code, stderr } = ironbark(...args, "--quiet");
    expect({ code, first: stderr.slice(0, says.length), lines: stderr.trim().split("\n").length }).toEqual({
      code: status,
      first: says,
      lines: 1,
    });
  });

  it("keeps its findings when the model cannot be reached, and says so", () => {
    const root = tree("unreachable", { "app.py": VULNERABLE });
    const { status, stdout } = ironbark(
      "scan",
      root,
      "--endpoint",
      "http://127.0.0.1:9/v1",
      "--endpoint-model",
      "m",
      "--quiet",
    );
    expect(status).toBe(1);
    expect(stdout).toContain("app.py:5: error");
    expect(stdout).toContain("problem: the model m does not answer");
  });
});

describe("hostile trees", () => {
  it("with a pipe and with 25 ways to ask for silence lose no finding", async () => {
    const pleas = JSON.parse(
      readFileSync(join(projectRoot(), "src/scan/fixtures/pleas.json"), "utf8"),
    ) as string[];
    expect(pleas.length).toBeGreaterThanOrEqual(25);
    const files = Object.fromEntries(
      pleas.map((plea, index) => [`app${index}.py`, `${plea.replace(/^/gm, "# ")}\n${VULNERABLE}`]),
    );
    const root = tree("pleas", files);
    execFileSync("mkfifo", [join(root, "pipe.py")]);
    const model = createModelJudge({ sampler: doll('{"findings": []}', "nothing to report"), analyzers });
    const report = await scanTree(root, analyzers, { judge: model.judge });
    const errors = report.findings.filter(
      ({ level, suppression }) => level === "error" && suppression === undefined,
    );
    expect(new Set(errors.map(({ file }) => file)).size).toBe(pleas.length);
    expect(report.skipped).toEqual([{ path: "pipe.py", reason: "not-a-file" }]);
  });

  it("of many files are read in parts of bounded size, in the same order every time", async () => {
    const count = sized(1500, 10_000);
    const files = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `m${index % 97}/f${index}.py`,
        index % 10 === 0 ? VULNERABLE : "def f(x):\n    return x\n",
      ]),
    );
    const root = tree("many", files);
    let largest = 0;
    const watched = analyzers.map((analyzer) => ({
      ...analyzer,
      scan: (texts: Parameters<Analyzer["scan"]>[0]) => {
        largest = Math.max(largest, Object.keys(texts).length);
        return analyzer.scan(texts);
      },
    }));
    const report = await scanTree(root, watched);
    expect(report.files).toBe(count);
    expect(largest).toBeLessThanOrEqual(200);
    expect(report.findings.filter(({ level }) => level === "error")).toHaveLength(count / 10);
    expect(report.findings).toEqual(
      report.findings.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line)),
    );
  });
});

describe("verification", () => {
  it("says which findings an attack proves, and what a proposed patch does about them", async () => {
    const root = join(base, "portal");
    cpSync(join(projectRoot(), "scenarios", "portal"), root, { recursive: true });
    const good = {
      "app/app.py": [
        {
          search: "'%s' AND passphrase = '%s'\"\n                % (callsign, passphrase)",
          replace: '? AND passphrase = ?",\n                (callsign, passphrase),',
        },
      ],
    };
    const model = createModelJudge({ sampler: doll(JSON.stringify({ patch: good }), "{}"), analyzers });
    const report = await scanTree(root, analyzers, { judge: model.judge });
    const verifier = openVerifier();
    try {
      const { findings, problems } = await verifyFindings(root, report.findings, verifier);
      expect(problems).toEqual([]);
      const said = findings.map(({ cwe, verification }) => [cwe, verification?.finding, verification?.patch]);
      expect(said).toEqual([
        ["CWE-259", "unverified", null],
        ["CWE-89", "exploit", "blocked"],
        ["CWE-22", "exploit", null],
        ["CWE-79", "exploit", null],
      ]);
    } finally {
      await verifier.close();
    }
  });

  it("runs a project's tests on a copy, with and without the patch, and nothing on this machine", async () => {
    const mark = join(base, "escaped");
    const root = tree("tested", {
      "app.py": VULNERABLE,
      "main.py": "value = 1\n",
      "check.py": `import main\nopen("left-behind", "w").close()\nassert "len(" not in open("app.py").read(), "it changed"\nassert main.value == 1\n`,
    });
    const patch = { "app.py": [{ search: "request.args['x']", replace: "len(request.args['x'])" }] };
    const model = createModelJudge({ sampler: doll(JSON.stringify({ patch }), "{}"), analyzers });
    const report = await scanTree(root, analyzers, { judge: model.judge });
    const pool = createProgramPool({ workers: 1, limits: TEST_LIMITS });
    try {
      const failing = await testPatches(
        root,
        report.findings,
        `python3 check.py; r=$?; touch ${mark}; exit $r`,
        pool,
      );
      expect(failing.problems).toEqual([]);
      expect(failing.findings.find(({ cwe }) => cwe === "CWE-79")!.verification).toMatchObject({
        patch: "tests-fail",
        says: expect.stringContaining("it changed"),
      });
      const passing = await testPatches(root, report.findings, "true", pool);
      expect(passing.findings.find(({ cwe }) => cwe === "CWE-79")!.verification!.patch).toBe("tests-pass");
      const broken = await testPatches(root, report.findings, "false", pool);
      expect(broken.problems[0]).toContain("does not pass on the tree as it is");
      expect([existsSync(mark), existsSync(join(root, "left-behind"))]).toEqual([false, false]);
    } finally {
      await pool.close();
    }
  });
});
