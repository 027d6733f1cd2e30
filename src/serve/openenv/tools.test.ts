/** Tools as steps, over real sockets. */
import { describe, expect, it } from "vitest";
import { InputError } from "../../core/errors.ts";
import { EchoActionSchema, EchoEnvironment, echoTool } from "../../testing/index.ts";
import { createEnvServer } from "../env-server.ts";
import { echoServing, post } from "./fixtures/echo.ts";

const { serve, connect } = echoServing();

describe("tool steps", () => {
  it("lists before a reset, calls, and names what is wrong", async () => {
    const client = connect(await serve());
    const step = (data: object) => client.ask({ type: "step", data });
    const answer = (observation: object, reward: number | null = null) => ({
      type: "observation",
      data: { observation, reward, done: false },
    });
    const { name, description, inputSchema: input_schema } = echoTool;
    expect(await step({ type: "list_tools" })).toEqual(
      answer({ tools: [{ name, description, input_schema }] }),
    );
    await client.ask({ type: "reset", data: { seed: 1 } });
    const data = { echoed: "hi", draw: expect.any(Number) as number, padding: "", reward: 1, done: false };
    const result = { structured_content: data, meta: null, data, is_error: false };
    for (const call of [{ type: "call_tool" }, {}, { metadata: {} }])
      expect(await step({ ...call, tool_name: "echo", arguments: { message: "hi" } })).toMatchObject(
        answer({ tool_name: "echo", result, error: null }, 1),
      );
    const message = "Unknown tool: 'zz'";
    expect(await step({ type: "call_tool", tool_name: "zz" })).toEqual(
      answer({ tool_name: "zz", result: null, error: { error_type: "tool_not_found", message } }),
    );
    expect(await step({ type: "call_tool", tool_name: "echo", arguments: { message: 3 } })).toMatchObject(
      answer({ tool_name: "echo", result: null, error: { error_type: "invalid_args" } }),
    );
    expect(await step({ type: "call_tool" })).toMatchObject({ data: { code: "VALIDATION_ERROR" } });
    expect(await step({ type: "list_tools", x: 1 })).toMatchObject({ data: { code: "VALIDATION_ERROR" } });
    expect(await step({ tool_name: "echo", arguments: { message: "boom" } })).toMatchObject({
      data: { code: "EXECUTION_ERROR", message: "boom!" },
    });
    expect(await client.ask({ type: "state" })).toMatchObject({ data: { step_count: 3 } });
  });

  it("are steps over HTTP too", async () => {
    const url = await serve();
    const reply = await post(`${url}/step`, { action: { tool_name: "echo", arguments: { message: "hi" } } });
    expect(reply).toMatchObject({ status: 200, body: { observation: { tool_name: "echo" }, reward: 1 } });
    expect((await post(`${url}/step`, { action: { tool_name: 3 } })).status).toBe(422);
  });

  it.each(["reset", "step", "state", "close"])("cannot be called %s", (name) => {
    const options = { name: "e", description: "", environment: () => new EchoEnvironment() };
    const schemas = { action: {}, observation: {}, state: {} };
    const tools = [{ ...echoTool, name }];
    expect(() => createEnvServer({ ...options, schemas, action: EchoActionSchema, tools })).toThrow(
      InputError,
    );
  });
});
