/** Functions of a scenario's script, really played: what they are given, how they end, and what they cannot reach. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { InfraError, type Request, type Scenario } from "../core/index.ts";
import { AppFault, createAppPool, type AppInstance, type HttpReply } from "../sandbox/index.ts";
import { tinyScenario } from "../testing/scenario.ts";
import { eraseTypes } from "../util/erase-types.ts";
import { projectRoot } from "../util/root.ts";
import { openScripts } from "./scripts.ts";
import { runCheck } from "./steps.ts";

const pool = createAppPool({ workers: 1, limits: { requestMs: 1_500 } });
afterAll(() => pool.close());

const host = createServer((_, response) => response.end("the host's"));
await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
afterAll(() => host.close());
const { port } = host.address() as AddressInfo;

const SCRIPT = await eraseTypes(`
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
type Context = { request(asked: unknown): Promise<{ status: number; body: string; ms: number }>; expect<T>(held: T, what: string): T };

export async function talks({ request, expect }: Context): Promise<void> {
  const first = await request("/count");
  const second = await request({ method: "POST", path: "/count", json: { after: first.body } });
  expect(second.body === first.body + "!", "an answer to the answer");
  expect(second.ms > 0 && createHash("md5").update("").digest("hex").length === 32, "time and modules of Node.js");
}
export async function isDisappointed({ request, expect }: Context): Promise<void> {
  expect((await request("/count")).body === "never", "something else");
}
export async function stumbles({ request }: Context): Promise<void> {
  JSON.parse((await request("/count")).body.repeat(2) + "}");
}
export async function atOnce({ request, expect }: Context): Promise<void> {
  const all = await Promise.all(["/a", "/b", "/c"].map((path) => request(path)));
  expect(all.map(({ status }) => status).join() === "200,200,200", "three answers");
}
export async function neverAsksAgain({ request }: Context): Promise<void> {
  await request("/count");
  for (;;) await undefined;
}
export async function asksForEver({ request }: Context): Promise<void> {
  for (;;) await request("/count");
}
export async function asksNonsense({ request }: Context): Promise<void> {
  await request({ path: "no slash" });
}
export async function reachesTheHost({ expect }: Context): Promise<void> {
  expect(await fetch("http://127.0.0.1:${port}/").then(() => true, () => false), "the host's network");
}
export async function readsTheHost({ expect }: Context): Promise<void> {
  expect(readFileSync(${JSON.stringify(join(projectRoot(), "package.json"))}, "utf8") !== "", "the host's files");
}
export function leavesSomething({ expect }: Context): void {
  let before = "";
  try { before = readFileSync("/tmp/left", "utf8"); } catch {}
  writeFileSync("/tmp/left", "here");
  expect(before === "here", "what was left");
}
export async function keepsCookies({ request, expect }: Context): Promise<void> {
  await request("/set");
  expect((await request("/cookie")).body === "seen=1", "the cookie");
}
`);

const scenario: Scenario = { ...tinyScenario(), script: SCRIPT };

/** An application without a process: counts, and repeats the cookies that it is sent. */
function fake() {
  const asked: Request[] = [];
  const answer = ({ path, json, headers }: Request): string => {
    if (path === "/cookie") return headers["Cookie"] ?? "";
    return json === undefined ? "7" : `${(json as { after: string }).after}!`;
  };
  const request = async (sent: Request): Promise<HttpReply> => {
    asked.push(sent);
    const cookies = sent.path === "/set" ? ["seen=1; Path=/"] : [];
    return { status: 200, headers: {}, cookies, body: answer(sent), ms: 2 };
  };
  return { asked, app: { request } as AppInstance };
}

async function play(script: string) {
  const scripts = openScripts(pool, scenario);
  const { app, asked } = fake();
  try {
    return { ...(await runCheck(app, { name: script, steps: [], script }, scripts)), asked };
  } finally {
    await scripts.close();
  }
}

it("asks, is answered, and has succeeded when it returns", async () => {
  const { passed, asked, evidence } = await play("talks");
  expect(passed).toBe(true);
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /count", "POST /count"]);
  expect(evidence).toMatchObject({ name: "talks", request: "POST /count", status: 200, passed: true });
});

it.each([
  ["isDisappointed", "expected something else"],
  ["stumbles", "SyntaxError"],
])("%s: has not succeeded when it throws", async (script, why) => {
  const { passed, fault, evidence } = await play(script);
  expect({ passed, fault }).toEqual({ passed: false });
  expect(evidence.detail).toContain(why);
});

it.each(["atOnce", "keepsCookies"])("%s", async (script) => expect((await play(script)).passed).toBe(true));

it("counts against the application when it does not end", async () => {
  const { passed, fault } = await play("neverAsksAgain");
  expect(passed).toBe(false);
  expect(fault).toBeInstanceOf(AppFault);
  expect(fault?.kind).toBe("timeout");
});

it("asks no more than it may", async () => {
  const { passed, evidence } = await play("asksForEver");
  expect(passed).toBe(false);
  expect(evidence.detail).toContain("1500 requests");
});

it("is at fault itself when it asks for what is no request", async () => {
  await expect(play("asksNonsense")).rejects.toThrow(InfraError);
});

it.each(["reachesTheHost", "readsTheHost"])("%s: does not", async (script) => {
  expect((await play(script)).passed).toBe(false);
});

it("leaves nothing to the next verification", async () => {
  expect((await play("leavesSomething")).passed).toBe(false);
  expect((await play("leavesSomething")).passed).toBe(false);
});

it("does not wait for the place of the application that it is about", async () => {
  const files = { "app.py": "from flask import Flask\napp = Flask(__name__)\n" };
  const app = await pool.start({ entry: "app.py", files });
  try {
    expect((await play("talks")).passed).toBe(true);
  } finally {
    await app.stop();
  }
});
