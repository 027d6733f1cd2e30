/** `ironbark data prompts` against a scripted endpoint that stutters: nothing is lost, paid twice, or paid beyond the ceiling. */
import { spawn } from "node:child_process";
import { createServer, type ServerResponse } from "node:http";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sized } from "../testing/whole.ts";
import { hash32 } from "../util/rng.ts";
import { projectRoot } from "../util/root.ts";
import { ironbark } from "./fixtures/ironbark.ts";

const folder = mkdtempSync(join(tmpdir(), "prompts-"));
const at = (name: string): string => join(folder, name);
const PARALLEL = 16;
/** Each function gives one call for scenarios and, for each of its three, one for the instruction and one for the code. */
const FUNCTIONS = sized(60, 715);
const CALLS = FUNCTIONS * 7;
const PRICE = { input: 10, output: 30 };

/** By body: how often it was asked, and how often an answer was sent, which is what an endpoint charges for. */
const asked = new Map<string, number>();
const charged = new Map<string, number>();
let cost = 0;
/** Faults after which nobody can know whether the call was charged. */
let doubtful = 0;
let onCharge = (): void => {};

const words = (seed: string, count: number): string =>
  Array.from({ length: count }, (_, word) => `w${hash32(`${seed}/${word}`) % 5000}`).join(" ");

function answerTo(prompt: string): string {
  if (prompt.includes("<scenario>"))
    return [1, 2, 3].map((one) => `<scenario>${words(`${prompt}${one}`, 20)}</scenario>`).join("\n");
  if (prompt.includes("<task>")) return `<task>Write list_files. ${words(prompt, 40)}</task>`;
  return `Here:\n\`\`\`python\nprint(${hash32(prompt)})\n\`\`\`\n`;
}

/** One try in twenty fails, each in one of four ways; which depends on the call and the number of the try. */
function fault(body: string, times: number, response: ServerResponse): boolean {
  const draw = hash32(`${body}/${times}`) >>> 0;
  if (draw % 20 !== 0) return false;
  const kind = Math.floor(draw / 20) % 4;
  if (kind >= 2) doubtful++;
  if (kind === 0) response.writeHead(429, { "retry-after": "0" }).end("slow down");
  else if (kind === 1) response.writeHead(500).end("oops");
  // Sent, and charged: what comes back is of no use.
  else if (kind === 2) response.end("<html>");
  // kind 3: nothing ever comes.
  return true;
}

/** A pretended Batch API: files by their number, a batch that is under way when it is first looked at. */
const files: string[] = [];
const looks = new Map<string, number>();
let batchesMade = 0;
function batchApi(method: string, path: string, body: string): unknown {
  const at = (kind: string): string | undefined => new RegExp(`/${kind}/([^/]+)`).exec(path)?.[1];
  if (path.endsWith("/files")) {
    files.push(
      body
        .split("\n")
        .filter((line) => line.startsWith('{"custom_id"'))
        .join("\n"),
    );
    return { id: `file${files.length - 1}` };
  }
  if (method === "POST") {
    batchesMade++;
    const { input_file_id: id } = JSON.parse(body) as { input_file_id: string };
    return { id: `batch-${id}`, status: "validating" };
  }
  const file = at("files") ?? at("batches")!.replace("batch-", "");
  if (path.includes("/batches/")) {
    looks.set(file, (looks.get(file) ?? 0) + 1);
    return {
      id: `batch-${file}`,
      status: looks.get(file) === 1 ? "in_progress" : "completed",
      output_file_id: file,
    };
  }
  return files[Number(file.slice(4))]!.split("\n")
    .map((line) => JSON.parse(line) as { custom_id: string; body: { messages: { content: string }[] } })
    .map(({ custom_id, body: asking }) => {
      charged.set(custom_id, (charged.get(custom_id) ?? 0) + 1);
      // One in ten fails in its first batch, and is not charged.
      if (hash32(custom_id) % 10 === 0 && charged.get(custom_id) === 1)
        return JSON.stringify({ custom_id, response: { status_code: 500, body: {} }, error: null });
      const message = { content: answerTo(asking.messages[0]!.content) };
      const usage = { prompt_tokens: 100, completion_tokens: 50 };
      return JSON.stringify({
        custom_id,
        response: { status_code: 200, body: { choices: [{ message, finish_reason: "stop" }], usage } },
        error: null,
      });
    })
    .join("\n");
}

/** Two kinds of scenarios, instructions that are all unlike each other, and now and then a vector of another width. */
let embedded = 0;
let widths = [8];
function vectorOf(text: string): number[] {
  const width = widths[embedded++ % widths.length]!;
  const one = text.startsWith("Write") ? 2 + (hash32(text) % 1000) : (hash32(text) >>> 0) % 2;
  return Array.from({ length: width }, (_, at) => Math.cos(one * (at + 1)));
}

const server = createServer((request, response) => {
  void readAll(request).then((body) => {
    if (request.url!.endsWith("/embeddings")) {
      const { input } = JSON.parse(body) as { input: string };
      const usage = { prompt_tokens: 20, total_tokens: 20 };
      return response.end(JSON.stringify({ data: [{ index: 0, embedding: vectorOf(input) }], usage }));
    }
    if (!request.url!.endsWith("/chat/completions")) {
      const answer = batchApi(request.method!, request.url!, body);
      return response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
    }
    const times = (asked.get(body) ?? 0) + 1;
    asked.set(body, times);
    if (fault(body, times, response)) return;
    const { messages } = JSON.parse(body) as { messages: { content: string }[] };
    const usage = { prompt_tokens: Math.ceil(body.length / 4), completion_tokens: 50 };
    charged.set(body, (charged.get(body) ?? 0) + 1);
    cost += (usage.prompt_tokens * PRICE.input + usage.completion_tokens * PRICE.output) / 1e6;
    onCharge();
    const choices = [{ message: { content: answerTo(messages[0]!.content) }, finish_reason: "stop" }];
    response.end(JSON.stringify({ choices, usage }));
  });
});

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const entry = {
    name: "author",
    endpoint,
    model: "m",
    parallel: PARALLEL,
    timeout_s: 2,
    price_per_million: PRICE,
  };
  writeFileSync(at("samplers.json"), JSON.stringify({ samplers: [entry] }));
  const rows = Array.from({ length: FUNCTIONS }, (_, row) => ({
    id: `f${row}`,
    code: `def f${row}(name):\n    return open("/srv/" + name).read()\n`,
    language: "python",
    is_vulnerable: true,
    cwe: ["CWE-22"],
  }));
  writeFileSync(at("rows.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

const argv = (out: string, ...more: string[]): string[] =>
  [
    "data",
    "prompts",
    at("rows.jsonl"),
    "--samplers",
    at("samplers.json"),
    "--out",
    at(out),
    "--clusters",
    "9999",
  ].concat(["--max-tokens", "64", "--json", "--quiet"], more);
const rowsOf = (out: string): { id: string; reference: string }[] =>
  readFileSync(join(at(out), "prompts.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; reference: string });
const forget = (): void => {
  asked.clear();
  charged.clear();
  cost = 0;
};

it(`${CALLS} calls with faults lose nothing, also when the process is killed in the middle`, async () => {
  const child = spawn(join(projectRoot(), "bin", "ironbark"), argv("whole"), { stdio: "ignore" });
  const gone = new Promise<void>((end) => void child.once("exit", () => end()));
  onCharge = () => {
    if (charged.size > CALLS / 2) child.kill("SIGKILL");
  };
  await gone;
  onCharge = () => {};
  expect(child.signalCode).toBe("SIGKILL");
  const beforeKill = charged.size;
  expect(beforeKill).toBeLessThan(CALLS);

  const { code, out } = await ironbark(argv("whole"));
  expect(code).toBe(0);
  const report = JSON.parse(out) as {
    rows: number;
    calls: [{ known: number; asked: number }];
    cost: { charged_perhaps: number };
  };
  expect(report.rows).toBe(FUNCTIONS * 3);
  expect(report.calls[0]).toMatchObject({ asked: CALLS });
  expect(charged.size).toBe(CALLS);
  const rows = rowsOf("whole");
  expect(new Set(rows.map(({ id }) => id)).size).toBe(FUNCTIONS * 3);
  expect(new Set(rows.map(({ reference }) => reference)).size).toBe(FUNCTIONS * 3);
  // What arrived is never asked for again. Only what was under way at the kill (or came too late for its limit of time)
  // may have been charged without having arrived, and the ledger knows of each.
  const twice = [...charged.values()].filter((times) => times > 1);
  expect(twice.length).toBeLessThanOrEqual(report.cost.charged_perhaps - doubtful);
  expect(report.calls[0].known).toBeGreaterThanOrEqual(beforeKill - PARALLEL);

  // Once more: nothing is asked, and the same file is written.
  const before = [...asked.values()].reduce((sum, times) => sum + times, 0);
  expect((await ironbark(argv("whole"))).code).toBe(0);
  expect([...asked.values()].reduce((sum, times) => sum + times, 0)).toBe(before);
  expect(rowsOf("whole")).toEqual(rows);
});

it("stops below the ceiling, says so, and goes on from there with a higher one", async () => {
  forget();
  const ceiling = 0.05;
  const first = await ironbark(argv("ceiling", "--ceiling", String(ceiling)));
  expect(first.code).toBe(4);
  const report = JSON.parse(first.out) as { unanswered: { ceiling: number }; cost: { spent: number } };
  expect(report.unanswered.ceiling).toBeGreaterThan(0);
  expect(cost).toBeGreaterThan(ceiling / 4);
  expect(cost).toBeLessThanOrEqual(report.cost.spent);
  expect(report.cost.spent).toBeLessThanOrEqual(ceiling);
  const paid = new Map(charged);
  const second = await ironbark(argv("ceiling", "--ceiling", "1000"));
  expect(second.code).toBe(0);
  expect((JSON.parse(second.out) as { rows: number }).rows).toBe(FUNCTIONS * 3);
  for (const [body, times] of paid) expect(charged.get(body)).toBe(times);
});

it("goes through a Batch API, hands what failed over again, and asks for nothing twice", async () => {
  forget();
  const batch = argv("batch", "--batch", "--poll", "0.01", "--ceiling", "1000");
  const first = await ironbark(batch);
  expect(first.code).toBe(0);
  const report = JSON.parse(first.out) as {
    rows: number;
    calls: [{ attempts: number; failed_attempts: number }];
  };
  expect(report.rows).toBe(FUNCTIONS * 3);
  expect(asked.size).toBe(0);
  const { attempts, failed_attempts: failed } = report.calls[0];
  expect(failed).toBeGreaterThan(0);
  expect(attempts - failed).toBe(CALLS);
  expect(batchesMade).toBe(6);
  expect((await ironbark(batch)).code).toBe(0);
  expect(batchesMade).toBe(6);
});

describe("vectors of an embedding model", () => {
  const priced = { name: "vectors", model: "e", price_per_million: { input: 1, output: 0 } };
  const vectors = (out: string, ...more: string[]): string[] =>
    argv(out, "--embeddings", at("vectors.json"), "--ceiling", "1000", ...more);
  const name = (entry: object): void => {
    const { samplers } = JSON.parse(readFileSync(at("samplers.json"), "utf8")) as {
      samplers: { endpoint: string }[];
    };
    const { endpoint } = samplers[0]!;
    writeFileSync(at("vectors.json"), JSON.stringify({ samplers: [{ ...priced, endpoint, ...entry }] }));
  };

  it("choose the scenarios, are paid for, and asked for once", async () => {
    name({});
    for (const asking of [FUNCTIONS * 3 + 2, 0]) {
      const before = embedded;
      const { code, out } = await ironbark(vectors("whole", "--clusters", "2"));
      expect(code).toBe(0);
      const report = JSON.parse(out) as { rows: number; calls: { name: string; prompt_tokens: number }[] };
      expect(report.rows).toBe(2);
      expect(report.calls[1]).toMatchObject({ name: "vectors", prompt_tokens: 20 * asking });
      expect(embedded - before).toBe(asking);
    }
  });

  it("of different widths end the command, and so does what has no embeddings", async () => {
    name({ model: "other" });
    widths = [8, 9];
    const torn = await ironbark(vectors("whole"));
    widths = [8];
    expect([torn.code, torn.err]).toEqual([4, expect.stringMatching(/vectors of \d and of \d numbers/)]);
    name({ system: "x" });
    const { code, err } = await ironbark(vectors("whole"));
    expect([code, err]).toEqual([
      2,
      expect.stringContaining("vectors: expected an endpoint without system, for embeddings"),
    ]);
  });
});

it("asks for prices when there is a ceiling", async () => {
  const samplers = JSON.parse(readFileSync(at("samplers.json"), "utf8")) as { samplers: object[] };
  writeFileSync(
    at("free.json"),
    JSON.stringify({ samplers: [{ ...samplers.samplers[0], price_per_million: undefined }] }),
  );
  const { code, err } = await ironbark([...argv("x", "--ceiling", "1"), "--samplers", at("free.json")]);
  expect([code, err]).toEqual([2, expect.stringContaining("author: --ceiling needs its price_per_million")]);
});
