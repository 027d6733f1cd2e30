/** Analyzers that are programs of their own, played by small scripts: what they are asked, what is read, what is said. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createCodeqlAnalyzer } from "./codeql.ts";
import { createSemgrepAnalyzer } from "./semgrep.ts";

const folder = mkdtempSync(join(tmpdir(), "external-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A script that logs its arguments and then does `body`. */
function pretend(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho "$@" >>"${path}.log"\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}
const logged = (path: string): string[] => readFileSync(`${path}.log`, "utf8").trim().split("\n");
const print = (value: unknown): string => `cat <<'END'\n${JSON.stringify(value)}\nEND`;

const RESULT = {
  check_id: "python.lang.eval",
  path: "./a/b.py",
  start: { line: 3 },
  extra: {
    message: "eval",
    severity: "ERROR",
    metadata: { cwe: ["CWE-95: Improper Neutralization"], confidence: "LOW" },
  },
};

describe("Semgrep", () => {
  it("is told by no file of the scanned what to leave out", async () => {
    const command = pretend(
      "ignoring",
      `find . -name .semgrepignore >&2; find . -name .semgrepignore -exec cat {} + >"${folder}/seen"; ${print({ results: [] })}`,
    );
    const analyzer = createSemgrepAnalyzer({ config: "rules.yml", command });
    await analyzer.scan({ "a.py": "eval(x)", ".semgrepignore": "*", "sub/.semgrepignore": "*" });
    expect(readFileSync(join(folder, "seen"), "utf8")).toBe("# nothing\n");
  });

  it("reads the weakness where PurpleLlama's rules put it, and rules that name none", async () => {
    const withMetadata = (metadata: object | undefined) => ({
      ...RESULT,
      extra: { ...RESULT.extra, metadata },
    });
    const results = [withMetadata({ cwe_id: "CWE-338" }), withMetadata({}), withMetadata(undefined)];
    const analyzer = createSemgrepAnalyzer({
      config: "rules.yml",
      command: pretend("purple", print({ results })),
    });
    expect((await analyzer.scan({ "a/b.py": "x" })).map(({ cwe }) => cwe)).toEqual(["CWE-338", "", ""]);
  });

  it("is asked for JSON in a folder with the files, which is removed", async () => {
    const command = pretend("semgrep", `pwd >&2; ls a/b.py >/dev/null && ${print({ results: [RESULT] })}`);
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("ironbark-scan-"));
    const analyzer = createSemgrepAnalyzer({ config: "rules.yml", command });
    expect(await analyzer.scan({ "a/b.py": "eval(x)" })).toEqual([
      {
        rule: "python.lang.eval",
        cwe: "CWE-95",
        severity: "HIGH",
        confidence: "LOW",
        file: "a/b.py",
        line: 3,
        message: "eval",
      },
    ]);
    expect(logged(command)).toEqual([
      "scan --json --quiet --metrics=off --disable-version-check --disable-nosem --no-git-ignore --config rules.yml .",
    ]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("ironbark-scan-"))).toEqual(before);
  });

  it.each([
    ["fails", "echo first >&2; echo 'no such config' >&2; exit 7", /ended with 7: no such config/],
    ["says nothing", "exit 0", /its report lacks/],
    ["reports something else", print({ results: [{}] }), /its report lacks results\.0\.check_id/],
  ])("that %s is no finding", async (name, body, message) => {
    const analyzer = createSemgrepAnalyzer({ config: "x", command: pretend(`semgrep-${name.length}`, body) });
    await expect(analyzer.scan({ "a.py": "" })).rejects.toThrow(message);
  });

  it("that hangs is ended with all that it started", async () => {
    const command = pretend("semgrep-slow", `(sleep 2; touch "${folder}/late") & sleep 60`);
    const analyzer = createSemgrepAnalyzer({ config: "x", command, timeoutMs: 200 });
    await expect(analyzer.scan({ "a.py": "" })).rejects.toThrow("not done within 0.2 s");
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(existsSync(join(folder, "late"))).toBe(false);
  });
});

const SARIF = {
  version: "2.1.0",
  runs: [
    {
      tool: {
        driver: { name: "CodeQL" },
        extensions: [
          {
            name: "codeql/python-queries",
            rules: [
              {
                id: "py/sql-injection",
                properties: {
                  tags: ["security", "external/cwe/cwe-089"],
                  precision: "very-high",
                  "security-severity": "8.8",
                },
              },
              { id: "py/unused", properties: { tags: [], "problem.severity": "recommendation" } },
            ],
          },
        ],
      },
      results: [
        {
          ruleId: "py/sql-injection",
          message: { text: "This query depends on a user." },
          locations: [
            { physicalLocation: { artifactLocation: { uri: "my%20app.py" }, region: { startLine: 12 } } },
          ],
        },
        {
          rule: { id: "py/unused" },
          message: { text: "Unused." },
          locations: [{ physicalLocation: { artifactLocation: { uri: "b.py" } } }],
        },
      ],
    },
  ],
};

describe("CodeQL", () => {
  it("gets a database per language, and its SARIF is read", async () => {
    const body = `case "$2" in
create) ls "source/my app.py" >/dev/null 2>&1 || ls source/b.js >/dev/null || exit 9;;
analyze) case "$4" in *python*) cat >report.sarif <<'END'
${JSON.stringify(SARIF)}
END
;; *) echo '{"version":"2.1.0","runs":[]}' >report.sarif;; esac;; esac`;
    const command = pretend("codeql", body);
    const found = await createCodeqlAnalyzer({ command }).scan({
      "my app.py": "",
      "b.js": "",
      "page.html": "",
    });
    expect(found).toEqual([
      {
        rule: "py/sql-injection",
        cwe: "CWE-89",
        severity: "HIGH",
        confidence: "HIGH",
        file: "my app.py",
        line: 12,
        message: "This query depends on a user.",
      },
      {
        rule: "py/unused",
        cwe: "",
        severity: "LOW",
        confidence: "MEDIUM",
        file: "b.py",
        line: 1,
        message: "Unused.",
      },
    ]);
    expect(logged(command)).toEqual(
      ["python", "javascript"].flatMap((language) => [
        `database create database --language=${language} --source-root=source --quiet`,
        `database analyze database codeql/${language}-queries:codeql-suites/${language}-security-extended.qls --quiet --format=sarif-latest --output=report.sarif`,
      ]),
    );
  });

  it("that writes no SARIF is an infrastructure failure", async () => {
    const analyzer = createCodeqlAnalyzer({ command: pretend("codeql-bad", "echo '[]' >report.sarif") });
    await expect(analyzer.scan({ "a.py": "" })).rejects.toMatchObject({ code: "infra-error" });
  });
});

it("says what is not installed and how to get it", async () => {
  const files = { "a.py": "x = 1\n" };
  await expect(
    createSemgrepAnalyzer({ config: "x", command: "no-such-semgrep" }).scan(files),
  ).rejects.toMatchObject({
    code: "missing-prerequisite",
    message: "no-such-semgrep is not installed: pip install semgrep",
  });
  await expect(createCodeqlAnalyzer({ command: "no-such-codeql" }).scan(files)).rejects.toMatchObject({
    code: "missing-prerequisite",
    message: expect.stringContaining("codeql-action") as string,
  });
});

it("writes nothing outside of its folder", async () => {
  const analyzer = createSemgrepAnalyzer({ config: "x", command: "true" });
  await expect(analyzer.scan({ "../a.py": "" })).rejects.toThrow("../a.py: leads out of its folder");
});
