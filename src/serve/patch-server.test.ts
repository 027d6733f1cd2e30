/** The patch environment over the wire: a whole episode, and that nothing of the oracle travels. */
import { afterEach, expect, it } from "vitest";
import { WebSocket } from "ws";
import { scenarioList } from "../envs/patch/index.ts";
import { fakePool, fakeVerdict, fakeVerifier, TINY_LINE, tinyScenario } from "../testing/index.ts";
import { createEnvServer, type EnvServer } from "./env-server.ts";
import { patchServerOptions } from "./patch-server.ts";

const scenario = tinyScenario();
let server: EnvServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve() {
  const pool = fakePool({ onExec: (command) => ({ stdout: `ran ${command}` }) });
  const verifier = fakeVerifier((files) =>
    fakeVerdict(files["app.py"]!.includes("(name,)") ? "blocked" : "exploitable"),
  );
  server = createEnvServer(patchServerOptions({ source: scenarioList([scenario]), verifier, pool }));
  return { url: (await server.listen(0)).url, pool };
}

async function session(url: string) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
  await new Promise((resolve) => socket.once("open", resolve));
  const ask = (message: unknown) =>
    new Promise<{ type: string; data: Record<string, unknown> }>((resolve) => {
      socket.once("message", (data) => resolve(JSON.parse(String(data))));
      socket.send(typeof message === "string" ? message : JSON.stringify(message));
    });
  return { socket, ask, step: (data: unknown) => ask({ type: "step", data }) };
}

it("plays the best episode and shows only what an agent may see", async () => {
  const { url, pool } = await serve();
  const { ask, step, socket } = await session(url);
  const frames = [
    await ask({ type: "reset", data: { seed: 1, episode_id: "e1" } }),
    await step({ action: "read_file", path: "labels.py", metadata: {} }),
    await step({ action: "command", command: "id" }),
    await step({ action: "identify_vuln", type: "sql_injection", file: "app.py", line: TINY_LINE }),
    await step({ action: "patch", patch: scenario.reference }),
  ];
  expect(frames.map((frame) => [frame.data["reward"], frame.data["done"]])).toEqual([
    [0, false],
    [0, false],
    [0, false],
    [0.3, false],
    [1.2, true],
  ]);
  for (const frame of frames) expect(Object.keys(frame.data)).toEqual(["observation", "reward", "done"]);
  expect(JSON.stringify(frames)).not.toMatch(/variant|hidden|canary|benign|excerpt/);
  expect(await ask({ type: "state" })).toMatchObject({
    type: "state",
    data: { episode_id: "e1", step_count: 4, total_reward: 1.5, done: true },
  });
  expect(pool.running).toBe(0);
  socket.close();
});

it("an agent's mistakes are errors that cost nothing and leave the session as it was", async () => {
  const { url } = await serve();
  const { ask, step, socket } = await session(url);
  await ask({ type: "reset", data: { seed: 1 } });
  const bad = [
    { action: "reward_me" },
    { action: "command", command: "x".repeat(10_000) },
    { action: "patch", patch: { "app.py": "#".repeat(10_000_000) } },
    { action: "identify_vuln", type: "xss", file: "app.py", line: -1 },
  ];
  for (const action of bad)
    expect(await step(action)).toMatchObject({ type: "error", data: { code: "VALIDATION_ERROR" } });
  const proto = '{"type":"step","data":{"action":"patch","patch":{"__proto__":"x","labels.py":"y"}}}';
  expect(await ask(proto)).toMatchObject({ type: "error", data: { code: "VALIDATION_ERROR" } });
  expect(await ask({ type: "reset", data: { scenario_id: "gone" } })).toMatchObject({
    type: "error",
    data: { code: "EXECUTION_ERROR", message: 'reset: scenario_id: no scenario "gone"' },
  });
  expect(await ask({ type: "state" })).toMatchObject({ data: { step_count: 0, total_reward: 0 } });
  expect(await step({ command: "id" })).toMatchObject({ data: { observation: { stdout: "ran id" } } });
  socket.close();
});

it("a client that goes leaves no application running", async () => {
  const { url, pool } = await serve();
  const { step, socket } = await session(url);
  await step({ action: "command", command: "id" });
  expect(pool.running).toBe(1);
  socket.terminate();
  while (server!.sessions > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(pool.running).toBe(0);
});

it("the same seed and actions give the same bytes", async () => {
  const { url } = await serve();
  const play = async () => {
    const { ask, step, socket } = await session(url);
    const frames = [
      await ask({ type: "reset", data: { seed: 9 } }),
      await step({ action: "read_file", path: "static/about.txt" }),
      await step({ action: "patch", patch: { "labels.py": "# x\n" } }),
      await step({ action: "terminate" }),
    ];
    socket.close();
    return JSON.stringify(frames);
  };
  expect(await play()).toBe(await play());
});

it("stateless step: resets first", async () => {
  const { url } = await serve();
  const response = await fetch(`${url}/step`, {
    method: "POST",
    body: JSON.stringify({ action: { action: "read_file", path: "labels.py" } }),
  });
  expect(await response.json()).toMatchObject({
    observation: { stdout: "TITLE = 'shop'\n", result: "ok" },
    reward: 0,
    done: false,
  });
});
