/** The commands that serve agents, as processes: started, asked, killed, started again; and their wrong uses. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, it } from "vitest";
import { projectRoot } from "../util/root.ts";
import { ironbark } from "./fixtures/ironbark.ts";

const away = mkdtempSync(join(tmpdir(), "ironbark-agent-cli-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(away, { recursive: true, force: true });
});

/** What the command prints first, as JSON. */
async function start(...args: string[]): Promise<{ child: ChildProcess; said: { url: string } }> {
  const child = spawn(join(projectRoot(), "bin/ironbark"), [...args, "--json", "--quiet"], {
    cwd: away,
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
  return { child, said: JSON.parse(line) as { url: string } };
}

async function rpc(
  url: string,
  method: string,
  params: object,
): Promise<Record<string, Record<string, unknown>>> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "A2A-Version": "1.0" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  return ((await response.json()) as { result: Record<string, Record<string, unknown>> }).result;
}

describe("agent serve", () => {
  it("keeps its tasks when it is killed, and ends well when it is asked to", async () => {
    const first = await start("agent", "serve", "--port", "0");
    const data = { skill: "analyze", code: "eval(input())" };
    const { task } = await rpc(first.said.url, "SendMessage", {
      message: { messageId: "1", role: "ROLE_USER", parts: [{ data }] },
    });
    expect(task!["status"]).toMatchObject({ state: "TASK_STATE_COMPLETED" });
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    const second = await start("agent", "serve", "--port", "0");
    expect(await rpc(second.said.url, "GetTask", { id: task!["id"] })).toEqual(task);
    second.child.kill("SIGINT");
    expect(await once(second.child, "exit")).toEqual([0, null]);
  });
});

describe("agent green", () => {
  it("assesses agent serve, as a runner would have it", async () => {
    const green = await start(
      "agent",
      "green",
      "--port",
      "0",
      "--host",
      "127.0.0.1",
      "--card-url",
      "http://green:9009",
    );
    const card = await (await fetch(`${green.said.url}/.well-known/agent-card.json`)).json();
    expect(card).toMatchObject({ url: "http://green:9009/", skills: [{ id: "assess" }] });
    const purple = await start("agent", "serve", "--port", "0", "--tasks", join(away, "purple"));
    const config = { scenarios: ["sql-module-fstring"], count: 1, shard_index: 0, num_shards: 1 };
    const text = JSON.stringify({ participants: { agent: purple.said.url }, config });
    const { task } = await rpc(green.said.url, "SendMessage", {
      message: { messageId: "1", role: "ROLE_USER", parts: [{ text }] },
    });
    expect(JSON.stringify(task!["artifacts"])).toContain('"blocked":1');
  });

  it("has container files whose commands exist", async () => {
    const folder = join(projectRoot(), "containers/green-agent");
    const [, entry] = /^ENTRYPOINT (.+)$/m.exec(readFileSync(join(folder, "Dockerfile"), "utf8"))!;
    const [, ...words] = JSON.parse(entry!) as string[];
    const help = await ironbark([...words, "--help"]);
    for (const flag of ["--host", "--port", "--card-url"]) expect(help.out).toContain(flag);
    for (const file of ["run.sh", "amber-manifest.json5", "scenario.toml"])
      expect(readFileSync(join(folder, file), "utf8")).toContain(words.join(" "));
  });
});

describe("wrong use", () => {
  writeFileSync(join(away, "short.txt"), "me short\n");
  writeFileSync(join(away, "no.pem"), "no key");
  const tasks = ["--tasks", join(away, "wrong")];
  it.each([
    [["agent", "serve", "--port", "x"], "--port: expected a whole number"],
    [["agent", "serve", "--keys", "gone.txt"], "--keys gone.txt: cannot be read"],
    [["agent", "serve", "--keys", join(away, "short.txt"), ...tasks], "short.txt:1: expected NAME and a KEY"],
    [["agent", "serve", "--sign-key", join(away, "no.pem"), ...tasks], "no.pem: expected a private key"],
    [["agent", "serve", "--card-url", "here", ...tasks], "--card-url here: expected an http"],
    [["agent", "serve", "--endpoint", "http://x/v1", ...tasks], "--endpoint and --endpoint-model"],
    [["agent", "serve", "--model", "gone", ...tasks], "--model gone: no such folder"],
    [["agent", "green", "--scenarios", "x"], "unknown option --scenarios"],
    [["mcp", "--root", "gone"], "--root gone: no such folder"],
    [["mcp", "--keys", "keys.txt"], "--keys: expected --http"],
  ])("%j is one line", async (argv, says) => {
    const { code, err } = await ironbark(argv);
    expect([code, err.trim().split("\n")[0]]).toEqual([2, expect.stringContaining(says)]);
  });
});
