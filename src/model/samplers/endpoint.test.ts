/** Endpoints that answer, stutter, lie and hang, on a port of this machine. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readAll } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { createEmbeddingSampler } from "./embeddings.ts";
import { createEndpointSampler, type EndpointOptions } from "./endpoint.ts";

const SAMPLING = { temperature: 0.5, topP: 0.9, maxTokens: 7 };
const ANSWER = {
  choices: [{ message: { role: "assistant", content: "print(1)" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 11, completion_tokens: 3 },
};

type Reply = (response: ServerResponse, request: IncomingMessage) => void;
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(status, headers);
    response.end(typeof value === "string" ? value : JSON.stringify(value));
  };

/** Replies in turn, the last one again and again. */
async function endpoint(replies: readonly Reply[], options: Partial<EndpointOptions> = {}) {
  const asked: { path: string; body: Record<string, unknown>; key: string | undefined; at: number }[] = [];
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const reply = replies[Math.min(asked.length, replies.length - 1)]!;
      asked.push({
        path: request.url!,
        body: JSON.parse(body) as Record<string, unknown>,
        key: request.headers.authorization,
        at: performance.now(),
      });
      reply(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
  const sampler = createEndpointSampler({ name: "m", url, model: "tiny", backoffMs: 5, ...options });
  const ask = (prompt = "p", seed = 1, signal?: AbortSignal) =>
    sampler.complete({ prompt, seed }, SAMPLING, signal);
  return { asked, ask, sampler, url };
}

describe("an endpoint that works", () => {
  it("is asked as the protocol has it, and its answer is read", async () => {
    const { asked, ask } = await endpoint([json(ANSWER)], {
      apiKey: "k",
      system: "s",
      template: "<{prompt}|{prompt}>",
    });
    expect(await ask("a $& b", 5)).toMatchObject({
      text: "print(1)",
      finished: true,
      promptTokens: 11,
      completionTokens: 3,
    });
    expect(asked).toMatchObject([
      {
        path: "/v1/chat/completions",
        key: "Bearer k",
        body: {
          model: "tiny",
          messages: [
            { role: "system", content: "s" },
            { role: "user", content: "<a $& b|a $& b>" },
          ],
          temperature: 0.5,
          top_p: 0.9,
          max_tokens: 7,
          seed: 5,
        },
      },
    ]);
  });

  it("may complete plain text, be cut off, and count no tokens", async () => {
    const { asked, ask } = await endpoint([json({ choices: [{ text: "x", finish_reason: "length" }] })], {
      api: "completions",
    });
    expect(await ask()).toMatchObject({ text: "x", finished: false, promptTokens: null });
    expect(asked[0]).toMatchObject({ path: "/v1/completions", body: { prompt: "p" }, key: undefined });
  });

  it("may say nothing: that is an empty completion", async () => {
    const { ask } = await endpoint([json({ choices: [{ message: { content: null } }] })]);
    expect(await ask()).toMatchObject({ text: "", finished: true });
  });

  it("is asked no faster than it allows", async () => {
    const { asked, ask } = await endpoint([json(ANSWER)], { perMinute: 600 });
    await Promise.all([ask(), ask(), ask(), ask()]);
    const gaps = asked.slice(1).map(({ at }, index) => at - asked[index]!.at);
    // Timers may fire a little early, and arrival is not departure.
    for (const gap of gaps) expect(gap).toBeGreaterThan(60);
  });
});

describe("an endpoint that stutters is asked again", () => {
  it.each([
    ["too many requests", json("slow down", 429, { "retry-after": "0" })],
    ["an error of its own", json("oops", 503)],
    ["what is not JSON", json("<html>busy</html>")],
    ["JSON of another shape", json({ error: "?" })],
    ["no choices", json({ choices: [] })],
    ["a number for a text", json({ choices: [{ message: { content: 4 } }] })],
    ["a connection that breaks", ((response) => void response.destroy()) as Reply],
    [
      "an answer that breaks off",
      ((response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("{");
        setTimeout(() => response.destroy(), 5);
      }) as Reply,
    ],
  ])("%s", async (_, reply) => {
    const { asked, ask } = await endpoint([reply, json(ANSWER)]);
    expect(await ask()).toMatchObject({ text: "print(1)" });
    expect(asked).toHaveLength(2);
  });

  it("and what Retry-After asks for holds for every request", async () => {
    const { asked, ask } = await endpoint([json("", 429, { "retry-after": "0.2" }), json(ANSWER)]);
    const first = ask();
    await expect.poll(() => asked.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([first, ask()]);
    expect(asked).toHaveLength(3);
    for (const { at } of asked.slice(1)) expect(at - asked[0]!.at).toBeGreaterThan(150);
  });
});

describe("an endpoint that does not work", () => {
  it.each([
    ["refuses the key", json("bad\n key\u0007", 401), 1, "m: HTTP 401: bad key"],
    ["knows no such model", json("", 404), 1, "m: HTTP 404: nothing"],
    ["fails each time", json("x", 500), 3, "m: HTTP 500: x, after 3 tries"],
    ["always answers garbage", json("{"), 3, "m: answered what is not JSON: {, after 3 tries"],
  ])("%s", async (_, reply, tries, message) => {
    const { asked, ask } = await endpoint([reply], { tries: 3 });
    await expect(ask()).rejects.toMatchObject({ code: "infra-error", boundary: "provider", message });
    expect(asked).toHaveLength(tries);
  });

  it.each([
    ["never answers", (() => {}) as Reply],
    [
      "never ends its answer",
      ((response) => {
        response.writeHead(200);
        response.write("{");
      }) as Reply,
    ],
  ])("%s", async (_, reply) => {
    const { asked, ask } = await endpoint([reply], { tries: 2, timeoutMs: 500 });
    await expect(ask()).rejects.toThrow("m: no answer within 0.5 s, after 2 tries");
    expect(asked).toHaveLength(2);
  });

  it("is not there", async () => {
    const sampler = createEndpointSampler({
      name: "m",
      url: "http://127.0.0.1:9/v1",
      model: "x",
      tries: 2,
      backoffMs: 5,
    });
    await expect(sampler.complete({ prompt: "p", seed: 1 }, SAMPLING)).rejects.toThrow(
      /m: cannot be reached: .*, after 2 tries/,
    );
  });
});

it("embeddings are one vector for one text", async () => {
  const { asked, url } = await endpoint([
    json({ data: [{ embedding: [0.5, -1] }], usage: { prompt_tokens: 4 } }),
    json({ data: [{ embedding: [] }] }),
  ]);
  const sampler = createEmbeddingSampler({ name: "e", url, model: "small", apiKey: "k", tries: 1 });
  expect(await sampler.complete({ prompt: "a b", seed: 1 }, SAMPLING)).toMatchObject({
    text: "[0.5,-1]",
    promptTokens: 4,
    completionTokens: 0,
  });
  expect(asked[0]).toMatchObject({
    path: "/v1/embeddings",
    body: { model: "small", input: "a b", encoding_format: "float" },
    key: "Bearer k",
  });
  await expect(sampler.complete({ prompt: "c", seed: 1 }, SAMPLING)).rejects.toThrow(
    "e: answered without data.0.embedding",
  );
});

it("stops waiting when it is told to", async () => {
  const stop = new AbortController();
  const { asked, ask } = await endpoint([() => {}]);
  const answer = ask("p", 1, stop.signal);
  await expect.poll(() => asked.length).toBe(1);
  stop.abort();
  await expect(answer).rejects.toMatchObject({ name: "AbortError" });
});
