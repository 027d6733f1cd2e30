/** The warm worker gives what Bandit's command line gives, and survives bad input. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { banditCommand, inOrder } from "../testing/bandit-command.ts";
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

const PYTHON = Object.keys(FILES).filter((name) => name.endsWith(".py"));

const analyzer = createBanditAnalyzer();
afterAll(() => analyzer.close());

test("findings equal the command line's", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bandit-"));
  try {
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
    const { findings } = await banditCommand(folder, PYTHON);
    expect(findings.length).toBeGreaterThan(8);
    expect(inOrder(await analyzer.scan(FILES))).toEqual(inOrder(findings));
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
