/** The MCP server as the official client meets it, over HTTP and over standard input and output. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSkillTools, type OpenTools } from "../../cli/agent.ts";
import { projectRoot } from "../../util/root.ts";
import { readKeys } from "../agent/keys.ts";
import { createMcpHttpServer } from "./index.ts";

const TOOLS = ["classify_cwe", "explain", "propose_patch", "scan", "triage_http", "verify_patch"];
const away = mkdtempSync(join(tmpdir(), "ironbark-mcp-"));
writeFileSync(join(away, "app.py"), "import os\nos.system(input())\n");
const KEY = "0123456789abcdef";

let tools: OpenTools;
let server: ReturnType<typeof createMcpHttpServer>;
let url: URL;
beforeAll(async () => {
  tools = await openSkillTools({ analyzers: "bandit,javascript" });
  server = createMcpHttpServer({ tools, version: "1.0.0", root: away, keys: readKeys(`me ${KEY}`, "keys") });
  url = new URL(`${(await server.listen(0)).url}/mcp`);
});
afterAll(async () => {
  await server.close();
  await tools.close();
  rmSync(away, { recursive: true, force: true });
});

const http = (key = KEY) =>
  new StreamableHTTPClientTransport(url, { requestInit: { headers: { authorization: `Bearer ${key}` } } });
const stdio = () =>
  new StdioClientTransport({
    command: join(projectRoot(), "bin/ironbark"),
    args: ["mcp", "--root", away, "--quiet"],
    stderr: "ignore",
  });

describe.each([
  ["HTTP, the revision before", http, {}, "2025-11-25"],
  ["HTTP, the current revision", http, { versionNegotiation: { mode: "auto" } }, "2026-07-28"],
  ["standard input and output", stdio, {}, "2025-11-25"],
] as const)("over %s", (_, open, options, revision) => {
  const client = new Client({ name: "test", version: "1.0.0" }, options);
  beforeAll(() => client.connect(open()), 120_000);
  afterAll(() => client.close());
  const call = async (name: string, args: Record<string, unknown>) => {
    const { content, structuredContent, isError } = await client.callTool({ name, arguments: args });
    const [first] = content as { text: string }[];
    return { text: first!.text, data: structuredContent as Record<string, unknown> | undefined, isError };
  };

  it("speaks the revision", () => expect(client.getNegotiatedProtocolVersion()).toBe(revision));

  it("lists the tools, each with a schema and hints", async () => {
    const { tools: listed } = await client.listTools();
    expect(listed.map(({ name }) => name).toSorted()).toEqual(TOOLS);
    for (const { inputSchema, annotations, description } of listed) {
      expect(inputSchema).toMatchObject({ type: "object" });
      expect(annotations?.destructiveHint).toBe(false);
      expect(description).toBeTruthy();
    }
  });

  it("answers each of them", async () => {
    const scanned = await call("scan", { path: "." });
    expect(scanned.data).toMatchObject({
      filesRead: 1,
      findings: [{ cwe: "CWE-78", file: "app.py", line: 2 }],
    });
    expect((await call("explain", { cwe: "CWE-78" })).text).toContain("without a shell");
    const proposed = await call("propose_patch", { scenario: "sql-module-fstring" });
    expect(proposed.data).toMatchObject({ verification: { kind: "scenario", verified: true } });
    const verified = await call("verify_patch", {
      scenario: "sql-module-fstring",
      patch: proposed.data!["diff"],
    });
    expect(verified.data).toMatchObject({ verification: { verified: true } });
    const tested = await call("verify_patch", {
      code: "print(eval(input()))\n",
      patch: { "code.py": "print(int(input()))\n" },
      tests: [{ input: "5\n", output: "5\n" }],
    });
    expect(tested.data).toMatchObject({ verification: { kind: "tests", outcome: "fixed", verified: true } });
    expect((await call("classify_cwe", { text: "a reflected XSS" })).text).toContain("CWE-79");
    const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    const judged = await call("triage_http", { request, response: "HTTP/1.1 200 OK\r\n\r\n" });
    expect(judged.data).toHaveProperty("verdict");
  });

  it.each([
    ["scan", { path: "../" }, "below the served folder"],
    ["scan", { path: "app.py", code: "x" }, "neither files nor code"],
    ["scan", {}, "one of the two"],
    ["verify_patch", { code: "x", patch: "no diff" }, "unified diff"],
    ["propose_patch", { scenario: "../x" }, "no scenario"],
    ["triage_http", { request: "x", response: "y" }, "request: expected"],
    ["explain", { cwe: "79" }, "CWE-NUMBER"],
  ])("answers %s %j with an error that says what was expected", async (name, args, says) => {
    const { text, isError } = await call(name, args);
    expect([isError, text]).toEqual([true, expect.stringContaining(says)]);
  });
});

describe("over HTTP", () => {
  it("needs the key, refuses pages of other sites, and reads nothing without a folder", async () => {
    const wrong = new Client({ name: "test", version: "1.0.0" });
    await expect(wrong.connect(http("fedcba9876543210"))).rejects.toThrow();
    const foreign = await fetch(url, { method: "POST", headers: { origin: "http://evil.example" } });
    expect(foreign.status).toBe(403);
    const bare = createMcpHttpServer({ tools, version: "1.0.0", root: undefined });
    const open = await bare.listen(0);
    const client = new Client({ name: "test", version: "1.0.0" });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${open.url}/mcp`)));
    const { isError } = await client.callTool({ name: "scan", arguments: { path: "/etc" } });
    expect(isError).toBe(true);
    await client.close();
    await bare.close();
  });
});
