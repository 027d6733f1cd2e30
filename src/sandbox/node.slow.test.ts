/** JavaScript applications in the sandbox: every way to export one, what is told apart, and that it is as confined. */
import { afterAll, describe, expect, it } from "vitest";
import type { Stack } from "../core/index.ts";
import { createAppPool } from "./pool.ts";

const pool = createAppPool({ workers: 2, limits: { startMs: 15_000, requestMs: 10_000 } });
afterAll(() => pool.close());

const start = (code: string, stack: Stack = "node", more: Record<string, string> = {}) =>
  pool.start({ entry: "app.js", stack, files: { "app.js": code, ...more }, outside: { "/srv/s/key": "k" } });

async function answer(code: string, stack?: Stack, path = "/"): Promise<string> {
  const app = await start(code, stack);
  try {
    expect(app.startup).toMatchObject({ state: "started" });
    return (await app.request({ method: "GET", path, headers: {} })).body;
  } finally {
    await app.stop();
  }
}

describe("is served", () => {
  it.each<[string, Stack, string]>([
    [
      "an Express application",
      "express",
      `const app = require("express")(); app.get("/", (q, s) => s.send("hi")); module.exports = app;`,
    ],
    [
      "a Fastify application",
      "fastify",
      `const app = require("fastify")(); app.get("/", async () => "hi"); module.exports = app;`,
    ],
    [
      "the promise of one",
      "fastify",
      `module.exports = (async () => { const app = require("fastify")(); app.get("/", async () => "hi"); return app; })();`,
    ],
    ["a request listener", "node", `module.exports = (request, response) => response.end("hi");`],
    [
      "a server that does not listen",
      "node",
      `module.exports = require("node:http").createServer((request, response) => response.end("hi"));`,
    ],
    [
      "what a compiled module exports",
      "node",
      `exports.default = (request, response) => response.end("hi");`,
    ],
  ])("%s", async (_, stack, code) => expect(await answer(code, stack)).toBe("hi"));

  it("from the application's folder, as a module that is required", async () => {
    const code = `module.exports = (q, s) => s.end(JSON.stringify([process.cwd(), require.main === module,
      require("./lib/a").a, require("node:fs").readFileSync("/srv/s/key", "utf8"), process.argv.slice(2)]));`;
    const app = await start(code, "node", { "lib/a.js": "exports.a = 1;" });
    const { body } = await app.request({ method: "GET", path: "/", headers: {} });
    await app.stop();
    expect(JSON.parse(body)).toEqual(["/app", false, 1, "k", []]);
  });
});

describe("a framework's image", () => {
  it("is where its code comes from", async () => {
    const code = (name: string, wrong: string): string =>
      `let stack = ""; try { ${wrong} } catch (error) { stack = error.stack; }
       module.exports = (q, s) => s.end(stack + Object.keys(require.cache).filter((f) => f.includes("/${name}/")).length);`;
    expect(await answer(code("express", `require("express")().use()`))).toContain("(image:express.js:");
    expect(await answer(code("fastify", `require("fastify")().route({})`))).toContain("(image:fastify.js:");
  });

  it("gives an application the instances that the framework itself has", async () => {
    const code = `const express = require("express");
      const depd = require("depd"), types = require("mime-types");
      const held = Object.values(require.cache).filter((one) => one.exports === depd || one.exports === types);
      const again = require(require.resolve("express")) === express && require.cache[require.resolve("express")].loaded;
      module.exports = (q, s) => s.end(JSON.stringify([again, held.map((one) => one.filename)]));`;
    expect(JSON.parse(await answer(code))).toEqual([
      true,
      expect.arrayContaining(["depd", "mime-types"].map((name) => `/opt/node/node_modules/${name}/index.js`)),
    ]);
  });

  it("is not taken for a package that the application brings", async () => {
    const own = { "node_modules/express/index.js": "module.exports = 'own';" };
    const app = await start(`module.exports = (q, s) => s.end(require("express"));`, "node", own);
    expect((await app.request({ method: "GET", path: "/", headers: {} })).body).toBe("own");
    await app.stop();
  });
});

describe("is told apart", () => {
  it.each([
    ["a syntax error", "module.exports = (;", { state: "syntax-error", message: /app\.js:1: / }],
    [
      "a syntax error that would close a wrapper",
      "}); (() => {",
      { state: "syntax-error", message: /app\.js/ },
    ],
    ["an error while loading", "throw new Error('dead');", { state: "failed", message: /dead/ }],
    [
      "nothing that serves",
      "module.exports = { a: 1 };",
      { state: "failed", message: /exports no request listener/ },
    ],
    ["an early end", "process.exit(0);", { state: "failed", message: /exit status 0/ }],
  ])("%s", async (_, code, { state, message }) => {
    const app = await start(code);
    expect(app.startup).toMatchObject({ state, message: expect.stringMatching(message) as string });
    await app.stop();
  });
});

describe("is confined", () => {
  const attempt = (code: string): string => `module.exports = (request, response) => {
    try { response.end("did: " + (${code})); } catch (error) { response.end("refused: " + (error.code ?? error.message)); }
  };`;

  it.each([
    [
      "the folder shared with the verifier",
      `require("node:fs").readdirSync("/run/ironbark")[0] || (() => { throw Error("empty"); })()`,
    ],
    [
      "the runner's programs",
      `require("node:fs").readdirSync("/opt/ironbark").length || (() => { throw Error("empty"); })()`,
    ],
    ["files of the machine", `require("node:fs").readFileSync("/etc/shadow")`],
    [
      "writing to the packages",
      `require("node:fs").writeFileSync("/opt/node/node_modules/express/index.js", "")`,
    ],
    ["writing to the interpreter", `require("node:fs").writeFileSync("/opt/node/node", "")`],
    ["filling the disk", `require("node:fs").writeFileSync("/tmp/a", Buffer.alloc(64 * 1024 * 1024))`],
    [
      "other processes",
      `require("node:fs").readdirSync("/proc").filter((n) => /^\\d+$/.test(n)).length > 1 ? 1 : (() => { throw Error("alone"); })()`,
    ],
  ])("%s", async (_, code) => expect(await answer(attempt(code))).toMatch(/^refused: /));

  it("to no network but its own", async () => {
    const code = `module.exports = (request, response) => {
      const socket = require("node:net").connect(80, "192.0.2.1");
      socket.on("error", (error) => response.end(error.code)).on("connect", () => response.end("connected"));
    };`;
    expect(await answer(code)).toBe("ENETUNREACH");
  });

  it("to its memory", async () => {
    const code = `module.exports = (request, response) => {
      const held = []; while (held.length < 40) held.push(Buffer.alloc(64 * 1024 * 1024, 1)); response.end("did");
    };`;
    const app = await start(code);
    const asked = app.request({ method: "GET", path: "/", headers: {} }).then((reply) => reply.body);
    await expect(asked).rejects.toThrow();
    await app.stop();
  });
});
