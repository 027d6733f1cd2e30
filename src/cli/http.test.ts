/** `data http` and `triage` through the command line: what they write, print and refuse. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readRows, readSqlite } from "../data/http/index.ts";
import { ironbark, type Outcome } from "./fixtures/ironbark.ts";

const dir = mkdtempSync(join(tmpdir(), "ironbark-http-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

const run = (...argv: string[]): Promise<Outcome> => ironbark(argv);

const REQUEST = "GET /search?q=%3Cscript%3Ealert(1)%3C/script%3E HTTP/1.1\r\nHost: shop.example\r\n\r\n";
const RESPONSE = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p><script>alert(1)</script></p>";

describe("triage", () => {
  it("names the evidence of a finding and exits with 1", async () => {
    const args = ["--request", file("a", REQUEST), "--response", file("b", RESPONSE)];
    const { code, out } = await run("triage", ...args, "--category", "XSS");
    expect(code).toBe(1);
    expect(out).toContain("script-runs: response body: <p><script>alert(1)</script></p>");
    const { out: json } = await run("triage", ...args, "--json");
    expect(JSON.parse(json)).toMatchObject({
      n: 1,
      results: [
        { verdict: "vulnerable", spoke: "oracle", probability: 1, categories: ["HTTP_HEADERS", "XSS"] },
      ],
    });
  });

  it("is silent about what is sound", async () => {
    const response = file("c", RESPONSE.replace("text/html", "text/plain"));
    const { code, out } = await run(
      "triage",
      "--request",
      join(dir, "a"),
      "--response",
      response,
      "--category",
      "XSS",
    );
    expect(code).toBe(0);
    expect(out).toContain("sound");
  });

  it("judges every exchange of a HAR file and names those it cannot read", async () => {
    const entry = {
      request: {
        method: "GET",
        url: "http://shop.example/?q=%3Csvg%20onload=alert(1)%3E",
        httpVersion: "h2",
        headers: [{ name: ":path", value: "/" }],
      },
      response: {
        status: 200,
        headers: [{ name: "Content-Type", value: "text/html" }],
        content: { text: Buffer.from("<svg onload=alert(1)>").toString("base64"), encoding: "base64" },
      },
    };
    const blocked = { ...entry, response: { ...entry.response, status: 0 } };
    const har = file("s.har", JSON.stringify({ log: { entries: [entry, blocked] } }));
    const { code, out, err } = await run("triage", "--har", har, "--category", "XSS");
    expect(code).toBe(1);
    expect(out).toContain("entry 1, GET http://shop.example/");
    expect(err).toContain("entry 2: left out, response.status");
  });

  it("judges what a report claims, and says when that is not ours to judge", async () => {
    const alert = (cweid: string) => ({
      name: `alert ${cweid}`,
      cweid,
      instances: [
        {
          uri: "http://shop.example/?q=%3Csvg%20onload=alert(1)%3E",
          "request-header": "GET /?q=%3Csvg%20onload=alert(1)%3E HTTP/1.1\r\nHost: shop.example\r\n\r\n",
          "response-header": "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
          "response-body": "<p>nothing of it</p>",
        },
      ],
    });
    const zap = file("zap.json", JSON.stringify({ site: [{ alerts: [alert("79"), alert("22")] }] }));
    const { code, out } = await run("triage", "--zap", zap, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      n: 2,
      results: [
        { verdict: "sound", claim: { name: "alert 79", cwe: "CWE-79" }, verdicts: [{ category: "XSS" }] },
        { verdict: "unclear", probability: null, claim: { category: null }, verdicts: [] },
      ],
    });
    const { out: text } = await run("triage", "--zap", zap);
    expect(text).toContain("no category of ours decides this claim");
  });

  it.each<[string[], string]>([
    [["--request", "nowhere"], "give --request and --response, or one of --har, --burp, --zap, --sarif"],
    [["--har", "nowhere"], "nowhere: cannot be read"],
    [["--zap", "nowhere", "--burp", "nowhere"], "or one of --har"],
    [["--har", "nowhere", "--category", "CSRF"], "--category: expected one of HTTP_HEADERS"],
  ])("refuses %j", async (argv, message) => {
    const { code, err } = await run("triage", ...argv);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe("data http", () => {
  it("writes rows and a database with the same pairs", async () => {
    const { code, out } = await run("data", "http", "--count", "28", "--out", join(dir, "p.jsonl"), "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ n: 28 });
    const { pairs, refused } = readRows(readFileSync(join(dir, "p.jsonl"), "utf8"), "p");
    expect(refused).toEqual([]);
    await run("data", "http", "--count", "28", "--out", join(dir, "p.db"));
    const stored = await readSqlite(readFileSync(join(dir, "p.db")), "p");
    const essence = ({ request, response, is_vulnerable, category, analysis }: (typeof pairs)[number]) => {
      return { request, response, is_vulnerable, category, analysis };
    };
    expect(stored.pairs.map(essence)).toEqual(pairs.map(essence));
  });

  it.each<[string[], string]>([
    [["--out", "x.csv"], "--out: expected a name that ends in .jsonl, .parquet or .db"],
    [["--out", "x.jsonl", "--count", "0"], "--count: expected a whole number"],
    [["--out", "x.jsonl", "--category", "XSS,CSRF"], "--category: expected some of"],
  ])("refuses %j", async (argv, message) => {
    const { code, err } = await run("data", "http", ...argv);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe("verify http", () => {
  it("agrees with what was made by construction, in either format, and catches a label that was turned", async () => {
    for (const name of ["made.jsonl", "made.parquet", "made.db"]) {
      expect((await run("data", "http", "--count", "56", "--out", join(dir, name))).code).toBe(0);
      const { code, out } = await run("verify", "http", join(dir, name), "--json");
      expect(JSON.parse(out)).toMatchObject({ n: 56, agree: 56, disagree: [], unclear: [], refused: [] });
      expect(code).toBe(0);
    }
    const [first, ...rest] = readRows(readFileSync(join(dir, "made.jsonl"), "utf8"), "made").pairs;
    const turned = [{ ...first!, is_vulnerable: !first!.is_vulnerable }, ...rest, { id: "x" }];
    const path = file("turned.jsonl", turned.map((row) => JSON.stringify(row)).join("\n"));
    const { code, out, err } = await run("verify", "http", path);
    expect(code).toBe(1);
    expect(out).toContain(
      "57 pairs: the oracle agrees with 55, disagrees with 1, cannot tell 0; 1 cannot be read",
    );
    expect(out).toContain(first!.id);
    expect(err).toContain("turned.jsonl:57");
  });

  it("says which file holds no pairs", async () => {
    const { code, err } = await run("verify", "http", file("empty.jsonl", "\n"));
    expect(code).toBe(2);
    expect(err).toContain("empty.jsonl: expected labelled pairs, found none");
    expect((await run("verify", "http", join(dir, "nothing.jsonl"))).err).toContain("nothing.jsonl");
  });
});
