/** Encoders from the command line: training, resuming, the CWE recipe, comparisons, on data small enough to read. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyEncoder } from "../testing/tiny-encoder.ts";
import { dispatch } from "./dispatch.ts";
import { root } from "./root.ts";

const base = mkdtempSync(join(tmpdir(), "ironbark-classifier-cli-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const at = (name: string): string => join(base, name);

async function ironbark(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const terminal = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    interactive: false,
  };
  const code = await dispatch(root, argv, terminal, new AbortController().signal);
  return { code, out, err };
}

const jsonl = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const WEAKNESSES = [
  { cwe: "CWE-79", name: "Cross-site Scripting", child_of: [], abstraction: "Base", deprecated: false },
  { cwe: "CWE-89", name: "SQL Injection", child_of: [], abstraction: "Base", deprecated: false },
];
const KINDS = [
  ["CWE-89", "sql query"],
  ["CWE-79", "script page"],
] as const;
const NAMES = "amber birch cedar dune ember fjord glade heath isle jade knoll larch".split(" ");
const ENCODER = [
  `--set=encoder.start=${at("tiny")}`,
  "--set=encoder.layers=0",
  "--set=encoder.maxTokens=8",
  "--set=encoder.batch=4",
  "--set=encoder.epochs=8",
  "--set=encoder.learningRate=0.01",
  "--set=encoder.freezeEmbeddings=false",
  "--set=encoder.threads=1",
];

beforeAll(async () => {
  await writeTinyEncoder(at("tiny"), ["a", "b"]);
  writeFileSync(at("cwe.jsonl"), jsonl(WEAKNESSES));
  const rows = ["2024-06-01", "2024-07-02", "2024-08-03"].flatMap((date, month) =>
    NAMES.flatMap((name) =>
      KINDS.map(([cwe, words]) => ({
        cve_id: `CVE-2024-${month}${name}`,
        description: `${name} ${["allows", "lets", "gives"][month]!} ${words}`,
        date_published: date,
        cwe,
        cwe_all: [cwe, "CWE-79"],
      })),
    ),
  );
  writeFileSync(at("rows.jsonl"), jsonl(rows));
  await ironbark(
    "data",
    "cwe",
    at("rows.jsonl"),
    `--cwe=${at("cwe.jsonl")}`,
    `--out=${at("data")}`,
    "--min-rows=5",
  );
});

describe("train classifier", () => {
  it("fine-tunes, and leaves a folder that classifies", async () => {
    const trained = await ironbark(
      "train",
      "classifier",
      `--set=data=${at("data")}`,
      ...ENCODER,
      `--out=${at("run")}`,
      "--json",
    );
    expect(trained.err).not.toContain("error");
    expect(JSON.parse(trained.out)).toMatchObject({
      command: "train classifier",
      status: "done",
      metrics: { top1: 1, steps: 48 },
    });
    const one = await ironbark("classify", "sql query", `--model=${at("run/checkpoint")}`, "--json");
    expect(JSON.parse(one.out)).toMatchObject([
      { label: "CWE-89", name: "SQL Injection" },
      { label: "CWE-79" },
    ]);
  });

  it("resumed after every checkpoint writes the same metrics", async () => {
    const argv = [
      "train",
      "classifier",
      `--set=data=${at("data")}`,
      ...ENCODER,
      "--set=encoder.saveEvery=20",
      "--quiet",
    ];
    // Ends for good at the first checkpoint, as a kill would.
    const stop = new AbortController();
    const early = dispatch(
      root,
      [...argv, `--out=${at("parts")}`],
      { out: () => {}, err: () => {}, interactive: false },
      stop.signal,
    );
    while (!existsSync(at("parts/checkpoints/step-000019"))) await new Promise((done) => setTimeout(done, 5));
    stop.abort();
    await early;
    const resumed = await ironbark("train", "classifier", `--resume=${at("parts")}`, "--quiet");
    expect(resumed.code).toBe(0);
    const metrics = (run: string): string => readFileSync(at(`${run}/metrics.jsonl`), "utf8");
    expect(metrics("parts")).toBe(metrics("run"));
  });

  it.each([
    ["with an adapter", ["--set=encoder.lora.rank=2"]],
    ["for several labels", ["--set=encoder.loss=multi"]],
    ["from random weights", ["--set=encoder.scratch.hiddenSize=8", "--set=encoder.scratch.heads=2"]],
  ])("trains %s", async (name, sets) => {
    const out = at(name.replaceAll(" ", "-"));
    const trained = await ironbark(
      "train",
      "classifier",
      `--set=data=${at("data")}`,
      ...ENCODER,
      ...sets,
      `--out=${out}`,
      "--json",
    );
    expect(JSON.parse(trained.out)).toMatchObject({ status: "done" });
    expect((JSON.parse(trained.out) as { metrics: { top1: number } }).metrics.top1).toBeGreaterThan(0.4);
  });

  it.each([
    [["train", "classifier", "--out", at("x")], "data: expected the folder of a data set"],
    [["train", "classifier", "--set", `data=${base}`, "--out", at("x")], "labels.json: no such file"],
    [["train", "classifier", "--set", "encoder.metric=loss", "--out", at("x")], "encoder.metric"],
  ])("%j is refused with one line", async (argv, message) => {
    rmSync(at("x"), { recursive: true, force: true });
    const { code, err } = await ironbark(...argv, "--quiet");
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe("run cwe", () => {
  it("trains both parts, mixes them, and shows the baseline beside them", async () => {
    const trained = await ironbark(
      "run",
      "cwe",
      ...ENCODER,
      `--set=data.rows=${at("rows.jsonl")}`,
      `--set=data.weaknesses=${at("cwe.jsonl")}`,
      "--set=data.minRows=5",
      `--out=${at("cwe")}`,
      "--json",
    );
    expect(JSON.parse(trained.out)).toMatchObject({
      status: "done",
      metrics: { n: 24, top1: 1, alone: { baseline: { top1: 1 } } },
    });
    const html = at("report.html");
    const compared = await ironbark(
      "eval",
      "cwe",
      at("cwe/dataset/test.jsonl"),
      `--model=${at("cwe/checkpoint")}`,
      `--model=${at("cwe/baseline")}`,
      "--resamples=20",
      `--html=${html}`,
      "--json",
    );
    expect(JSON.parse(compared.out)).toMatchObject({
      n: 24,
      metrics: { top1: 1 },
      others: [{ model: at("cwe/baseline") }],
      against: [{ model: at("cwe/baseline"), differences: { top1: { value: 0, low: 0, high: 0 } } }],
    });
    expect(readFileSync(html, "utf8")).toMatch(
      /<h1>Weaknesses of 24 descriptions[^]*Reliability[^]*Differences/,
    );
  });

  it("judges CTI-Bench's table of root causes", async () => {
    writeFileSync(
      at("cti-rcm.tsv"),
      'URL\tDescription\tPrompt\tGT\nhttps://x/CVE-2024-1\t"sql\tquery ""x"""\t"two\nlines"\tCWE-89\nu\tscript page\tp\tCWE-79\n',
    );
    const argv = ["eval", "cwe", at("cti-rcm.tsv"), `--model=${at("cwe/checkpoint")}`, "--json"];
    expect(JSON.parse((await ironbark(...argv)).out)).toMatchObject({ n: 2, metrics: { top1: 1 } });
    writeFileSync(at("bad.tsv"), "URL\tDescription\tPrompt\tGT\nu\ttext\tp\tNVD-CWE-noinfo\n");
    const bad = await ironbark("eval", "cwe", at("bad.tsv"), `--model=${at("cwe/checkpoint")}`, "--quiet");
    expect([bad.code, bad.err]).toEqual([2, expect.stringContaining("bad.tsv:2: GT: expected CWE")]);
  });
});
