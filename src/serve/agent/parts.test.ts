import { describe, expect, it } from "vitest";
import { parseGreenRequest, shardOf } from "../green/request.ts";
import { replyOf } from "../green/participant.ts";
import { dataPart, textPart } from "./events.ts";
import { askedFor } from "./intake.ts";
import { readKeys } from "./keys.ts";
import { checkWebhook, isPublicAddress } from "./webhook-guard.ts";

describe("addresses that may be called", () => {
  it.each(["8.8.8.8", "1.1.1.1", "2606:4700::1111"])("%s", (address) =>
    expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "no address",
  ])("not %s", (address) => expect(isPublicAddress(address)).toBe(false));

  const names: Record<string, string[]> = {
    "good.example": ["93.184.216.34"],
    "inner.example": ["10.0.0.5"],
    "mixed.example": ["93.184.216.34", "127.0.0.1"],
    "gone.example": [],
  };
  const rules = {
    allowPrivate: false,
    resolve: async (host: string) => (names[host] ?? []).map((address) => ({ address })),
  };

  it("connects to the address that was checked", async () => {
    const webhook = await checkWebhook("https://good.example/hook", rules);
    expect(webhook).toMatchObject({ address: "93.184.216.34", family: 4 });
  });

  it.each([
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://[::1]/",
    "http://[::ffff:7f00:1]/",
    "http://inner.example/",
    "http://mixed.example/",
    "http://gone.example/",
    "http://user:secret@good.example/",
    "file:///etc/passwd",
    "ftp://good.example/",
    "hook",
    "",
  ])("refuses %s", async (url) => expect(checkWebhook(url, rules)).rejects.toThrow(/^url: /));

  it("takes a name that cannot be resolved yet only where it is checked again", async () =>
    expect(await checkWebhook("http://gone.example/", { ...rules, mayBeUnknown: true })).toBeUndefined());
});

describe("what a client asks for", () => {
  const asked = (...parts: Parameters<typeof askedFor>[0]) => askedFor(parts, {});

  it.each([
    [[dataPart({ skill: "triage", request: "x" })], "triage"],
    [[textPart("classify: an advisory")], "classify"],
    [[textPart("Look:\n```python\neval(x)\n```")], "analyze"],
    [[textPart('{"scenario": "library"}')], "patch"],
    [[dataPart({ request: "a" }), dataPart({ response: "b" })], "triage"],
    [[dataPart({ observation: {} })], "play"],
    [[textPart("hello")], undefined],
  ] as const)("%j", (parts, skill) => expect(asked(...parts).skill).toBe(skill));

  it("reads files, fences and later answers", () => {
    const file = {
      ...textPart(""),
      filename: "a.py",
      content: { $case: "raw", value: Buffer.from("x") },
    } as const;
    expect(asked(file).input).toMatchObject({ files: { "a.py": "x" } });
    expect(asked(textPart("```js\nlet a;\n```")).input).toMatchObject({ code: "let a;\n", language: "js" });
    expect(asked(textPart("hello"), dataPart({ skill: "analyze", code: "y" }))).toMatchObject({
      skill: "analyze",
    });
  });

  it.each([
    [dataPart({ skill: "fly" }), "skill: expected one of analyze, patch"],
    [dataPart({ skill: 7 }), "skill: expected one of"],
    [dataPart([1]), "parts: data: expected a JSON object"],
    [{ ...textPart(""), content: { $case: "url", value: "http://x" } } as const, "nothing is fetched"],
    [{ ...textPart(""), content: { $case: "raw", value: Buffer.from([255]) } } as const, "expected UTF-8"],
  ])("refuses %j", (part, message) => expect(() => asked(part)).toThrow(message));
});

describe("keys", () => {
  const keys = readKeys("# team\nalice 0123456789abcdef\nbob fedcba9876543210\n", "keys.txt");

  it("are taken from either header and belong to names", () => {
    expect(keys.nameOf({ authorization: "Bearer 0123456789abcdef" })).toBe("alice");
    expect(keys.nameOf({ "x-api-key": "fedcba9876543210" })).toBe("bob");
    expect(keys.nameOf({ authorization: "Bearer 0123456789abcdeF" })).toBeUndefined();
    expect(keys.nameOf({})).toBeUndefined();
  });

  it.each(["alice", "alice short", "", "a b c"])("refuses the file %j", (text) =>
    expect(() => readKeys(text, "keys.txt")).toThrow(/^keys\.txt:/),
  );
});

describe("the request of an assessment", () => {
  const participants = { agent: "http://127.0.0.1:9009" };
  const parse = (request: object) => parseGreenRequest(JSON.stringify(request));

  it("fills in what is left out, and its shards are a partition", () => {
    expect(parse({ participants }).config).toMatchObject({
      scenarios: "hand-written",
      count: 20,
      num_shards: 1,
    });
    const all = Array.from({ length: 20 }, (_, index) => index);
    const shards = [0, 1, 2].map((shard_index) =>
      shardOf(all, parse({ participants, config: { shard_index, num_shards: 3, num_instances: 3 } }).config),
    );
    expect(shards.flat().toSorted((a, b) => a - b)).toEqual(all);
  });

  it.each([
    [{}, "participants"],
    [{ participants: {} }, "participants.agent"],
    [{ participants: { agent: "file:///x" } }, "participants.agent: expected an http"],
    [{ participants: { ...participants, judge: "http://x" } }, "judge"],
    [{ participants, config: { counts: 1 } }, "counts"],
    [{ participants, config: { count: 0 } }, "config.count"],
    [{ participants, config: { shard_index: 2, num_shards: 2 } }, "config.shard_index: expected less"],
  ])("refuses %j", (request, key) => expect(() => parse(request)).toThrow(key));

  it("refuses what is no JSON", () => expect(() => parseGreenRequest("go on")).toThrow(/expected JSON/));
});

describe("an answer of a participant", () => {
  it.each([
    ["a data part", [dataPart({ action: "terminate" })], { action: "terminate" }],
    ["below a key", [dataPart({ action: { action: "terminate" }, by: "x" })], { action: "terminate" }],
    ["a fence in a text", [textPart('Here:\n```json\n{"command": "id"}\n```')], { command: "id" }],
    ["the first that is one", [textPart("thinking"), dataPart({ patch: {} })], { patch: {} }],
    ["nothing", [textPart("I refuse."), dataPart({ x: 1 })], undefined],
  ] as const)("%s", (_, parts, action) => expect(replyOf(parts).action).toEqual(action));
});
