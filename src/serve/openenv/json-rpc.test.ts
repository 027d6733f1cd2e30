/** JSON-RPC over HTTP, in frames and on its own socket: tools, and sessions that outlive a request. */
import { describe, expect, it } from "vitest";
import { echoServing, rpcOver, until, type Rpc } from "./fixtures/echo.ts";

const { serve, connect, sessions } = echoServing();

describe("JSON-RPC", () => {
  it("lists and calls without a session, each call on a fresh environment", async () => {
    const rpc = rpcOver(await serve({ maxConcurrentEnvs: 1 }));
    expect((await rpc("tools/list", {}, "a")).result).toMatchObject({ tools: [{ name: "echo" }] });
    const called = await rpc("tools/call", { name: "echo", arguments: { message: "hi" } }, 7);
    expect(called).toMatchObject({
      jsonrpc: "2.0",
      id: 7,
      result: { data: { echoed: "hi" }, is_error: false },
    });
    expect(called).not.toHaveProperty("error");
    expect(sessions()).toBe(0);
  });

  it.each([
    ["tools/call", {}, -32602, "Missing 'name' in params"],
    ["tools/call", { name: "nope" }, -32603, "Unknown tool: 'nope'"],
    ["tools/call", { name: "echo", arguments: [] }, -32602, "'arguments' in params is not an object"],
    ["tools/call", { name: "echo", arguments: { bad: 1 } }, -32603, /Invalid arguments for tool 'echo'/],
    ["tools/call", { name: "echo", arguments: { message: "boom" } }, -32603, "boom!"],
    ["tools/list", { session_id: "none" }, -32602, "Unknown session_id: none"],
    ["openenv/session/close", { session_id: "none" }, -32602, "Unknown session_id: none"],
    ["openenv/session/close", {}, -32602, "Invalid params - 'session_id' is required"],
    ["initialize", {}, -32601, "Method not found: initialize"],
  ])("%s %j is an error", async (method, params, code, message) => {
    const rpc = rpcOver(await serve());
    const { error } = await rpc(method, params);
    expect(error).toMatchObject({ code, data: null });
    expect(error!.message).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
  });

  it("keeps a session over several requests, until it is closed", async () => {
    const rpc = rpcOver(await serve({ maxConcurrentEnvs: 1 }));
    const { session_id } = (await rpc("openenv/session/create")).result!;
    const draws = [];
    for (let i = 0; i < 3; i++) {
      const call = await rpc("tools/call", { name: "echo", arguments: { message: "m" }, session_id });
      draws.push((call.result!["data"] as { draw: number }).draw);
    }
    expect(new Set(draws).size).toBe(3);
    expect((await rpc("openenv/session/create")).error).toEqual({
      code: -32000,
      message: "Server at capacity: 1/1 sessions active. Cannot accept new connections.",
      data: { active_sessions: 1, max_sessions: 1 },
    });
    const closed = await rpc("openenv/session/close", { session_id });
    expect(closed.result).toEqual({ session_id, closed: true });
    expect((await rpc("openenv/session/close", { session_id })).error).toMatchObject({ code: -32602 });
    expect(sessions()).toBe(0);
  });

  it("lends a session to one WebSocket, which does not end it", async () => {
    const url = await serve();
    const rpc = rpcOver(url);
    const { session_id } = (await rpc("openenv/session/create")).result!;
    const client = connect(url, `/ws?session_id=${String(session_id)}`);
    await client.ask({ type: "reset", data: { episode_id: "shared" } });
    await rpc("tools/call", { name: "echo", arguments: { message: "m" }, session_id });
    expect(await client.ask({ type: "state" })).toEqual({
      type: "state",
      data: { episode_id: "shared", step_count: 1 },
    });
    const second = connect(url, `/ws?session_id=${String(session_id)}`);
    expect(await second.next()).toMatchObject({ data: { code: "SESSION_ERROR" } });
    expect(await second.next()).toEqual({ closed: 1000 });
    expect(await client.ask({ type: "close" })).toEqual({ closed: 1000 });
    expect(sessions()).toBe(1);
    const again = connect(url, `/ws?session_id=${String(session_id)}`);
    expect(await again.ask({ type: "state" })).toMatchObject({ data: { episode_id: "shared" } });
    const closing = await rpc("openenv/session/close", { session_id });
    expect(closing.result).toEqual({ session_id, closed: false, closing: true });
    again.socket.close();
    await until(() => sessions() === 0);
  });

  it("refuses a WebSocket for a session that does not exist", async () => {
    const client = connect(await serve(), "/ws?session_id=none");
    expect(await client.next()).toEqual({
      type: "error",
      data: { message: "Unknown session_id: none", code: "SESSION_ERROR" },
    });
    expect(await client.next()).toEqual({ closed: 1000 });
  });

  it("in frames of /ws belongs to that session", async () => {
    const client = connect(await serve());
    const ask = (method: string, params: object, id: number) =>
      client.ask({ type: "mcp", data: { jsonrpc: "2.0", method, params, id } }) as Promise<{ data: Rpc }>;
    await client.ask({ type: "reset" });
    await ask("tools/call", { name: "echo", arguments: { message: "m" } }, 1);
    expect(await client.ask({ type: "state" })).toMatchObject({ data: { step_count: 1 } });
    const { session_id } = (await ask("openenv/session/create", {}, 2)).data.result!;
    expect((await ask("openenv/session/close", { session_id }, 3)).data).toMatchObject({
      id: 3,
      error: { code: -32600 },
    });
    expect(sessions()).toBe(1);
  });

  it("on /mcp speaks raw frames and goes on after a bad one", async () => {
    const url = await serve({ maxConcurrentEnvs: 1 });
    const client = connect(url, "/mcp");
    expect(await client.ask("{")).toMatchObject({ id: null, error: { code: -32700 } });
    expect(await client.ask({})).toMatchObject({ id: null, error: { code: -32600 } });
    expect(await client.ask({ jsonrpc: "2.0", method: "tools/list", id: "x" })).toMatchObject({
      id: "x",
      result: { tools: [{ name: "echo" }] },
    });
    const full = connect(url, "/mcp");
    expect(await full.next()).toMatchObject({ id: null, error: { code: -32000, data: { max_sessions: 1 } } });
    expect(await full.next()).toEqual({ closed: 1000 });
    client.socket.close();
    await until(() => sessions() === 0);
  });
});

it("pages of other sites cannot call tools over HTTP", async () => {
  const url = await serve();
  const body = JSON.stringify({ jsonrpc: "2.0", method: "tools/list", id: 1 });
  const ask = (origin: string) => fetch(`${url}/mcp`, { method: "POST", headers: { origin }, body });
  expect((await ask("https://elsewhere.example")).status).toBe(403);
  expect((await ask("null")).status).toBe(403);
  expect((await ask(url)).status).toBe(200);
});
