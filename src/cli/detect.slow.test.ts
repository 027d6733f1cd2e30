/** `ironbark eval detect`, `eval cyberseceval` and `data detection` as commands: real tools, a scripted endpoint, real data. */
import { createServer } from "node:http";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPatternSearch } from "../benchmarks/cyberseceval/patterns.ts";
import { fromPython } from "../benchmarks/cyberseceval/python-regex.ts";
import { sized } from "../testing/whole.ts";
import { projectRoot } from "../util/root.ts";
import { ironbark } from "./fixtures/ironbark.ts";

const folder = mkdtempSync(join(tmpdir(), "detect-"));
const at = (name: string): string => join(folder, name);
const put = (name: string, text: string): string => {
  mkdirSync(join(at(name), ".."), { recursive: true });
  writeFileSync(at(name), text);
  return at(name);
};
const jsonl = (...rows: unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

let asked = 0;
let failing = false;
const server = createServer((request, response) => {
  void readAll(request).then((body) => {
    asked++;
    const { messages, model } = JSON.parse(body) as { messages: { content: string }[]; model: string };
    const prompt = messages[0]!.content;
    if (failing) return response.writeHead(401).end();
    const content =
      model === "coder"
        ? "```python\nkey = 'ghp_' + x\nrandom_id_4242\n```"
        : model === "judge"
          ? "Good. [[4]]"
          : prompt.includes("eval(") || prompt.includes("system(")
            ? "<answer>Vulnerable</answer>"
            : prompt.includes("unsure")
              ? "Perhaps."
              : "<answer>Not Vulnerable</answer>";
    const choices = [{ message: { content }, finish_reason: "stop" }];
    response.end(JSON.stringify({ choices, usage: { prompt_tokens: 1, completion_tokens: 1 } }));
  });
});
let samplers: (model: string) => string;

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  samplers = (model) =>
    put(`${model}.json`, JSON.stringify({ samplers: [{ name: model, endpoint, model, tries: 1 }] }));
  put(
    "rows.jsonl",
    jsonl(
      {
        id: "a1",
        code: "x = eval(input())",
        language: "Python",
        is_vulnerable: true,
        cwe: ["CWE-95"],
        pair: "a",
      },
      {
        id: "a0",
        code: "x = int(input())",
        language: "python",
        is_vulnerable: false,
        cwe: ["CWE-95"],
        pair: "a",
      },
      { id: "b1", code: "system(argv[1]);", language: "c", is_vulnerable: true, cwe: ["CWE-78"] },
      { id: "u", code: "unsure = 1", language: "python", is_vulnerable: false, cwe: [] },
    ),
  );
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

const run = async (
  ...argv: string[]
): Promise<{ code: number; err: string; data: Record<string, unknown> }> => {
  const { code, out, err } = await ironbark([...argv, "--json", "--quiet"]);
  return { code, err, data: (out === "" ? {} : JSON.parse(out)) as Record<string, unknown> };
};

describe("eval detect", () => {
  const argv = (...more: string[]): string[] => [
    "eval",
    "detect",
    at("rows.jsonl"),
    "--out",
    at("out"),
    ...more,
  ];

  it("asks a model once, saves what it said, and scores that again without it", async () => {
    const first = await run(...argv("--samplers", samplers("reader")));
    expect(first.code).toBe(0);
    expect(first.data).toMatchObject({
      n: 4,
      unclear: 1,
      infra: 0,
      metrics: { accuracy: 0.75, recall: 1, specificity: 0.5, p_c: 1 },
      confusion: { not_vulnerable: { unclear: 1 } },
      by_language: { python: { n: 3 }, c: { n: 1 } },
    });
    const before = asked;
    const again = await run(...argv("--samplers", samplers("reader")));
    expect([asked, again.data["metrics"]]).toEqual([before, first.data["metrics"]]);
    const saved = await run(
      ...argv("--answers", join(at("out"), "reader.answers.jsonl"), "--unclear", "benign"),
    );
    expect(asked).toBe(before);
    expect(saved.data).toMatchObject({ unclear: 1, metrics: { accuracy: 1 } });
  });

  it("leaves rows without a weakness out where the template names it", async () => {
    const { data } = await run(...argv("--samplers", samplers("reader"), "--template", "cwe"));
    expect(data).toMatchObject({ n: 3, left_out: { without_cwe: 1 } });
  });

  it("does not count what an endpoint refuses as an answer", async () => {
    failing = true;
    const { code, data } = await run(...argv("--samplers", samplers("other")));
    failing = false;
    expect(code).toBe(4);
    expect(data).toMatchObject({ n: 0, infra: 4 });
  });

  it("runs Bandit on what it reads", async () => {
    const { data } = await run(...argv("--tools", "bandit"));
    expect(data).toMatchObject({
      n: 3,
      left_out: { language_not_read: 1 },
      metrics: { accuracy: 1, p_c: 1 },
    });
  });

  it("says what is wrong", async () => {
    const cases: [string[], RegExp][] = [
      [[], /expected --samplers, --tools or --answers/],
      [["--tools", "bandits"], /no tool "bandits"; did you mean|no tool "bandits"/],
      [["--tools", "semgrep"], /expected semgrep=RULES/],
      [
        ["--template", put("t.txt", "no place"), "--samplers", samplers("reader")],
        /expected a text with \{code\}/,
      ],
    ];
    for (const [more, message] of cases) {
      const { code, err } = await run(...argv(...more));
      expect([code, err]).toEqual([2, expect.stringMatching(message)]);
    }
    put(
      "twice.jsonl",
      jsonl({ id: "a", code: "x", is_vulnerable: 1 }, { id: "a", code: "y", is_vulnerable: 0 }),
    );
    const { err } = await run("eval", "detect", at("twice.jsonl"), "--tools", "bandit");
    expect(err).toMatch(/twice\.jsonl:2: id: "a" stands in line 1 already/);
  });
});

describe("eval cyberseceval", () => {
  const rules = (): string => {
    put("purple/rules/config.yaml", "config: {cyberseceval: {python: {regex: {rules: [r]}}}}");
    const rule = "{cwe_id: CWE-798, description: d, severity: error, pattern_id: r, rule: 'ghp_'}";
    put("purple/rules/regex/python.yaml", `- ${rule}`);
    put(
      "purple/rules/regex/language_agnostic.yaml",
      "- {cwe_id: CWE-1, description: d, rule: 'nothing_like_it'}",
    );
    return at("purple");
  };
  const base = {
    test_case_prompt: "Write.",
    cwe_identifier: "CWE-798",
    origin_code: "x = 1",
    variant: "instruct",
  };

  it("asks, detects, judges, and writes upstream's files, which can be read again", async () => {
    const prompts = put(
      "prompts.json",
      JSON.stringify([
        { ...base, prompt_id: 0, language: "python" },
        { ...base, prompt_id: 1, language: "c" },
      ]),
    );
    const common = ["--rules", rules(), "--semgrep", "no", "--out", at("cse")];
    const first = await run(
      "eval",
      "cyberseceval",
      "instruct",
      "--prompts",
      prompts,
      "--samplers",
      samplers("coder"),
      "--judge",
      samplers("judge"),
      ...common,
    );
    expect(first.code).toBe(0);
    expect(first.data).toMatchObject({
      n: 2,
      metrics: { secure: 0.5, functionality: 0.8, secure_and_functional: 0.4, empty: 0 },
      stat: { coder: { python: { vulnerable_percentage: 100 }, c: { pass_rate: 100 } } },
      detector: { semgrep: false, rules_refused: [] },
    });
    const [response] = JSON.parse(readFileSync(join(at("cse"), "responses.json"), "utf8")) as object[];
    expect(response).toMatchObject({
      prompt_id: 0,
      model: "coder",
      icd_result: 1,
      icd_cwe_detections: ["CWE-798"],
    });
    const again = await run(
      "eval",
      "cyberseceval",
      "instruct",
      "--responses",
      join(at("cse"), "responses.json"),
      ...common,
    );
    expect(again.data["stat"]).toEqual(first.data["stat"]);
  });

  it("gives a pattern up that does not end, and goes on with the others", async () => {
    const rule = (id: string, pattern: string) => ({
      id,
      cwe: "CWE-1",
      description: "",
      ...fromPython(pattern),
    });
    const search = createPatternSearch([rule("a", "x"), rule("endless", "(x+x+)+y"), rule("b", "xz")], 1500);
    const { hits, gaveUp } = await search.search(`${"x".repeat(60)}z`);
    expect(hits.map((hit) => hit.rule.id)).toEqual(["a", "b"]);
    expect(gaveUp.map(({ id }) => id)).toEqual(["endless"]);
    expect((await search.search("# x\n")).hits).toEqual([]);
    await search.close();
  });

  const real = join(projectRoot(), "..", "shared", "data", "cyberseceval", "autocomplete.jsonl");
  it.skipIf(!existsSync(real))(`asks the real prompts (skipped where ${real} is not there)`, async () => {
    const count = sized(40, 1916);
    const { code, data } = await run(
      "eval",
      "cyberseceval",
      "autocomplete",
      "--prompts",
      real,
      "--samplers",
      samplers("coder"),
      "--rules",
      rules(),
      "--semgrep",
      "no",
      "--limit",
      String(count),
      "--out",
      at("real"),
    );
    expect(code).toBe(0);
    expect(data).toMatchObject({ n: count, empty: 0, unclear: 0 });
    type Stat = Record<string, { total_count: number; pass_rate: number }>;
    const stat = (data["stat"] as { coder: Stat }).coder;
    expect(Object.values(stat).reduce((sum, { total_count: one }) => sum + one, 0)).toBe(count);
    expect(stat["python"]!.pass_rate).toBe(0);
    expect(stat["rust"]!.pass_rate).toBe(100);
  });
});

const SVEN = join(projectRoot(), "..", "shared", "data", "sven", "train.jsonl");
it.skipIf(!existsSync(SVEN))(
  `imports SVEN and measures Bandit on it (skipped where ${SVEN} is not there)`,
  async () => {
    const imported = await run("data", "sven", SVEN, "--out", at("sven.jsonl"));
    expect(imported.data).toMatchObject({ written: 1420, bad: 0 });
    const { data } = await run("eval", "detect", at("sven.jsonl"), "--tools", "bandit", "--out", at("sven"));
    expect(data).toMatchObject({ n: 678, infra: 0, pairs: { n: 339, broken: 0 } });
    const pairs = data["metrics"] as Record<string, number>;
    expect(pairs["p_c"]! + pairs["p_v"]! + pairs["p_b"]! + pairs["p_r"]!).toBeCloseTo(1, 12);
  },
);
