/** Sessions beside one another: idle, slow, large and many; and what production mode leaves out. */
import { describe, expect, it } from "vitest";
import { echoServing, post, rpcOver, until } from "./fixtures/echo.ts";

const { serve, connect, sessions } = echoServing();

it("production offers no control over HTTP", async () => {
  const url = await serve({ mode: "production" });
  for (const path of ["/reset", "/step"]) expect((await post(url + path, {})).status).toBe(404);
  expect((await fetch(`${url}/state`)).status).toBe(404);
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object };
  expect(Object.keys(paths)).not.toContain("/reset");
  expect(Object.keys(paths)).toContain("/mcp");
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(await connect(url).ask({ type: "reset" })).toMatchObject({ type: "observation" });
});

describe("idle sessions", () => {
  it("end after the time that was given, with a last word", async () => {
    const url = await serve({ sessionTimeoutMs: 1500 });
    const client = connect(url);
    await client.ask({ type: "reset" });
    await rpcOver(url)("openenv/session/create");
    expect(sessions()).toBe(2);
    expect(await client.next()).toMatchObject({ type: "error", data: { code: "SESSION_ERROR" } });
    expect(await client.next()).toEqual({ closed: 1000 });
    await until(() => sessions() === 0);
  });

  it("are not those in the middle of a step", async () => {
    const client = connect(await serve({ sessionTimeoutMs: 1500 }));
    expect(await client.ask({ type: "step", data: { message: "slow", wait_s: 2.2 } })).toMatchObject({
      type: "observation",
    });
  });
});

it("answers others and keep-alives while one session's step takes long", async () => {
  const url = await serve({ pingIntervalMs: 10 });
  const slow = connect(url);
  await slow.opened();
  let pongs = 0;
  slow.socket.on("pong", () => pongs++);
  const stepping = slow.ask({ type: "step", data: { message: "slow", wait_s: 30 } });
  for (let i = 0; i < 5; i++) {
    slow.socket.ping();
    await until(() => pongs > i);
  }
  expect(await connect(url).ask({ type: "reset" })).toMatchObject({ type: "observation" });
  slow.socket.terminate();
  await until(() => sessions() === 1);
  expect(await Promise.race([stepping, Promise.resolve("unanswered")])).not.toMatchObject({
    type: "observation",
  });
});

it("carries twenty megabytes to the client", async () => {
  const client = connect(await serve());
  const reply = await client.ask({ type: "step", data: { message: "big", pad: 20_000_000 } });
  expect((reply as { data: { observation: { padding: string } } }).data.observation.padding.length).toBe(2e7);
});

it("sixty-four sessions at once are as one after another", async () => {
  const url = await serve();
  const episode = async (seed: number): Promise<unknown[]> => {
    const client = connect(url);
    const replies = [await client.ask({ type: "reset", data: { seed, episode_id: `e${seed}` } })];
    for (let i = 0; i <= seed % 7; i++)
      replies.push(await client.ask({ type: "step", data: { message: `m${i}` } }));
    replies.push(await client.ask({ type: "state" }));
    client.socket.close();
    return replies;
  };
  const seeds = Array.from({ length: 64 }, (_, seed) => seed);
  const together = await Promise.all(seeds.map(episode));
  const alone = [];
  for (const seed of seeds) alone.push(await episode(seed));
  expect(together).toEqual(alone);
  expect(new Set(together.map((replies) => JSON.stringify(replies[0]))).size).toBe(64);
});
