/** HTTP triage, small: the recipe's three phases, taken up again after a stop, and what its model is good for afterwards. */
import { createServer } from "node:http";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ironbark, type Outcome } from "../src/cli/fixtures/ironbark.ts";
import { generatePairs, readRows } from "../src/data/http/index.ts";
import { WHOLE } from "../src/testing/whole.ts";
import { judgeHttp } from "../src/verify/http/index.ts";

const folder = mkdtempSync(join(tmpdir(), "ironbark-triage-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...names: string[]): string => join(folder, ...names);
const run = (...argv: string[]): Promise<Outcome> => ironbark(argv);

const CATEGORIES = WHOLE ? ["HTTP_HEADERS", "XSS"] : ["XSS"];
const SMALL = [
  `categories=${JSON.stringify(CATEGORIES)}`,
  "data.train=120",
  "data.practice=48",
  "data.validation=32",
  "data.heldOut=32",
  "data.test=24",
  "model.vocabulary=500",
  "model.hiddenSize=32",
  "model.intermediateSize=48",
  "model.layers=1",
  "base.steps=4",
  "base.batch=8",
  "sft.steps=2",
  "sft.batch=8",
  "reflect.steps=2",
  "reflect.failures=2",
  "reflect.successes=2",
  "reflect.reflections=2",
  "reflect.maxTokens=8",
  "reflect.compared=8",
  "head.epochs=2",
  "head.pairs=24",
  "eval.pairs=2",
  'eval.bounds=[{"min":0,"max":0},{"min":8,"max":16}]',
  "threads=1",
].flatMap((setting) => ["--set", setting]);

const checkpoint = at("run", "checkpoint");
const rows = at("run", "dataset", "test.jsonl");

describe("the recipe", () => {
  it("plays three phases and says what came of them", async () => {
    // Stopped once the base is there, and taken up again.
    const stop = new AbortController();
    const watch = setInterval(() => existsSync(at("run", "base")) && stop.abort(), 10);
    const stopped = await ironbark(["run", "http-triage", "--out", at("run"), ...SMALL], stop.signal);
    clearInterval(watch);
    expect(stopped.err).toContain("interrupted");
    expect(existsSync(at("run", "summary.json"))).toBe(false);
    const { code, err } = await run("run", "http-triage", "--resume", at("run"));
    // So little training reaches no bar.
    expect(code, err).toBe(1);
    expect(err).toMatch(/FT-PE-CH +XSS/);
    const { metrics } = JSON.parse(readFileSync(at("run", "summary.json"), "utf8")) as {
      metrics: Record<string, Record<string, unknown>>;
    };
    for (const name of ["accuracy", "recall", "false_positive_rate"])
      expect(metrics["head"]![name]).toBeTypeOf("number");
    expect(Object.keys(metrics["kinds"]!)).toHaveLength(6);
    expect(metrics["reflection"]!["gain_points"]).toBeTypeOf("number");
    for (const name of ["adapters/XSS", "heads/XSS-engineered", "triage.json", "tokenizer.json"])
      expect(existsSync(join(checkpoint, name))).toBe(true);
    const steps = readFileSync(at("run", "metrics.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { step: number }).step);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(new Set(steps).size).toBe(steps.length);
    expect(steps[0]).toBe(0);
    const templates = (part: string): Set<string> =>
      new Set(
        readRows(readFileSync(at("run", "dataset", `${part}.jsonl`), "utf8"), part).pairs.map(
          ({ provenance }) => provenance!.template!,
        ),
      );
    const [train, test] = [templates("train"), templates("test")];
    expect([...test].filter((template) => train.has(template))).toEqual([]);
  });
});

describe("the model", () => {
  it("is evaluated, trained on and swept, and nothing is asked twice", async () => {
    const args = ["eval", "http", rows, "--model", checkpoint, "--kinds", "FT-SC,FT-CH"];
    const generate = ["--analysis", "0-0,8-16", "--enforce"];
    const heads = WHOLE ? ["--heads", "8:last,:attention", "--folds", "2"] : ["--heads", ":attention"];
    const counts = ["--counts", WHOLE ? "8,16" : "8", "--steps", "2", ...heads];
    const train = ["--train", at("run", "dataset", "train.jsonl"), "--epochs", "2", ...counts];
    const small = ["--threads", "1", "--resamples", "20", "--out", at("eval"), "--json"];
    const first = await run(...args, ...generate, ...train, ...small);
    expect(first.code, first.err).toBe(0);
    const found = JSON.parse(first.out) as { n: number; cells: { varies: string; control: number }[] };
    expect(found.n).toBe(24);
    const varied = new Set(found.cells.map(({ varies }) => varies));
    expect(varied).toEqual(new Set(["base", "analysis", "count", "head", ...(WHOLE ? ["fold"] : [])]));
    // What is kept to the bounds is within them.
    expect(found.cells[1]!.control).toBe(1);
    for (const file of ["results.db", "report.html", "charts/analysis-accuracy.svg", "failures.jsonl"])
      expect(existsSync(at("eval", file))).toBe(true);
    const before = readFileSync(at("eval", "results.db"));
    const second = await run(...args, ...generate, ...small);
    const again = JSON.parse(second.out) as typeof found;
    expect(again.cells).toEqual(found.cells.slice(0, again.cells.length));
    expect(readFileSync(at("eval", "results.db")).equals(before)).toBe(true);
  });

  it("has an opinion in triage and never overrules the oracle", async () => {
    const [vulnerable] = generatePairs({ seed: 3, count: 2, categories: ["XSS"], judge: judgeHttp });
    writeFileSync(at("request"), vulnerable!.request);
    writeFileSync(at("response"), vulnerable!.response);
    const pair = ["--request", at("request"), "--response", at("response"), "--category", "XSS"];
    const model = ["--model", checkpoint, "--analysis", "8-16", "--threads", "1"];
    const { code, out } = await run("triage", ...pair, ...model, "--json");
    expect(code).toBe(1);
    const [result] = (JSON.parse(out) as { results: Record<string, unknown>[] }).results;
    expect(result).toMatchObject({ verdict: "vulnerable", spoke: "oracle", probability: 1 });
    const [opinion] = result!["opinions"] as { probability: number; analysis: { text: string } }[];
    expect(opinion!.probability).toBeGreaterThan(0);
    expect(opinion!.probability).toBeLessThan(1);
    expect(opinion!.analysis.text).not.toBe("");
  });

  it("decides where the oracle cannot, and says that it did", async () => {
    const script = "<script>alert(1)</script>";
    writeFileSync(at("request"), `GET /?q=${encodeURIComponent(script)} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
    // A policy inside of the document is what the oracle does not weigh.
    const policy = `<meta http-equiv="Content-Security-Policy" content="script-src 'self'">`;
    const head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<!doctype html><html><head>";
    writeFileSync(at("response"), `${head}${policy}</head><body>${script}</body></html>`);
    const pair = ["--request", at("request"), "--response", at("response"), "--category", "XSS"];
    const alone = JSON.parse((await run("triage", ...pair, "--json")).out) as { results: object[] };
    expect(alone.results[0]).toMatchObject({ verdict: "unclear", spoke: "oracle", probability: null });
    const { out } = await run("triage", ...pair, "--model", checkpoint, "--threads", "1", "--json");
    expect((JSON.parse(out) as { results: object[] }).results[0]).toMatchObject({ spoke: "model" });
  });

  it("a folder of another kind is refused with its name", async () => {
    const { code, err } = await run("eval", "http", rows, "--model", at("run", "dataset"), "--out", at("no"));
    expect(code).toBe(2);
    expect(err).toContain("triage.json");
  });
});

describe("models behind an endpoint", () => {
  const pairs = [...generatePairs({ seed: 7, count: 2, categories: ["HTTP_HEADERS"], judge: judgeHttp })];
  const tagged = (index: number): string =>
    `<request>\n${pairs[index]!.request}\n</request>\n<response>\n${pairs[index]!.response}\n</response>`;
  let asked = 0;
  const answerTo = (prompt: string): string => {
    if (prompt.includes("Make another such pair")) return tagged(1);
    if (prompt.includes("vulnerable twin")) return tagged(0);
    if (prompt.includes("as an expert")) return "<analysis>The header decides.</analysis>";
    return "<result>1</result>";
  };
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      asked++;
      const { messages } = JSON.parse(body) as { messages: { content: string }[] };
      const message = { content: answerTo(messages[0]!.content) };
      const usage = { prompt_tokens: 100, completion_tokens: 50 };
      response.end(JSON.stringify({ choices: [{ message, finish_reason: "stop" }], usage }));
    });
  });
  const samplers = at("samplers.json");
  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const price_per_million = { input: 1, output: 1 };
    writeFileSync(
      samplers,
      JSON.stringify({ samplers: [{ name: "other", endpoint, model: "m", price_per_million }] }),
    );
  });
  afterAll(() => server.close());

  it("write pairs that the oracle checks, and are paid once", async () => {
    const args = ["data", "http", "--samplers", samplers, "--category", "HTTP_HEADERS", "--count", "2"];
    const first = await run(...args, "--ceiling", "1", "--out", at("written.jsonl"), "--json");
    expect(first.code, first.err).toBe(0);
    expect(JSON.parse(first.out)).toMatchObject({ n: 2, calls: { asked: 5, known: 0 } });
    const { pairs: written } = readRows(readFileSync(at("written.jsonl"), "utf8"), "written");
    expect(written.map(({ is_vulnerable }) => is_vulnerable)).toEqual([true, false]);
    const before = asked;
    const again = await run(...args, "--out", at("written.jsonl"), "--json");
    expect(JSON.parse(again.out)).toMatchObject({ calls: { known: 5, attempts: 0 } });
    expect(asked).toBe(before);
  });

  it("stop at the ceiling", async () => {
    const args = ["data", "http", "--samplers", samplers, "--category", "HTTP_HEADERS", "--count", "2"];
    const { code, out } = await run(...args, "--ceiling", "0.000001", "--out", at("poor.jsonl"), "--json");
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({ n: 0, unanswered: { ceiling: 1 }, cost: { spent: 0 } });
  });

  it("are contenders of the evaluation", async () => {
    const args = ["eval", "http", at("written.jsonl"), "--samplers", samplers, "--kinds", "SC,PE-SC"];
    const { code, out } = await run(...args, "--out", at("other"), "--json");
    expect(code).toBe(0);
    const { cells } = JSON.parse(out) as { cells: { model: string; metrics: { accuracy: number } }[] };
    expect(cells.map(({ model }) => model)).toEqual(["other SC", "other PE-SC"]);
    // It marks everything.
    expect(cells[0]!.metrics).toMatchObject({ accuracy: 0.5, recall: 1, false_positive_rate: 1 });
  });
});
