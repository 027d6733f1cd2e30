/** Raw HTTP in every state it is found in, template files, and both row formats. */
import { gzipSync } from "node:zlib";
import initSqlJs from "sql.js";
import { describe, expect, it } from "vitest";
import { InputError, type HttpPair } from "../../core/index.ts";
import { parseRequest, parseResponse } from "./parse.ts";
import { readParquet, writeParquet } from "./parquet.ts";
import { printRequest, printResponse } from "./print.ts";
import { readRows, writeRows } from "./rows.ts";
import { readSqlite, writeSqlite } from "./sqlite.ts";
import { readTemplates, writeTemplates } from "./template-file.ts";

const GET = "GET /a?b=c HTTP/1.1\r\nHost: shop.example\r\nX-Two: 1\r\nX-Two: 2\r\n\r\n";
const ok = (headers: string, body: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${headers}\r\n`), Buffer.from(body)]);

describe("parsing and printing", () => {
  it("reads a request and prints it back", () => {
    const { message, notes } = parseRequest(GET, "r");
    expect(message).toMatchObject({ method: "GET", target: "/a?b=c", version: "1.1", body: "" });
    expect(message.headers).toEqual([
      ["Host", "shop.example"],
      ["X-Two", "1"],
      ["X-Two", "2"],
    ]);
    expect(notes).toEqual([]);
    expect(printRequest(message)).toBe(GET);
  });

  it.each<[string, string | Buffer, string, string[]]>([
    ["a stated length", ok("Content-Length: 2\r\n", "hi"), "hi", []],
    ["no length", ok("", "hi"), "hi", []],
    ["chunks", ok("Transfer-Encoding: chunked\r\n", "1\r\nh\r\n1\r\ni\r\n0\r\n\r\n"), "hi", []],
    ["gzip", ok("Content-Encoding: gzip\r\n", gzipSync("hi")), "hi", []],
    ["a header left over from gzip", ok("Content-Encoding: gzip\r\n", "hi"), "hi", ["not gzip"]],
    ["bare line feeds", "HTTP/1.1 200 OK\nA: b\n\nhi", "hi", ["bare line feed"]],
    ["HTTP/2 as proxies write it", "HTTP/2 200\r\nA: b\r\n\r\nhi", "hi", []],
    ["a cut body", ok("Content-Length: 9\r\n", "hi"), "hi", ["shorter"]],
    ["an edited body", ok("Content-Length: 1\r\n", "hi"), "hi", ["longer"]],
    ["cut chunks", ok("Transfer-Encoding: chunked\r\n", "2\r\nhi\r\n"), "hi", ["last chunk"]],
    ["bytes that are no text", ok("", Buffer.from([0x68, 0xff])), "h\ufffd", ["no text"]],
    ["Latin-1", ok("Content-Type: text/html; charset=iso-8859-1\r\n", Buffer.from([0xe9])), "é", []],
    ["5 MB", ok("", "x".repeat(5e6)), "x".repeat(5e6), []],
  ])("reads a response with %s", (_, raw, body, notes) => {
    const parsed = parseResponse(raw, "r");
    expect(parsed.message.body).toBe(body);
    expect(parsed.notes.length).toBe(notes.length);
    notes.forEach((part, at) => expect(parsed.notes[at]).toContain(part));
    expect(parseResponse(printResponse(parsed.message), "again").message.body).toBe(body);
  });

  it.each<[string, string, string]>([
    ["no blank line", "GET / HTTP/1.1\r\nHost: a", "f: expected a blank line"],
    ["no request", "hello\r\n\r\n", "f:1: expected METHOD TARGET HTTP/1.1"],
    ["a header without a colon", "GET / HTTP/1.1\r\nHost a\r\n\r\n", "f:2: expected a header"],
    [
      "broken chunks",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nhi\r\n0\r\n\r\n",
      "f: expected a body of well-formed chunks",
    ],
  ])("refuses %s", (_, raw, message) => {
    expect(() => parseRequest(raw, "f")).toThrow(InputError);
    expect(() => parseRequest(raw, "f")).toThrow(message);
  });
});

describe("template files", () => {
  it("are read and written", () => {
    const pairs = [
      { request: GET, response: "HTTP/1.1 200 OK\r\n\r\nhi" },
      { request: GET, response: "HTTP/1.1 204 No Content\r\n\r\n" },
    ];
    expect(readTemplates(writeTemplates(pairs), "t")).toEqual(pairs);
  });

  it("get their blank line back when the separator ate it", () => {
    const [pair] = readTemplates("GET / HTTP/1.1\r\nA: b\n<<<<>>>>\nHTTP/1.1 200 OK\r\n\r\nhi", "t");
    expect(parseRequest(pair!.request, "r").message.headers).toEqual([["A", "b"]]);
  });

  it("name what is missing", () => {
    expect(() => readTemplates("a\n<<<<>>>>\nb\n<<<<>>>>\nc", "t")).toThrow(
      "t: expected a response for every request, got 3 parts",
    );
    expect(() => readTemplates("a\n<<<<>>>>\n ", "t")).toThrow("t:3: expected a response");
  });
});

const PAIR: HttpPair = {
  id: "1",
  request: GET,
  response: "HTTP/1.1 200 OK\r\n\r\nhi",
  analysis: "why",
  is_vulnerable: true,
  category: "XSS",
  provenance: { source: "import", changes: [] },
};

describe("rows", () => {
  it("survive JSON Lines, and bad ones are named", () => {
    const text = `${writeRows([PAIR])}{"id":1}\nno\n${JSON.stringify({ ...PAIR, category: "CSRF" })}\n`;
    const { pairs, refused } = readRows(text, "p.jsonl");
    expect(pairs).toEqual([PAIR]);
    expect(refused.map(({ where }) => where)).toEqual(["p.jsonl:2", "p.jsonl:3", "p.jsonl:4"]);
    expect(refused[2]!.reason).toMatch(/^category: /);
  });

  it("survive SQLite, and rows of unknown categories are named", async () => {
    const bytes = await writeSqlite([PAIR, { ...PAIR, id: "2", is_vulnerable: false }]);
    const { Database } = await initSqlJs();
    const db = new Database(bytes);
    db.run("INSERT INTO vuln_category VALUES (99, 'SQLI')");
    db.run("INSERT INTO training_data VALUES (7, 'a', 'b', 'c', 1, 99)");
    const read = await readSqlite(db.export(), "d.db");
    expect(read.pairs).toEqual([PAIR, { ...PAIR, id: "2", is_vulnerable: false }]);
    expect(read.refused).toEqual([
      { where: "d.db: training_data row 7", reason: expect.stringContaining("got SQLI") as string },
    ]);
  });

  it("survive Parquet, and rows that do not fit are named", async () => {
    const whole: HttpPair = {
      ...PAIR,
      id: "2",
      is_vulnerable: false,
      fact: { rule: "r", where: "w", evidence: "", says: "s" },
    };
    expect(await readParquet(writeParquet([PAIR, whole]), "p")).toEqual({
      pairs: [PAIR, whole],
      refused: [],
    });
    const foreign = writeParquet([{ ...PAIR, category: "CSRF" as "XSS" }, PAIR]);
    expect(await readParquet(foreign, "p")).toEqual({
      pairs: [PAIR],
      refused: [{ where: "p: row 1", reason: expect.stringMatching(/^category: /) as string }],
    });
    for (const bytes of [Buffer.from("no Parquet"), Buffer.alloc(0), foreign.slice(0, -9)])
      await expect(readParquet(bytes, "p")).rejects.toThrow("p: expected a Parquet file");
  });

  it("are not read from another schema or another kind of file", async () => {
    const { Database } = await initSqlJs();
    const db = new Database();
    db.run("CREATE TABLE training_data (id, request)");
    await expect(readSqlite(db.export(), "d.db")).rejects.toThrow("d.db: expected a table training_data(");
    await expect(readSqlite(Buffer.from("no database at all"), "d.db")).rejects.toThrow(
      "expected a SQLite database",
    );
  });
});
