import { createServer, type Server, type Socket } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { HttpConnection } from "./http.ts";
import { ReplyReader } from "./http-reply.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

function read(text: string, { maxBytes = 1000, bodiless = false, step = Infinity, ends = false } = {}) {
  const reader = new ReplyReader(maxBytes, bodiless);
  const all = bytes(text);
  for (let at = 0; at < all.length; at += step) reader.push(all.subarray(at, at + step));
  if (ends) reader.end();
  return { done: reader.done, reusable: reader.reusable, ...reader.reply(0) };
}

const OK = "HTTP/1.1 200 OK\r\n";

describe("ReplyReader", () => {
  it.each([
    [
      "a length",
      `${OK}Content-Length: 5\r\nX-A: 1\r\nx-a: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nhello`,
    ],
    [
      "chunks",
      `${OK}Transfer-Encoding: Chunked\r\nX-A: 1, 2\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n`,
    ],
    [
      "an interim answer first",
      `HTTP/1.1 103 Hints\r\nSet-Cookie: c=3\r\n\r\n${OK}Content-Length: 5\r\nx-a: 1, 2\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n\r\nhello`,
    ],
  ])("understands %s, however it is cut", (_, text) => {
    for (const step of [1, 2, 3, 7, Infinity]) {
      const seen = read(text, { step });
      expect(seen).toMatchObject({ done: true, reusable: true, status: 200, body: "hello" });
      expect(seen.headers["x-a"]).toBe("1, 2");
      expect(seen.cookies).toEqual(["a=1", "b=2"]);
    }
  });

  it("reads to the end of the connection where no length is told", () => {
    const text = `HTTP/1.0 200 OK\r\n\r\nhello`;
    expect(read(text)).toMatchObject({ done: false });
    expect(read(text, { ends: true })).toMatchObject({ done: true, reusable: false, body: "hello" });
    expect(() => read(`${OK}Content-Length: 9\r\n\r\nhello`, { ends: true })).toThrow("broke off");
  });

  it("expects no body where there is none", () => {
    expect(read(`${OK}Content-Length: 5\r\n\r\n`, { bodiless: true }).reusable).toBe(true);
    for (const status of ["204 No Content", "304 Not Modified"])
      expect(read(`HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\n`).reusable).toBe(true);
  });

  it("does not trust a connection with bytes behind the answer, or one that will close", () => {
    expect(read(`${OK}Content-Length: 2\r\n\r\nhi${OK}`)).toMatchObject({
      done: true,
      reusable: false,
      body: "hi",
    });
    expect(read(`${OK}Connection: Close\r\nContent-Length: 0\r\n\r\n`).reusable).toBe(false);
    expect(read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").reusable).toBe(false);
  });

  it.each([
    "SSH-2.0 hello\r\n\r\n",
    "HTTP/2.0 200 OK\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
    `${OK}No colon\r\n\r\n`,
    `${OK}Bad name: 1\r\n\r\n`,
    `${OK}A: 1\r\n folded\r\n\r\n`,
    `${OK}A: 1\rB: 2\r\n\r\n`,
    `${OK}A: 1\nB: 2\r\n\r\n`,
    `${OK}A: \x00\r\n\r\n`,
    `${OK}Content-Length: -1\r\n\r\n`,
    `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
    `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`,
    `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    `${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n`,
    `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nno trailer\r\n\r\n`,
    `${OK}Transfer-Encoding: chunked\r\n\r\n${"0".repeat(2000)}`,
    `${OK}A: ${"x".repeat(40_000)}`,
  ])("refuses %j", (text) => {
    for (const step of [1, Infinity])
      expect(() => read(text, { step })).toThrow(expect.objectContaining({ kind: "malformed" }) as Error);
  });

  it.each([
    `${OK}Content-Length: 9000\r\n\r\n`,
    `${OK}Transfer-Encoding: chunked\r\n\r\nfff\r\n${"x".repeat(1100)}`,
    `${OK}\r\n${"x".repeat(1100)}`,
  ])("stops at the limit", (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ kind: "too-large" }) as Error);
  });
});

describe("HttpConnection", () => {
  const limits = { timeoutMs: 5000, maxBytes: 1000 };
  const get = { method: "GET" as const, path: "/", headers: {} };
  const folder = mkdtempSync(join(tmpdir(), "ironbark-http-"));
  let server: Server | undefined;
  let connections = 0;
  let seen = "";

  async function serve(answer: (socket: Socket, request: string) => void): Promise<HttpConnection> {
    connections = 0;
    seen = "";
    server = createServer((socket) => {
      connections++;
      socket.on("error", () => {});
      socket.on("data", (data) => {
        seen += data.toString("latin1");
        answer(socket, data.toString("latin1"));
      });
    });
    const path = join(folder, `${process.hrtime.bigint()}.sock`);
    await new Promise<void>((resolve) => server!.listen(path, resolve));
    return new HttpConnection(path);
  }

  afterEach(() => new Promise((resolve) => server!.close(resolve)));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("asks one after the other on one connection, and says what it was given", async () => {
    const http = await serve((socket) => socket.write(`${OK}Content-Length: 2\r\n\r\nhi`));
    const post = {
      method: "POST" as const,
      path: "/a?b=%2e%ff",
      headers: { "X-Y": "z" },
      form: { a: "é &" },
    };
    const replies = await Promise.all([http.send(get, limits), http.send(post, limits)]);
    expect(replies.map((reply) => reply.body)).toEqual(["hi", "hi"]);
    expect(connections).toBe(1);
    expect(seen).toBe(
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\nPOST /a?b=%2e%ff HTTP/1.1\r\nHost: localhost\r\nX-Y: z\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\na=%C3%A9+%26",
    );
    http.close();
    await expect(http.send(get, limits)).rejects.toMatchObject({ kind: "no-answer" });
  });

  it("never takes an answer that came ahead for the answer to the next request", async () => {
    let count = 0;
    const http = await serve((socket) => {
      socket.write(`${OK}Content-Length: 1\r\n\r\n${count++}`);
      setTimeout(() => socket.writable && socket.write(`${OK}Content-Length: 4\r\n\r\nfake`), 5);
    });
    for (const want of ["0", "1", "2"]) {
      expect((await http.send(get, limits)).body).toBe(want);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(connections).toBe(3);
    http.close();
  });

  it("goes on with a new connection after a fault", async () => {
    let count = 0;
    const http = await serve((socket) => {
      if (count++ === 0) return;
      if (count === 2) socket.destroy();
      else socket.write(`${OK}Content-Length: 2\r\n\r\nhi`);
    });
    await expect(http.send(get, { ...limits, timeoutMs: 50 })).rejects.toMatchObject({ kind: "timeout" });
    await expect(http.send(get, limits)).rejects.toMatchObject({ kind: "no-answer" });
    expect((await http.send(get, limits)).body).toBe("hi");
    http.close();
  });

  it.each([
    [{ ...get, path: "/a b" }, /path/],
    [{ ...get, path: "/\u0100" }, /path/],
    [{ ...get, headers: { "X-A": "1\r\nX-B: 2" } }, /header/],
    [{ ...get, headers: { "X A": "1" } }, /header/],
  ])("refuses to send %j", async (request, message) => {
    const http = await serve(() => {});
    expect(() => http.send(request, limits)).toThrow(message);
    http.close();
  });
});
