/** The warm worker gives what Bandit's command line gives, and survives bad input. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { pythonCommand } from "../util/python.ts";
import { createBanditAnalyzer } from "./bandit.ts";

const FILES = {
  "a.py": `import pickle, subprocess, hashlib
assert True
def run(cmd, name, cur):
    subprocess.call(cmd, shell=True)
    cur.execute("SELECT * FROM t WHERE n = '%s'" % name)
    hashlib.md5(b"x")
    return pickle.loads(cmd)
`,
  "b.py": `from flask import Flask, Markup
app = Flask(__name__)
password = "hunter2"
x = eval("1")  # nosec
app.run(debug=True, host="0.0.0.0")
try:
    pass
except Exception:
    pass
`,
  "broken.py": "def (:\n",
  "page.html": "<p>eval(1)</p>",
};

const analyzer = createBanditAnalyzer();
afterAll(() => analyzer.close());

interface CommandLineIssue {
  readonly filename: string;
  readonly line_number: number;
  readonly test_id: string;
  readonly issue_severity: string;
  readonly issue_confidence: string;
  readonly issue_text: string;
  readonly issue_cwe: { readonly id: number };
}

async function commandLine(folder: string): Promise<CommandLineIssue[]> {
  const args = ["-m", "bandit", "-q", "-f", "json", "-r", "."];
  // Findings make the command line end with status 1.
  const stdout = await new Promise<string>((resolve) => {
    execFile(pythonCommand(), args, { cwd: folder }, (_, text) => resolve(text));
  });
  return (JSON.parse(stdout) as { results: CommandLineIssue[] }).results;
}

test("findings equal the command line's", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bandit-"));
  try {
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
    const wanted = (await commandLine(folder)).map((issue) => ({
      rule: issue.test_id,
      cwe: `CWE-${issue.issue_cwe.id}`,
      severity: issue.issue_severity,
      confidence: issue.issue_confidence,
      file: issue.filename.replace("./", ""),
      line: issue.line_number,
      message: issue.issue_text,
    }));
    const byPlace = (one: { file: string; line: number; rule: string }): string =>
      `${one.file}:${one.line}:${one.rule}`;
    const sorted = <T extends { file: string; line: number; rule: string }>(list: readonly T[]): T[] =>
      list.toSorted((a, b) => byPlace(a).localeCompare(byPlace(b)));
    expect(wanted.length).toBeGreaterThan(8);
    expect(sorted(await analyzer.scan(FILES))).toEqual(sorted(wanted));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("strict: a comment silences nothing, and what cannot be read is reported", async () => {
  const strict = createBanditAnalyzer({ strict: true });
  try {
    const files = { "a.py": "x = eval('1')  # nosec\n" };
    expect(await analyzer.scan(files)).toEqual([]);
    expect((await strict.scan(files)).map(({ rule, line }) => [rule, line])).toEqual([["B307", 1]]);
    const unreadable = { "a.py": "def (:\n", "b.py": "x = '\ud800'\n" };
    expect(await analyzer.scan(unreadable)).toEqual([]);
    expect((await strict.scan(unreadable)).map(({ rule, file }) => [rule, file])).toEqual([
      ["unreadable", "a.py"],
      ["unreadable", "b.py"],
    ]);
  } finally {
    await strict.close();
  }
});

test("what nests as deep as Python allows is read", async () => {
  const nested = `x = ${"[".repeat(199)}eval('1')${"]".repeat(199)}\n`;
  expect((await analyzer.scan({ "a.py": nested })).map(({ rule }) => rule)).toEqual(["B307"]);
});

test("requests under way at once get their own answers, and a worker that died is replaced", async () => {
  const count = (n: number) => analyzer.scan({ "a.py": "x = eval('1')\n".repeat(n) });
  expect((await Promise.all([count(1), count(3), count(2)])).map((found) => found.length)).toEqual([1, 3, 2]);
  await analyzer.close();
  expect(await count(2)).toHaveLength(2);
});

test("a worker that takes too long is ended and reported as an infrastructure failure", async () => {
  const hasty = createBanditAnalyzer({ timeoutMs: 1 });
  await expect(hasty.scan({ "a.py": "x = 1\n" })).rejects.toMatchObject({ code: "infra-error" });
});
