/** The agent as clients meet it: the official client in both versions and bindings, restarts, webhooks, keys, bad input. */
import { createServer, type Server } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AgentCard,
  Role,
  TaskState,
  verifyAgentCardSignature,
  type Message,
  type Part,
  type Task,
} from "@a2a-js/sdk";
import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from "@a2a-js/sdk/client";
import { createPublicKey } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSkillTools, type OpenTools } from "../../cli/agent.ts";
import { greenScenarios } from "../../cli/green-scenarios.ts";
import { sized } from "../../testing/whole.ts";
import { openVerifier } from "../../verify/index.ts";
import { GREEN_SKILLS, greenWork } from "../green/index.ts";
import { dataPart, textPart } from "./events.ts";
import {
  callSkills,
  createAgentServer,
  createExecutor,
  openCardKey,
  readKeys,
  simpleRoutes,
  skillWork,
  SKILLS,
  type AgentServerOptions,
  type Work,
} from "./index.ts";

const away = mkdtempSync(join(tmpdir(), "ironbark-agent-"));
let tools: OpenTools;
const servers: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  tools = await openSkillTools({ analyzers: "bandit,javascript" });
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await tools.close();
  rmSync(away, { recursive: true, force: true });
});

let folders = 0;
const CARD = { name: "Ironbark", description: "under test", version: "1.0.0", skills: SKILLS };

async function serve(
  over: Partial<AgentServerOptions> = {},
): Promise<{ url: string; close: () => Promise<void> }> {
  const call = callSkills(tools);
  const server = createAgentServer({
    card: CARD,
    executor: createExecutor(skillWork(call)),
    folder: join(away, `tasks-${folders++}`),
    push: { allowPrivate: true },
    more: simpleRoutes(call, { ...CARD, model: "analyzers", weaknesses: ["xss"] }),
    ...over,
  });
  servers.push(server);
  const { url } = await server.listen(0);
  return { url, close: () => server.close() };
}

type Version = "1.0" | "0.3";
type Binding = "JSONRPC" | "HTTP+JSON";

/** The official client, made to use one version and binding of those on the card. */
async function clientOf(url: string, version: Version = "1.0", binding: Binding = "JSONRPC") {
  const legacyCompat = { enabled: true };
  const factory = new ClientFactory({
    transports: [new JsonRpcTransportFactory({ legacyCompat }), new RestTransportFactory({ legacyCompat })],
    cardResolver: new DefaultAgentCardResolver({ legacyCompat }),
  });
  const response = await fetch(`${url}/.well-known/agent-card.json`, { headers: { "A2A-Version": "1.0" } });
  const card = AgentCard.fromJSON(await response.json());
  const supportedInterfaces = card.supportedInterfaces.filter(
    (one) => one.protocolVersion === version && one.protocolBinding === binding,
  );
  expect(supportedInterfaces).toHaveLength(1);
  return factory.createFromAgentCard({ ...card, supportedInterfaces });
}

let messages = 0;
const message = (parts: Part[], over: Partial<Message> = {}): Message => ({
  messageId: `m${++messages}`,
  contextId: "",
  taskId: "",
  role: Role.ROLE_USER,
  parts,
  metadata: undefined,
  extensions: [],
  referenceTaskIds: [],
  ...over,
});
const request = (parts: Part[], over?: Partial<Message>) => ({
  tenant: "",
  message: message(parts, over),
  configuration: undefined,
  metadata: undefined,
});
const ask = (data: object) => request([dataPart(data)]);
const asTask = (answer: Message | Task): Task => {
  expect(answer).toHaveProperty("status");
  return answer as Task;
};
const dataOf = ({ artifacts }: Task): Record<string, unknown> =>
  artifacts
    .flatMap(({ parts }) => parts)
    .flatMap(({ content }) => (content?.$case === "data" ? [content.value] : []))[0];
const textOf = ({ status }: Task): string => {
  const content = status?.message?.parts[0]?.content;
  return content?.$case === "text" ? content.value : "";
};

/** A family whose first scenario a checklist fixes. */
const EASY = "sql-module-fstring";
const VULNERABLE = 'import yaml\nimport sys\nprint(yaml.load(sys.stdin.read(), Loader=yaml.Loader)["a"])\n';
const PATCH_TASK = { skill: "patch", code: VULNERABLE, tests: [{ input: "a: 5\n", output: "5\n" }] };

describe("the official client", () => {
  let url: string;
  beforeAll(async () => void ({ url } = await serve()));

  it.each([
    ["1.0", "JSONRPC"],
    ["1.0", "HTTP+JSON"],
    ["0.3", "JSONRPC"],
    ["0.3", "HTTP+JSON"],
  ] as const)(
    "completes a patch task over %s %s, streams it and reads it again",
    async (version, binding) => {
      const client = await clientOf(url, version, binding);
      const task = asTask(await client.sendMessage(ask({ skill: "patch", scenario: EASY })));
      expect(task.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
      expect(dataOf(task)).toMatchObject({ verification: { kind: "scenario", verified: true } });
      const seen: string[] = [];
      for await (const { payload } of client.sendMessageStream(
        ask({ skill: "analyze", code: "eval(input())" }),
      ))
        seen.push(payload!.$case);
      expect(seen[0]).toBe("task");
      expect(seen).toContain("artifactUpdate");
      expect(seen.at(-1)).toBe("statusUpdate");
      const again = await client.getTask({ tenant: "", id: task.id });
      expect(dataOf(again)).toEqual(dataOf(task));
    },
  );

  it("has a patch proven by tests run in the sandbox, and refuses one that breaks them", async () => {
    const client = await clientOf(url);
    const verified = async (patch: object): Promise<unknown> => {
      const task = asTask(await client.sendMessage(ask({ ...PATCH_TASK, patch })));
      return (dataOf(task)["verification"] as { outcome: string }).outcome;
    };
    expect(await verified({ "code.py": "print(5)\n" })).toBe("fixed");
    expect(await verified({ "code.py": "print(6)\n" })).toBe("broken");
    expect(await verified({ "code.py": "print(\n" })).toBe("syntax-error");
  });

  it("is asked for what is missing, and goes on with the same task", async () => {
    const client = await clientOf(url);
    const first = asTask(await client.sendMessage(request([textPart("hello")])));
    expect(first.status?.state).toBe(TaskState.TASK_STATE_INPUT_REQUIRED);
    const more = { taskId: first.id, contextId: first.contextId };
    const second = asTask(await client.sendMessage(request([dataPart({ skill: "analyze" })], more)));
    expect(second.status?.state).toBe(TaskState.TASK_STATE_INPUT_REQUIRED);
    const third = asTask(await client.sendMessage(request([dataPart({ code: "eval(input())" })], more)));
    expect(third.id).toBe(first.id);
    expect(third.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
    await expect(client.sendMessage(request([textPart("and now?")], more))).rejects.toThrow(/terminal state/);
  });

  it("lists tasks in pages", async () => {
    const client = await clientOf(url);
    for (let i = 0; i < 3; i++) await client.sendMessage(request([textPart("x")], { contextId: "pages" }));
    const list = (pageToken: string) =>
      client.listTasks({
        tenant: "",
        contextId: "pages",
        status: TaskState.TASK_STATE_UNSPECIFIED,
        pageSize: 2,
        pageToken,
        statusTimestampAfter: undefined,
      });
    const first = await list("");
    const second = await list(first.nextPageToken);
    expect([first.tasks.length, second.tasks.length, first.totalSize]).toEqual([2, 1, 3]);
    expect(new Set([...first.tasks, ...second.tasks].map(({ id }) => id)).size).toBe(3);
    await expect(list("nonsense")).rejects.toThrow(/pageToken/);
  });

  it.each([
    [{ skill: "fly" }, TaskState.TASK_STATE_REJECTED, "skill: expected one of"],
    [{ skill: "analyze", files: { "/etc/x.py": "" } }, TaskState.TASK_STATE_REJECTED, "must be relative"],
    [{ skill: "triage", request: "x", response: "y" }, TaskState.TASK_STATE_REJECTED, "request: expected"],
    [{ skill: "patch", scenario: "../secrets" }, TaskState.TASK_STATE_REJECTED, "scenario: no scenario"],
    [{ skill: "patch", code: "x", patch: { "code.py": 7 } }, TaskState.TASK_STATE_REJECTED, "patch"],
    [{ skill: "classify", text: "x".repeat(200_000) }, TaskState.TASK_STATE_REJECTED, "text"],
  ])("is told what is wrong with %j", async (data, state, says) => {
    const client = await clientOf(url);
    const task = asTask(await client.sendMessage(ask(data)));
    expect(task.status?.state).toBe(state);
    expect(textOf(task)).toContain(says);
  });
});

/** Works until it is told to stop. */
const endless: Work = (_, { signal, say }) =>
  new Promise((_resolve, reject) => {
    say("working");
    signal.addEventListener("abort", () => reject(new Error("stopped")));
  });

const returnImmediately = (parts: Part[]) => ({
  ...request(parts),
  configuration: { acceptedOutputModes: [], taskPushNotificationConfig: undefined, returnImmediately: true },
});

describe("long tasks", () => {
  it("are canceled, also while they wait for their turn or for input", async () => {
    const { url } = await serve({ executor: createExecutor(endless, { parallel: 1 }) });
    const client = await clientOf(url);
    const [first, second] = [
      asTask(await client.sendMessage(returnImmediately([textPart("a")]))),
      asTask(await client.sendMessage(returnImmediately([textPart("b")]))),
    ];
    for (const { id } of [second, first]) {
      const canceled = await client.cancelTask({ tenant: "", id, metadata: undefined });
      expect(canceled.status?.state).toBe(TaskState.TASK_STATE_CANCELED);
    }
    const after = await client.getTask({ tenant: "", id: first.id });
    expect(after.status?.state).toBe(TaskState.TASK_STATE_CANCELED);
    const asking = await clientOf((await serve()).url);
    const waiting = asTask(await asking.sendMessage(request([textPart("hello")])));
    const stopped = await asking.cancelTask({ tenant: "", id: waiting.id, metadata: undefined });
    expect(stopped.status?.state).toBe(TaskState.TASK_STATE_CANCELED);
  });

  it("survive a restart: finished ones are there, waiting ones go on, interrupted ones have failed", async () => {
    const folder = join(away, "kept");
    const before = await serve({ folder });
    const client = await clientOf(before.url);
    const done = asTask(await client.sendMessage(ask({ skill: "analyze", code: "eval(input())" })));
    const open = asTask(await client.sendMessage(request([textPart("hello")])));
    await before.close();
    const busy = await serve({ folder, executor: createExecutor(endless) });
    const cut = asTask(await (await clientOf(busy.url)).sendMessage(returnImmediately([textPart("a")])));
    await busy.close();

    const after = await clientOf((await serve({ folder })).url);
    const get = (id: string) => after.getTask({ tenant: "", id });
    expect(dataOf(await get(done.id))).toEqual(dataOf(done));
    expect((await get(cut.id)).status?.state).toBe(TaskState.TASK_STATE_FAILED);
    const more = { taskId: open.id, contextId: open.contextId };
    const ended = asTask(await after.sendMessage(request([textPart("classify: SQL injection")], more)));
    expect(ended.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
  });
});

describe("push notifications", () => {
  const received: { headers: Record<string, unknown>; body: string }[] = [];
  let failures = 1;
  let hook: Server;
  let hookUrl: string;
  beforeAll(async () => {
    hook = createServer((incoming, response) => {
      let body = "";
      incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
      incoming.on("end", () => {
        // The first delivery of each test is lost on purpose.
        if (failures-- > 0) return response.writeHead(503).end();
        if (incoming.url === "/moved") return response.writeHead(302, { location: "/elsewhere" }).end();
        received.push({ headers: incoming.headers, body });
        response.end();
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
    hookUrl = `http://127.0.0.1:${(hook.address() as AddressInfo).port}`;
  });
  afterAll(() => hook.close());

  const withHook = (url: string) => ({
    ...ask({ skill: "analyze", code: "eval(input())" }),
    configuration: {
      acceptedOutputModes: [],
      returnImmediately: false,
      taskPushNotificationConfig: {
        tenant: "",
        id: "",
        taskId: "",
        url,
        token: "token-1",
        authentication: { scheme: "Bearer", credentials: "secret" },
      },
    },
  });

  it.each(["1.0", "0.3"] as const)(
    "reach a webhook in order, with its credentials, over %s",
    async (version) => {
      received.length = 0;
      failures = 1;
      const { url } = await serve({ push: { allowPrivate: true, backoffMs: 10 } });
      await (await clientOf(url, version)).sendMessage(withHook(`${hookUrl}/hook`));
      await expect.poll(() => received.at(-1)?.body, { timeout: 5000 }).toMatch(/completed/i);
      expect(received[0]!.headers).toMatchObject({ authorization: "Bearer secret" });
      expect(received.map(({ body }) => /"state":"([^"]+)"/.exec(body)?.[1]).filter(Boolean)[0]).toMatch(
        /submitted/i,
      );
    },
  );

  it("go to no private address and follow no redirect", async () => {
    received.length = 0;
    failures = 0;
    const reasons: string[] = [];
    const guarded = await serve({ push: { allowPrivate: false } });
    for (const address of [`${hookUrl}/hook`, "http://169.254.169.254/latest/meta-data", "http://[::1]:80/"])
      await expect((await clientOf(guarded.url)).sendMessage(withHook(address))).rejects.toThrow(
        /public address/,
      );
    const moved = await serve({ push: { allowPrivate: true, onFailure: (why) => reasons.push(why) } });
    await (await clientOf(moved.url)).sendMessage(withHook(`${hookUrl}/moved`));
    await expect.poll(() => reasons, { timeout: 5000 }).toContain("the webhook answered 302");
    expect(received).toEqual([]);
  });
});

describe("who may ask", () => {
  it("needs a key where there are keys, and sees no task of anybody else", async () => {
    const keys = readKeys("alice 0123456789abcdef\nbob fedcba9876543210\n", "keys.txt");
    const { url } = await serve({ keys });
    const send = (headers: Record<string, string>, method: string, params: object) =>
      fetch(`${url}/`, {
        method: "POST",
        headers: { "content-type": "application/json", "A2A-Version": "1.0", ...headers },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      });
    const hello = { message: { messageId: "k1", role: "ROLE_USER", parts: [{ text: "hello" }] } };
    const refused = await send({}, "SendMessage", hello);
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    for (const path of ["/rest/tasks", "/capabilities"])
      expect((await fetch(`${url}${path}`)).status).toBe(401);
    const alice = { authorization: "Bearer 0123456789abcdef" };
    const { result } = (await (await send(alice, "SendMessage", hello)).json()) as {
      result: { task: { id: string } };
    };
    const { id } = result.task;
    const mine = (await (await send(alice, "GetTask", { id })).json()) as object;
    expect(mine).toHaveProperty("result.id", id);
    const foreign = (await (
      await send({ "x-api-key": "fedcba9876543210" }, "GetTask", { id })
    ).json()) as object;
    expect(foreign).toHaveProperty("error.code", -32001);
    const card = (await (await fetch(`${url}/.well-known/agent-card.json`)).json()) as object;
    expect(Object.keys((card as { securitySchemes: object }).securitySchemes)).toEqual(["bearer", "apiKey"]);
  });

  it("can check the card's signature, and a changed card fails it", async () => {
    const cardKey = openCardKey(join(away, "card.pem"));
    const { url } = await serve({ cardKey, publicUrl: "https://agent.example.org/" });
    const fetched = await fetch(`${url}/.well-known/agent.json`, { headers: { "A2A-Version": "1.0" } });
    const card = AgentCard.fromJSON(await fetched.json());
    expect(card.supportedInterfaces[0]!.url).toBe("https://agent.example.org/");
    const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as {
      keys: { kid: string }[];
    };
    const verify = verifyAgentCardSignature(async (kid) =>
      createPublicKey({ key: keys.find((key) => key.kid === kid)! as never, format: "jwk" }),
    );
    await verify(card);
    await expect(verify({ ...card, name: "Somebody else" })).rejects.toThrow();
    expect(keys[0]).not.toHaveProperty("d");
  });
});

describe("what is sent badly", () => {
  let url: string;
  beforeAll(async () => void ({ url } = await serve({ maxBytes: 10_000 })));
  const post = async (body: string, headers: Record<string, string> = {}, path = "/") => {
    const sent = { "content-type": "application/json", "A2A-Version": "1.0", ...headers };
    const response = await fetch(`${url}${path}`, { method: "POST", headers: sent, body });
    return { status: response.status, json: (await response.json()) as { error: { code: number } } };
  };
  const rpc = (method: unknown, params: unknown = {}): string =>
    JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });

  it.each([
    ["broken JSON", '{"jsonrpc": "2.0"', {}, -32700],
    ["an unknown method", rpc("Fly"), {}, -32601],
    ["no method", JSON.stringify({ jsonrpc: "2.0", id: 1 }), {}, -32600],
    ["another protocol", JSON.stringify({ id: 1, method: "SendMessage" }), {}, -32600],
    ["a number", "7", {}, -32600],
    ["a message without parts", rpc("SendMessage", { message: {} }), {}, -32602],
    ["no task", rpc("GetTask", { id: "none" }), {}, -32001],
    ["a wrong version", rpc("SendMessage"), { "A2A-Version": "9.9" }, -32009],
    ["another type", "x", { "content-type": "text/plain" }, -32005],
    ["too much", rpc("SendMessage", { x: "y".repeat(20_000) }), {}, -32600],
    ["too deep", rpc("SendMessage", JSON.parse(`${"[".repeat(2000)}${"]".repeat(2000)}`)), {}, -32600],
    ["an unknown method of 0.3", rpc("tasks/fly"), { "A2A-Version": "0.3" }, -32601],
  ])("%s is answered with its code", async (_, body, headers, code) =>
    expect((await post(body, headers)).json.error.code).toBe(code),
  );

  it("is answered over HTTP+JSON with its status", async () => {
    expect((await post("{", {}, "/rest/message:send")).status).toBe(400);
    expect((await post("y".repeat(20_000), {}, "/rest/message:send")).status).toBe(413);
    expect((await fetch(`${url}/rest/tasks/none`, { headers: { "A2A-Version": "1.0" } })).status).toBe(404);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  });

  it("from a page of another site is refused", async () => {
    const response = await fetch(`${url}/`, { method: "POST", headers: { origin: "http://evil.example" } });
    expect(response.status).toBe(403);
  });
});

describe("the plain interface", () => {
  it("answers VulnHunter's clients", async () => {
    const { url } = await serve();
    const post = async (path: string, body: object): Promise<[number, Record<string, unknown>]> => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
      return [response.status, (await response.json()) as Record<string, unknown>];
    };
    const [status, said] = await post("/agent/task", {
      type: "analyze",
      code: "eval(input())",
      message: null,
    });
    expect([status, said["status"], said["model"]]).toEqual([200, "success", "analyzers"]);
    expect(said["analysis"]).toContain("CWE-94");
    const direct = await fetch(`${url}/analyze?code=${encodeURIComponent("eval(input())")}`, {
      method: "POST",
    });
    expect(((await direct.json()) as { analysis: string }).analysis).toBe(said["analysis"]);
    expect(await post("/agent/task", { type: "fly" })).toEqual([
      400,
      { status: "error", error: "Unknown task type: fly" },
    ]);
    expect((await post("/agent/task", { type: "analyze" }))[0]).toBe(400);
    const capabilities = (await (await fetch(`${url}/capabilities`)).json()) as {
      skills: { name: string }[];
    };
    expect(capabilities.skills.map(({ name }) => name)).toEqual(["analyze", "patch", "classify", "triage"]);
    expect((await post("/agent/task", { type: "capabilities" }))[1]).toEqual(capabilities);
  });
});

describe("an assessment", () => {
  const total = sized(6, 20);
  let green: string;
  const verifier = openVerifier();
  afterAll(() => verifier.close());
  beforeAll(async () => {
    const work = greenWork({ verifier, pool: verifier.pool, version: "1.0.0", scenarios: greenScenarios });
    ({ url: green } = await serve({
      card: { ...CARD, skills: GREEN_SKILLS },
      executor: createExecutor(work),
    }));
  });
  const assess = async (agent: string, config: object) => {
    const client = await clientOf(green);
    const text = JSON.stringify({ participants: { agent }, config });
    return asTask(await client.sendMessage(request([textPart(text)])));
  };

  it(`plays ${total} scenarios with our own agent, in shards that add up`, async () => {
    const { url } = await serve();
    const episodes: { scenario: string; reward: number | null; blocked: boolean }[] = [];
    for (const shard_index of [0, 1]) {
      const task = await assess(url, { scenarios: "train", count: total, shard_index, num_shards: 2 });
      expect(task.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
      episodes.push(...(dataOf(task)["episodes"] as typeof episodes));
    }
    expect(new Set(episodes.map(({ scenario }) => scenario)).size).toBe(total);
    expect(episodes.every(({ reward }) => reward !== null)).toBe(true);
  });

  it("sees the checklist win where a checklist can", async () => {
    const { url } = await serve();
    const data = dataOf(await assess(url, { scenarios: [EASY], count: 1 }));
    expect(data).toMatchObject({
      n: 1,
      noSignal: 0,
      metrics: { blocked: 1 },
      intervals: { blocked: [expect.any(Number), 1] },
    });
  });

  it("calls an agent that is not there no signal, and one that talks nonsense a loser", async () => {
    const gone = await assess("http://127.0.0.1:9", { count: 1 });
    expect(gone.status?.state).toBe(TaskState.TASK_STATE_FAILED);
    expect(textOf(gone)).toContain("no agent card");
    const nonsense: Work = async () => ({ state: "completed", text: "no action here" });
    const { url } = await serve({ executor: createExecutor(nonsense) });
    const data = dataOf(await assess(url, { scenarios: [EASY], count: 1, max_steps: 2 }));
    expect(data["episodes"]).toMatchObject([{ ended: "steps", reward: expect.any(Number), blocked: false }]);
  });

  it("rejects a request that it cannot play", async () => {
    const task = await assess("http://127.0.0.1:9", { scenarios: ["/etc"] });
    expect(task.status?.state).toBe(TaskState.TASK_STATE_REJECTED);
    expect(textOf(task)).toContain("config.scenarios");
  });
});
