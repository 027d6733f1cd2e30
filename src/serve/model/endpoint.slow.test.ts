/** The official client of the OpenAI API against the endpoint with a tiny model: what it says is noise, how is not. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEndpointSampler, openCheckpointSampler } from "../../model/samplers/index.ts";
import { writeTinyAdapter, writeTinyDecoder } from "../../testing/tiny-decoder.ts";
import { openModelServer, type ModelServer } from "./server.ts";

const TEMPLATE = `{% if tools %}tools: {{ tools | tojson }}{{ "\\n" }}{% endif %}
{%- for m in messages %}{{ m.role }}: {{ m.content }}
{%- if m.tool_calls %} {{ m.tool_calls[0].function.arguments.a }}{% endif %}{{ "\\n" }}{% endfor %}
{%- if add_generation_prompt %}assistant: {% endif %}`;
const KEY = "secret-key";
const root = mkdtempSync(join(tmpdir(), "ironbark-endpoint-"));
const checkpoint = join(root, "tiny");
const loadable = join(root, "loadable");
let server: ModelServer;
let url: string;
let client: OpenAI;
let calls = 0;

const counted: typeof fetch = (...args) => {
  calls++;
  return fetch(...args);
};
const clientOf = (base: string, apiKey = KEY): OpenAI =>
  new OpenAI({ baseURL: `${base}/v1`, apiKey, maxRetries: 0, fetch: counted });
const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${KEY}` } })).text();
  return Number(new RegExp(`^ironbark_endpoint_${name} (\\S+)$`, "m").exec(text)![1]);
};
const until = async (what: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; !(await what()); tries++) {
    expect(tries).toBeLessThan(500);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

beforeAll(async () => {
  for (const folder of [checkpoint, loadable]) mkdirSync(folder);
  await writeTinyDecoder(checkpoint, 1, { maxPositions: 1024 });
  writeFileSync(join(checkpoint, "chat_template.jinja"), TEMPLATE);
  await writeTinyAdapter(join(root, "first"), 1);
  await writeTinyAdapter(join(loadable, "second"), 2);
  symlinkSync(join(root, "first"), join(loadable, "link"));
  server = await openModelServer({
    checkpoint,
    adapters: [{ name: "first", folder: join(root, "first") }],
    adapterRoot: loadable,
    keys: ["other-key", KEY],
    maxRunning: 4,
    maxWaiting: 4,
  });
  ({ url } = await server.listen(0));
  client = clientOf(url);
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

const GREEDY = { model: "tiny", temperature: 0, max_tokens: 12 } as const;
/** Not in the OpenAI API; vLLM's. */
const ON_AND_ON = { ignore_eos: true };
const user = (content: string) => [{ role: "user" as const, content }];
const greedy = async (prompt: string, model = "tiny"): Promise<string> =>
  (await client.completions.create({ ...GREEDY, model, prompt })).choices[0]!.text;

describe("models", () => {
  it("are the checkpoint and its adapters", async () => {
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(["tiny", "first"]);
    expect(data[1]).toMatchObject({ parent: "tiny", owned_by: "ironbark", max_model_len: 1024 });
    expect(await client.models.retrieve("first")).toMatchObject({ id: "first", root: join(root, "first") });
    await expect(client.models.retrieve("none")).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
    });
  });
});

describe("completions", () => {
  it("that are greedy equal those of the engine's own sampler", async () => {
    const sampler = await openCheckpointSampler({ name: "own", checkpoint, chat: false });
    for (const prompt of ["def f(x):", "SELECT * FROM users", "x"]) {
      const options = { temperature: 0, topP: 1, maxTokens: 40 };
      const own = await sampler.complete({ prompt, seed: 1 }, options);
      const { choices, usage } = await client.completions.create({ ...GREEDY, prompt, max_tokens: 40 });
      expect(choices[0]!.text).toBe(own.text);
      expect(choices[0]!.finish_reason).toBe(own.finished ? "stop" : "length");
      expect(usage).toMatchObject({
        prompt_tokens: own.promptTokens,
        completion_tokens: own.completionTokens,
      });
    }
    await sampler.close();
  });

  it("come the same as a stream", async () => {
    const stream = await client.completions.create({
      ...GREEDY,
      prompt: "def f(x):",
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let last: OpenAI.Completion | undefined;
    const ids = new Set<string>();
    for await (const chunk of stream) {
      text += chunk.choices[0]?.text ?? "";
      ids.add(chunk.id);
      last = chunk;
    }
    expect(text).toBe(await greedy("def f(x):"));
    expect(ids.size).toBe(1);
    expect(last!.choices).toEqual([]);
    expect(last!.usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 });
  });

  it("of several prompts, texts or ids, stand in order", async () => {
    const alone = [await greedy("a"), await greedy("bc")];
    const { choices } = await client.completions.create({ ...GREEDY, prompt: ["a", "bc"], n: 2 });
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(choices.map(({ text }) => text)).toEqual([alone[0], alone[0], alone[1], alone[1]]);
    const { tokens } = (await (await post("/tokenize", { prompt: "bc" })).json()) as { tokens: number[] };
    const byIds = await client.completions.create({ ...GREEDY, prompt: tokens });
    expect(byIds.choices[0]!.text).toBe(alone[1]);
    expect(await (await post("/detokenize", { tokens })).json()).toEqual({ prompt: "bc" });
  });

  it("echo the prompt when asked to", async () => {
    const { choices } = await client.completions.create({ ...GREEDY, prompt: "abc", echo: true });
    expect(choices[0]!.text).toBe(`abc${await greedy("abc")}`);
  });

  it("report log-probabilities, which add up", async () => {
    const { choices } = await client.completions.create({ ...GREEDY, prompt: "abc", logprobs: 3 });
    const { tokens, token_logprobs: found, top_logprobs: top, text_offset: offsets } = choices[0]!.logprobs!;
    expect(tokens).toHaveLength(12);
    expect(offsets![1]).toBe(tokens![0]!.length);
    found!.forEach((logprob, i) => {
      expect(logprob).toBeLessThan(0);
      expect(Math.max(...Object.values(top![i]!))).toBeCloseTo(logprob, 6);
    });
  });

  it("may be JSON by a schema too", async () => {
    const schema = { type: "object", properties: { n: { enum: [1, 2] } }, required: ["n"] };
    // The client's types know it only for chat.
    const format = { response_format: { type: "json_schema", json_schema: { name: "n", schema } } };
    const { choices } = await client.completions.create({
      ...GREEDY,
      prompt: "json",
      max_tokens: 40,
      ...format,
    });
    expect([{ n: 1 }, { n: 2 }]).toContainEqual(JSON.parse(choices[0]!.text));
  });
});

describe("chat completions", () => {
  it("answer in the shape of the API", async () => {
    const answer = await client.chat.completions.create({ ...GREEDY, messages: user("hello") });
    expect(answer).toMatchObject({
      object: "chat.completion",
      model: "tiny",
      choices: [{ index: 0, message: { role: "assistant", refusal: null }, logprobs: null }],
    });
    expect(answer.id).toMatch(/^chatcmpl-/);
    // The template is applied: the same as its text completed.
    expect(answer.choices[0]!.message.content).toBe(await greedy("user: hello\nassistant: "));
    expect(answer.usage!.prompt_tokens).toBe("user: hello\nassistant: ".length);
  });

  it("leave special tokens to the template", async () => {
    const count = async (body: object): Promise<number> =>
      ((await (await post("/tokenize", body)).json()) as { count: number }).count;
    expect(await count({ prompt: "<|end|>" })).toBe(1);
    const empty = await count({ messages: user("") });
    expect(await count({ messages: user("<|end|>") })).toBe(empty + "<|end|>".length);
  });

  it("are what this project's own evaluators read from an endpoint", async () => {
    const sampler = createEndpointSampler({ name: "own", url: `${url}/v1`, model: "tiny", apiKey: KEY });
    const options = { temperature: 0, topP: 1, maxTokens: 12 };
    const { text, promptTokens, completionTokens } = await sampler.complete(
      { prompt: "hello", seed: 1 },
      options,
    );
    await sampler.close();
    expect(text).toBe(await greedy("user: hello\nassistant: "));
    expect([promptTokens, completionTokens]).toEqual([23, 12]);
  });

  it("read every form of message", async () => {
    const answer = await client.chat.completions.create({
      ...GREEDY,
      messages: [
        { role: "developer", content: "be brief" },
        {
          role: "user",
          content: [
            { type: "text", text: "a" },
            { type: "text", text: "b" },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: '{"a": 7}' } }],
        },
        { role: "tool", tool_call_id: "1", content: "found" },
      ],
    });
    const text = "system: be brief\nuser: ab\nassistant:  7\ntool: found\nassistant: ";
    expect(answer.choices[0]!.message.content).toBe(await greedy(text));
  });

  it("come the same as a stream, with the usage at the end", async () => {
    const request = { ...GREEDY, messages: user("stream"), n: 2, temperature: 1, seed: 5 } as const;
    const whole = await client.chat.completions.create(request);
    const stream = await client.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    const texts = ["", ""];
    const finish: (string | null)[] = [null, null];
    let usage: unknown;
    for await (const chunk of stream) {
      expect(chunk.object).toBe("chat.completion.chunk");
      for (const { index, delta, finish_reason: reason } of chunk.choices) {
        texts[index] += delta.content ?? "";
        finish[index] = reason;
      }
      usage = chunk.usage;
    }
    expect(texts).toEqual(whole.choices.map(({ message }) => message.content));
    expect(finish).toEqual(whole.choices.map(({ finish_reason: reason }) => reason));
    expect(usage).toEqual(whole.usage);
  });

  it("are the same for the same seed and differ for another", async () => {
    const ask = async (seed: number): Promise<(string | null)[]> => {
      const request = { ...GREEDY, messages: user("seed"), temperature: 1, seed, n: 2 };
      const { choices } = await client.chat.completions.create(request);
      return choices.map(({ message }) => message.content);
    };
    const [first, again, other] = await Promise.all([ask(1), ask(1), ask(2)]);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(first[0]).not.toBe(first[1]);
  });

  it("end before a stop string, whole and streamed", async () => {
    const { content } = (await client.chat.completions.create({ ...GREEDY, messages: user("stop") }))
      .choices[0]!.message;
    const stop = [...content!].slice(3, 5).join("");
    const before = content!.slice(0, content!.indexOf(stop));
    const request = { ...GREEDY, messages: user("stop"), stop: [stop, "never"] };
    const { choices } = await client.chat.completions.create(request);
    expect(choices[0]!.message.content).toBe(before);
    expect(choices[0]!.finish_reason).toBe("stop");
    let streamed = "";
    for await (const chunk of await client.chat.completions.create({ ...request, stream: true }))
      streamed += chunk.choices[0]?.delta.content ?? "";
    expect(streamed).toBe(before);
  });

  it("report log-probabilities, streamed as whole", async () => {
    const request = { ...GREEDY, messages: user("log"), logprobs: true, top_logprobs: 2 } as const;
    const { choices } = await client.chat.completions.create(request);
    const content = choices[0]!.logprobs!.content!;
    expect(content).toHaveLength(12);
    const bytes = content.flatMap((one) => one.bytes ?? []);
    expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe(choices[0]!.message.content);
    expect(content.every((one) => one.top_logprobs.length === 2)).toBe(true);
    const streamed: number[] = [];
    for await (const chunk of await client.chat.completions.create({ ...request, stream: true }))
      streamed.push(...(chunk.choices[0]?.logprobs?.content ?? []).map(({ logprob }) => logprob));
    streamed.forEach((logprob, i) => expect(logprob).toBeCloseTo(content[i]!.logprob, 4));
    expect(streamed).toHaveLength(12);
  });

  it("obey penalties, biases and cuts", async () => {
    const bias = { "97": 100 };
    const ask = async (more: object): Promise<string | null> =>
      (await client.chat.completions.create({ ...GREEDY, messages: user("bias"), ...more })).choices[0]!
        .message.content;
    expect(await ask({ logit_bias: bias })).toBe("a".repeat(12));
    expect(await ask({ logit_bias: { "97": 100, "98": 99.5 }, presence_penalty: 2, max_tokens: 2 })).toBe(
      "ab",
    );
    // One token is left to draw from: as greedy.
    expect(await ask({ temperature: 2, top_k: 1 })).toBe(await ask({}));
    expect(await ask({ temperature: 2, top_p: 1e-6 })).toBe(await ask({}));
  });
});

describe("structured answers", () => {
  const weather = {
    type: "function",
    function: {
      name: "weather",
      parameters: {
        type: "object",
        properties: { city: { enum: ["Oslo", "Rome"] }, days: { type: "integer", minimum: 1, maximum: 9 } },
        required: ["city", "days"],
        additionalProperties: false,
      },
    },
  } as const;
  const time = {
    type: "function",
    function: {
      name: "time",
      parameters: {
        $defs: { zone: { enum: ["UTC"] } },
        type: "object",
        properties: { zone: { $ref: "#/$defs/zone" } },
        required: ["zone"],
      },
    },
  } as const;

  it("are valid for the schema at any temperature", async () => {
    const schema = {
      type: "object",
      properties: {
        cwe: { enum: ["CWE-79", "CWE-89"] },
        sure: { type: "boolean" },
        lines: { type: "array", items: { type: "integer", minimum: 0, maximum: 99 }, maxItems: 3 },
      },
      required: ["cwe", "sure", "lines"],
      additionalProperties: false,
    };
    for (const seed of [1, 2, 3]) {
      const { choices } = await client.chat.completions.create({
        model: "tiny",
        messages: user("json"),
        temperature: 2,
        seed,
        max_tokens: 200,
        response_format: { type: "json_schema", json_schema: { name: "finding", strict: true, schema } },
      });
      const value = JSON.parse(choices[0]!.message.content!) as {
        cwe: string;
        sure: boolean;
        lines: number[];
      };
      expect(Object.keys(value)).toEqual(["cwe", "sure", "lines"]);
      expect(typeof value.sure).toBe("boolean");
      expect(value.lines.length).toBeLessThanOrEqual(3);
      expect(choices[0]!.finish_reason).toBe("stop");
    }
  });

  it("are objects in JSON mode, or cut off by the limit", async () => {
    const { choices } = await client.chat.completions.create({
      ...GREEDY,
      messages: user("json"),
      max_tokens: 3,
      response_format: { type: "json_object" },
    });
    expect(choices[0]!.message.content).toMatch(/^\{/);
  });

  it("call the tool that is named, or any when one is required", async () => {
    const named = await client.chat.completions.create({
      ...GREEDY,
      messages: user("call"),
      max_tokens: 100,
      tools: [weather, time],
      tool_choice: { type: "function", function: { name: "weather" } },
    });
    const [call] = named.choices[0]!.message.tool_calls as OpenAI.ChatCompletionMessageFunctionToolCall[];
    expect(named.choices[0]!.finish_reason).toBe("tool_calls");
    expect(named.choices[0]!.message.content).toBeNull();
    expect(call!.function.name).toBe("weather");
    expect(["Oslo", "Rome"]).toContain((JSON.parse(call!.function.arguments) as { city: string }).city);

    const seen = new Set<string>();
    for (const seed of [1, 2, 3, 4]) {
      const stream = await client.chat.completions.create({
        model: "tiny",
        messages: user("call"),
        max_tokens: 100,
        temperature: 2,
        seed,
        tools: [weather, time],
        tool_choice: "required",
        stream: true,
      });
      const deltas: OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall[] = [];
      let finish: string | null = null;
      for await (const chunk of stream) {
        deltas.push(...(chunk.choices[0]?.delta.tool_calls ?? []));
        finish = chunk.choices[0]?.finish_reason ?? finish;
      }
      expect(finish).toBe("tool_calls");
      expect(deltas).toHaveLength(1);
      JSON.parse(deltas[0]!.function!.arguments!);
      seen.add(deltas[0]!.function!.name!);
    }
    expect([...seen].every((name) => ["weather", "time"].includes(name))).toBe(true);
  });

  it("show the tools to the model when it may choose, and leave its text alone", async () => {
    const request = { ...GREEDY, messages: user("x"), tools: [time] };
    const { choices, usage } = await client.chat.completions.create(request);
    expect(choices[0]!.finish_reason).toBe("length");
    expect(choices[0]!.message.tool_calls).toBeUndefined();
    expect(usage!.prompt_tokens).toBeGreaterThan("user: x\nassistant: ".length + 50);
  });
});

describe("adapters", () => {
  it("are models that say something else", async () => {
    expect(await greedy("def", "first")).not.toBe(await greedy("def"));
  });

  it("share the batch with the base model", async () => {
    const alone = [await greedy("def"), await greedy("def", "first")];
    const together = await Promise.all([
      greedy("def"),
      greedy("def", "first"),
      greedy("def"),
      greedy("def", "first"),
    ]);
    expect(together).toEqual([...alone, ...alone]);
  });

  it("are loaded and unloaded while it runs", async () => {
    const loaded = await post("/v1/load_lora_adapter", { lora_name: "second", lora_path: "second" });
    expect([loaded.status, await loaded.text()]).toEqual([
      200,
      "Success: LoRA adapter 'second' added successfully.",
    ]);
    const said = await greedy("def", "second");
    expect(said).not.toBe(await greedy("def"));
    expect(said).not.toBe(await greedy("def", "first"));
    const again = await post("/v1/load_lora_adapter", { lora_name: "second", lora_path: "second" });
    expect(again.status).toBe(400);
    // One that is asked at the moment is answered to its end.
    const stream = await client.completions.create({
      ...GREEDY,
      model: "second",
      prompt: "def",
      stream: true,
    });
    const gone = await post("/v1/unload_lora_adapter", { lora_name: "second" });
    expect(gone.status).toBe(200);
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? "";
    expect(text).toBe(said);
    await expect(greedy("def", "second")).rejects.toMatchObject({ status: 404 });
    expect((await post("/v1/unload_lora_adapter", { lora_name: "second" })).status).toBe(404);
    expect((await post("/v1/load_lora_adapter", { lora_name: "second", lora_path: "second" })).status).toBe(
      200,
    );
    expect(await greedy("def", "second")).toBe(said);
    await post("/v1/unload_lora_adapter", { lora_name: "second" });
  });

  it.each([
    ["outside the folder", { lora_path: "../first" }, 403],
    ["an absolute path elsewhere", { lora_path: join(root, "first") }, 403],
    ["a link that leads outside", { lora_path: "link" }, 403],
    ["nothing there", { lora_path: "nothing" }, 403],
    ["the folder itself", { lora_path: "." }, 403],
    ["another digest", { lora_path: "second", sha256: "0".repeat(64) }, 400],
    ["the model's name", { lora_name: "tiny", lora_path: "second" }, 400],
    ["a name with a slash", { lora_name: "a/b", lora_path: "second" }, 400],
  ])("are refused: %s", async (_, body, status) => {
    const refused = await post("/v1/load_lora_adapter", { lora_name: "third", ...body });
    expect(refused.status).toBe(status);
    expect(await refused.json()).toMatchObject({ error: { message: expect.any(String) as string } });
  });
});

describe("errors", () => {
  const ask = (more: object): Promise<unknown> =>
    client.chat.completions.create({ ...GREEDY, messages: user("x"), ...more });

  it.each<[string, object, object]>([
    ["an unknown model", { model: "none" }, { status: 404, code: "model_not_found", param: "model" }],
    ["no messages", { messages: [] }, { status: 400, param: "messages" }],
    [
      "an unknown role",
      { messages: [{ role: "judge", content: "" }] },
      { status: 400, param: "messages.0.role" },
    ],
    ["an image", { messages: [{ role: "user", content: [{ type: "image_url" }] }] }, { status: 400 }],
    ["too long", { messages: user("x".repeat(1100)) }, { status: 400, code: "context_length_exceeded" }],
    ["too many new tokens", { max_tokens: 1024 }, { status: 400, code: "context_length_exceeded" }],
    ["a temperature", { temperature: 3 }, { status: 400, param: "temperature" }],
    ["a count", { n: 0 }, { status: 400, param: "n" }],
    ["more answers than rows", { n: 5 }, { status: 400, param: "n" }],
    ["more answers than may wait", { n: 9 }, { status: 400, param: "n" }],
    [
      "a schema that cannot be promised",
      {
        response_format: {
          type: "json_schema",
          json_schema: { name: "x", schema: { pattern: "a", type: "string" } },
        },
      },
      { status: 400, code: "invalid_schema" },
    ],
    [
      "a tool that is not there",
      { tool_choice: { type: "function", function: { name: "f" } } },
      { status: 400 },
    ],
  ])("name what is wrong: %s", async (_, more, expected) => {
    await expect(ask(more)).rejects.toMatchObject(expected);
  });

  it("come before a stream begins", async () => {
    await expect(ask({ stream: true, max_tokens: 9999 })).rejects.toMatchObject({ status: 400 });
  });

  it("are told of keys, pages of other sites, bodies and paths", async () => {
    await expect(clientOf(url, "wrong").models.list()).rejects.toMatchObject({
      status: 401,
      code: "invalid_api_key",
    });
    expect(await clientOf(url, "other-key").models.list()).toBeDefined();
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const foreign = await post("/v1/completions", {}, { origin: "http://evil.test" });
    expect(foreign.status).toBe(403);
    expect((await post("/v1/completions", "{")).status).toBe(400);
    expect((await post("/v1/completions", "x".repeat(5_000_000))).status).toBe(413);
    expect((await post("/v1/none", {})).status).toBe(404);
    await expect(client.embeddings.create({ model: "tiny", input: "x" })).rejects.toMatchObject({
      status: 400,
    });
  });

  it("say when there is too much to do, and all is well afterwards", async () => {
    const many = Array.from({ length: 14 }, () =>
      client.completions.create({ ...GREEDY, prompt: "busy", max_tokens: 300, ...ON_AND_ON }),
    );
    const results = await Promise.allSettled(many);
    const refused = results.filter((one) => one.status === "rejected");
    expect(results.filter((one) => one.status === "fulfilled")).toHaveLength(8);
    expect(refused).toHaveLength(6);
    for (const { reason } of refused as { reason: InstanceType<typeof OpenAI.APIError> }[]) {
      expect(reason).toMatchObject({ status: 429, code: "queue_full" });
      expect(reason.headers!.get("retry-after")).toBe("1");
    }
    expect(await greedy("x")).toHaveLength((await greedy("x")).length);
  });
});

describe("a client that leaves", () => {
  const endless = { ...GREEDY, prompt: "long", max_tokens: 480, ...ON_AND_ON };
  const idle = async (): Promise<boolean> =>
    (await metric("answers_running")) === 0 && (await metric("answers_asked")) === 0;

  it("ends what it asked for: a stream", async () => {
    const before = await metric("generations_cancelled_total");
    const stream = await client.completions.create({ ...endless, stream: true });
    for await (const _ of stream) break;
    await until(idle);
    expect(await metric("generations_cancelled_total")).toBe(before + 1);
  });

  it("ends what it asked for: an answer as a whole, also one that waits", async () => {
    const before = await metric("generations_cancelled_total");
    const abort = new AbortController();
    const asked = Array.from({ length: 6 }, () =>
      client.completions.create(endless, { signal: abort.signal }).catch((error: unknown) => error),
    );
    await until(async () => (await metric("answers_running")) > 0);
    abort.abort();
    await Promise.all(asked);
    await until(idle);
    expect(await metric("generations_cancelled_total")).toBe(before + 6);
  });
});

it("made at least 40 calls with the official client", () => expect(calls).toBeGreaterThanOrEqual(40));
