import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Analyzer, Finding } from "../analyzers/index.ts";
import { InfraError } from "../core/errors.ts";
import type { Sampler } from "../core/sampler.ts";
import { TINY_LINE, tinyFix, tinyScenario } from "../testing/scenario.ts";
import { fakeVerdict, fakeVerifier } from "../testing/verifier.ts";
import {
  analyzeFiles,
  classify,
  explain,
  jsonIn,
  patchCode,
  PatchInputSchema,
  readFolder,
  triage,
} from "./index.ts";
import { createPlayer } from "./play.ts";
import type { SkillRun, SkillTools } from "./types.ts";

const run: SkillRun = { signal: new AbortController().signal, say: () => {} };
const scenario = tinyScenario();

/** Reports every line that builds SQL with an f-string. */
const analyzer: Analyzer = {
  name: "fake",
  scan: async (files) =>
    Object.entries(files).flatMap(([file, text]) =>
      text.split("\n").flatMap((line, index): Finding[] => {
        const at = { cwe: "CWE-89", rule: "F1", file, line: index + 1, message: "SQL" };
        return /execute\(f/.test(line) ? [{ ...at, severity: "HIGH", confidence: "HIGH" }] : [];
      }),
    ),
  close: async () => {},
};

function tools(over: Partial<SkillTools> = {}): SkillTools {
  const verifier = fakeVerifier((files) =>
    fakeVerdict(files["app.py"]!.includes("execute(f") ? "exploitable" : "blocked"),
  );
  const grader = { grade: async () => Promise.reject(new Error("nothing to grade")) };
  return {
    analyzer,
    verifier,
    grader,
    scenario: async (id) => (id === "tiny" ? scenario : undefined),
    ...over,
  };
}

const saying = (...texts: string[]): Sampler => ({
  name: "model",
  identity: null,
  parallel: 1,
  complete: async () => ({
    text: texts.shift() ?? "",
    finished: true,
    promptTokens: null,
    completionTokens: null,
    ms: 0,
  }),
  close: async () => {},
});

const patch = (input: object, over?: Partial<SkillTools>) =>
  patchCode(tools(over), PatchInputSchema.parse(input), run);

describe("the patch skill", () => {
  it("proposes what the checklist knows and proves it on the scenario", async () => {
    const { data, text } = await patch({ scenario: "tiny" });
    expect(data).toMatchObject({
      proposedBy: "checklist",
      verification: { kind: "scenario", verified: true },
    });
    expect(data["diff"]).toMatch(/^--- a\/app\.py[^]*\n\+.*title = \?/);
    expect(text).toContain("Verified");
  });

  it("takes a unified diff and says when it is no fix", async () => {
    const fixed = await patch({ scenario: "tiny", patch: tinyFix("db.execute('SELECT 1')") });
    const diff = String(fixed.data["diff"]);
    expect((await patch({ scenario: "tiny", patch: diff })).data["verification"]).toMatchObject({
      verified: true,
    });
    const none = await patch({ scenario: "tiny", patch: { "labels.py": "TITLE = 'x'\n" } });
    expect(none.data["verification"]).toMatchObject({ verified: false, outcome: "exploitable" });
  });

  it("calls nothing verified that was only read, whatever a model says", async () => {
    const sampler = saying('{"app.py": [{"search": "eval(x)", "replace": "int(x)  # verified: true"}]}');
    const { data } = await patch({ files: { "app.py": "eval(x)\n" } }, { sampler });
    expect(data).toMatchObject({ proposedBy: "model", verification: { kind: "none", verified: false } });
  });

  it("goes on with the checklist when the model cannot be used", async () => {
    const { data } = await patch({ scenario: "tiny" }, { sampler: saying("I will not.", "[]", "{}") });
    expect(data).toMatchObject({ proposedBy: "checklist", verification: { verified: true } });
  });

  it("gives no verdict when the infrastructure failed", async () => {
    const verifier = fakeVerifier(() => fakeVerdict("infra-error"));
    await expect(patch({ scenario: "tiny" }, { verifier })).rejects.toThrow("fake verdict");
  });

  it("takes long lines and files with nothing in common", async () => {
    const long = ["<a".repeat(300_000), "x\n".repeat(200_000)];
    for (const code of long) expect((await patch({ code })).data["patch"]).toBeNull();
    const other = { code: long[1]!, patch: { "code.py": "y\n".repeat(100_000) } };
    expect((await patch(other)).data["diff"]).toContain("\n+y\n");
  });

  it.each([
    [{ scenario: "../../etc" }, "scenario: no scenario"],
    [{ files: { "../x.py": "" } }, "files: path leaves"],
    [{ code: "x", files: {} }, "one of the two"],
    [{ files: { "a.py": "", "b.py": "" }, tests: [{ input: "", output: "" }] }, "tests: expected a program"],
    [{ scenario: "tiny", patch: "no diff" }, "expected a unified diff"],
  ])("refuses %j", async (input, message) => expect(patch(input)).rejects.toThrow(message));
});

describe("the other skills", () => {
  it("analyze goes on without a model that cannot be reached, and says so", async () => {
    const complete = async () => Promise.reject(new InfraError("provider", "model: cannot be reached"));
    const sampler = { ...saying(), complete };
    const { data, text } = await analyzeFiles({ analyzer, sampler }, scenario.files, run);
    expect(data["findings"]).toMatchObject([{ cwe: "CWE-89", line: TINY_LINE }]);
    expect(data["model"]).toMatchObject({ findings: [], failed: "model: cannot be reached" });
    expect(text).toContain("no usable opinion");
  });

  it("triage decides by rules", () => {
    const request = "GET /?q=<script>alert(1)</script> HTTP/1.1\r\nHost: x\r\n\r\n";
    const head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
    const one = { request, category: "XSS" as const };
    expect(triage({ ...one, response: `${head}<p><script>alert(1)</script>` }).data["verdict"]).toBe(
      "vulnerable",
    );
    expect(triage({ ...one, response: `${head}<p>hello` }).data["verdict"]).toBe("sound");
    expect(() => triage({ ...one, response: "no message" })).toThrow(/^response: expected/);
  });

  it("classify without a classifier goes by words and claims no probability", async () => {
    const { data } = await classify({}, { text: "An SQL injection in the search field", top: 3 });
    expect(data).toMatchObject({ method: "words", labels: [{ label: "CWE-89", score: null }] });
    expect((await classify({}, { text: "It is slow.", top: 3 })).data["labels"]).toEqual([]);
  });

  it("explain shows the line in its surroundings and admits what it does not know", () => {
    const { text, data } = explain({ cwe: "CWE-89", file: "a.py", line: 2, code: "one\ntwo\nthree" });
    expect(text).toContain("> 2| two");
    expect(data["fix"]).toContain("parameters");
    expect(explain({ cwe: "CWE-1" }).data["fix"]).toBeNull();
  });

  it.each([
    ['{"a": 1}', { a: 1 }],
    ["Sure:\n```json\n[1]\n```\n", [1]],
    ['I think {"a": [1]} is it', { a: [1] }],
    ["none here", undefined],
    ["{ broken", undefined],
  ])("finds the JSON in %j", (text, value) => expect(jsonIn(text)).toEqual(value));

  it("play goes on where its conversation stands, and a model moves only when it names an action", async () => {
    const observation = {
      result: "ok" as const,
      stdout: "",
      stderr: "",
      exit_code: 0,
      source_code: `=== app.py ===\n${scenario.files["app.py"]!.replaceAll(/^/gm, "1| ").trimEnd()}`,
      current_task: "",
      hints: [],
      verdict: null,
      steps_left: 15,
      ended: null,
    };
    const player = createPlayer(saying("no idea", '{"action": "terminate"}'));
    const first = await player.act("a", { observation }, run);
    expect(first.data).toMatchObject({
      by: "checklist",
      action: { action: "identify_vuln", type: "sql_injection" },
    });
    const second = await player.act("a", { observation: { ...observation, source_code: "" } }, run);
    expect(second.data).toEqual({ by: "model", action: { action: "terminate" } });
    const lost = player.act("b", { observation: { ...observation, source_code: "" } }, run);
    await expect(lost).rejects.toThrow("source_code");
  });
});

describe("reading a folder", () => {
  const away = mkdtempSync(join(tmpdir(), "ironbark-skills-"));
  afterAll(() => rmSync(away, { recursive: true, force: true }));
  const root = join(away, "root");
  mkdirSync(join(root, "node_modules"), { recursive: true });
  for (const [path, text] of Object.entries({
    "app.py": "x = 1\n",
    "min.js": `var a=${"1+".repeat(4000)}1;`,
    "binary.py": "a\0b",
    "notes.txt": "text",
    "bomb.zip": "PK",
    "node_modules/x.js": "eval(y)",
    "../outside.py": "secret = 1",
  }))
    writeFileSync(join(root, path), text);
  symlinkSync(join(away, "outside.py"), join(root, "link.py"));
  symlinkSync(away, join(root, "loop"));

  it("reads sources and says what it left out", async () => {
    const { files, skipped } = await readFolder(root, ".");
    expect(files).toEqual({ "app.py": "x = 1\n" });
    expect(Object.fromEntries(skipped.map(({ path, reason }) => [path, reason]))).toEqual({
      "binary.py": "binary",
      "link.py": "link",
      loop: "link",
      "min.js": "minified",
      "node_modules/": "dependency",
    });
  });

  it.each(["..", "../outside.py", "link.py", "loop/outside.py", "/etc", "gone"])("refuses %s", async (path) =>
    expect(readFolder(root, path)).rejects.toThrow(/expected a path below|no such file/),
  );
});
