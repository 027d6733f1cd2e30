/** The reward commands, from the command line's side: files in, files out, what is wrong with them in one line. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dispatch } from "./dispatch.ts";
import { root } from "./root.ts";

const folder = mkdtempSync(join(tmpdir(), "reward-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

async function ironbark(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const terminal = {
    out: (text: string) => (out += text),
    err: (text: string) => (err += text),
    interactive: false,
  };
  const code = await dispatch(root, argv, terminal, new AbortController().signal);
  return { code, out, err };
}

const TASK = { kind: "stdin", language: "python", prompt: "p", tests: [{ input: "2\n", output: "4" }] };
const item = (id: string, code: string): string =>
  JSON.stringify({ id, preset: "partial-credit", task: TASK, completion: `\`\`\`python\n${code}\n\`\`\`` });

describe("reward score", () => {
  it("answers in the order of the file", async () => {
    writeFileSync(
      at("items.jsonl"),
      `${item("a", "print(int(input()) * 2)")}\n\n${item("b", "print(1)")}\n${item("c", "(")}\n`,
    );
    const { code, out } = await ironbark(
      "reward",
      "score",
      at("items.jsonl"),
      "--out",
      at("scores.jsonl"),
      "--json",
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ n: 3, scored: 3, bad: 0, infra: 0 });
    const rows = readFileSync(at("scores.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: string; reward: number });
    expect(rows.map(({ id, reward }) => [id, reward])).toEqual([
      ["a", 1],
      ["b", 0.6 * 0.6 + 0.4],
      ["c", 0.4],
    ]);
  });

  it("keeps what an interrupted run has done", async () => {
    writeFileSync(at("half.jsonl"), `${item("a", "print(4)")}\n${item("b", "print(1)")}\n`);
    await ironbark("reward", "score", at("half.jsonl"), "--out", at("first.jsonl"), "--json");
    const [done] = readFileSync(at("first.jsonl"), "utf8").split("\n");
    // As the run would have left it: the first result, and a torn line.
    const kept = done!.replace('"reward":1', '"reward":0.125');
    const hash = readdirSync(folder).find((name) => name.endsWith(".part"));
    expect(hash).toBeUndefined();
    const { createHash } = await import("node:crypto");
    const digest = createHash("sha256")
      .update(readFileSync(at("half.jsonl")))
      .digest("hex")
      .slice(0, 12);
    writeFileSync(at(`again.jsonl.${digest}.part`), `${kept}\n{"id":"b","rew`);
    const { code, err } = await ironbark("reward", "score", at("half.jsonl"), "--out", at("again.jsonl"));
    expect(code).toBe(0);
    expect(err).toContain("1 results of an earlier run are kept");
    expect(readFileSync(at("again.jsonl"), "utf8").split("\n")[0]).toBe(kept);
    expect(existsSync(at(`again.jsonl.${digest}.part`))).toBe(false);
  });

  it.each([
    ["no id", '{"task":{}}\n', /items: |id: expected a text/],
    [
      "an id twice",
      `${item("a", "")}\n${item("a", "")}\n`,
      /bad\.jsonl:2: id: "a" is that of .*bad\.jsonl:1/,
    ],
    ["no JSON", `${item("a", "")}\nnonsense\n`, /bad\.jsonl:2: expected one JSON object/],
    ["nothing", "\n", /holds no items/],
    ["no UTF-8", Buffer.from([0xff, 0xfe, 0x0a]), /expected a file in UTF-8/],
  ])("refuses %s", async (_name, content, says) => {
    writeFileSync(at("bad.jsonl"), content);
    const { code, err } = await ironbark("reward", "score", at("bad.jsonl"), "--out", at("never.jsonl"));
    expect(code).toBe(2);
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(err).toMatch(says);
    expect(existsSync(at("never.jsonl"))).toBe(false);
  });

  it("says which items it cannot use, and scores the rest", async () => {
    writeFileSync(
      at("mixed.jsonl"),
      `${item("a", "print(4)")}\n{"id":"b","task":{"kind":"stdin"},"completion":""}\n`,
    );
    const { code, err } = await ironbark("reward", "score", at("mixed.jsonl"), "--out", at("mixed.out"));
    expect(code).toBe(1);
    expect(err).toMatch(/mixed\.jsonl:2: task\.\w+: /);
    expect(readFileSync(at("mixed.out"), "utf8").trim().split("\n")).toHaveLength(2);
  });
});

it("lists the rewards", async () => {
  const { code, out } = await ironbark("reward", "list", "--json");
  expect(code).toBe(0);
  expect((JSON.parse(out) as { name: string }[]).map(({ name }) => name)).toEqual([
    "partial-credit",
    "binary",
    "executed-security",
    "detect",
    "align",
  ]);
});

describe("data stdin", () => {
  it("writes tasks, proven by running them", async () => {
    const { code, out } = await ironbark(
      ..."data stdin --per-family 1 --language python --prove --json --out".split(" "),
      at("tasks.jsonl"),
    );
    const summary = JSON.parse(out) as { n: number; failed: unknown[] };
    expect(summary.failed).toEqual([]);
    expect(code).toBe(0);
    expect(readFileSync(at("tasks.jsonl"), "utf8").trim().split("\n")).toHaveLength(summary.n);
  });

  it("names what it leaves out of an import", async () => {
    writeFileSync(
      at("data.json"),
      JSON.stringify([
        { id: 1, question: "q", inputs: ["1"], outputs: ["1"] },
        { id: 2, question: "q" },
      ]),
    );
    const { code, err } = await ironbark(
      "data",
      "stdin",
      "--from",
      at("data.json"),
      "--format",
      "apps-plus",
      "--out",
      at("plus.jsonl"),
    );
    expect(code).toBe(1);
    expect(err).toMatch(/data\.json\[1\]: left out, row: inputs: expected a list/);
    expect(readFileSync(at("plus.jsonl"), "utf8").trim().split("\n")).toHaveLength(1);
  });
});
