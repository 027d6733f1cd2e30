/** Foreign trainers on our server: TRL's GRPOTrainer, Gymnasium and verifiers, through the wrappers in python/. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { scenarioList } from "../../src/envs/patch/index.ts";
import { createEnvServer, patchServerOptions, type EnvServer } from "../../src/serve/index.ts";
import {
  EchoEnvironment,
  fakeVerdict,
  fakeVerifier,
  TINY_LINE,
  tinyScenario,
} from "../../src/testing/index.ts";
import { projectRoot } from "../../src/util/root.ts";
import { echoServer, NO_TRAINERS, openenvPython } from "./servers.ts";

const python = openenvPython("trl", "gymnasium", "verifiers");
const run = promisify(execFile);
const servers: EnvServer[] = [];

afterEach(async () => {
  for (const server of servers) {
    while (server.sessions > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.close();
  }
  servers.length = 0;
  expect(EchoEnvironment.open).toBe(0);
});

async function serve(server: EnvServer): Promise<string> {
  servers.push(server);
  return (await server.listen(0)).url;
}

/** The small scenario; its patches run but block nothing. */
const patchServer = (): EnvServer =>
  createEnvServer(
    patchServerOptions({
      source: scenarioList([tinyScenario()]),
      verifier: fakeVerifier(() => fakeVerdict("exploitable")),
    }),
  );

async function script(name: string, args: readonly string[]): Promise<unknown[]> {
  const path = join(projectRoot(), "test/openenv", name);
  const { stdout } = await run(python!, [path, ...args], { maxBuffer: 2 ** 24 });
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as unknown);
}

const call = (name: string, args: object) => ({ name, arguments: args });

describe.skipIf(python === undefined)(`trainers${python === undefined ? ` (${NO_TRAINERS})` : ""}`, () => {
  it("TRL trains two steps with forced tool calls, and its reward column is the environment's", async () => {
    const calls = [
      call("identify_vuln", { type: "sql_injection", file: "app.py", line: TINY_LINE }),
      call("identify_vuln", { type: "xss", file: "app.py", line: 2 }),
      call("read_file", { path: "app.py" }),
      call("patch", { patch: { "labels.py": "TITLE = 'x'\n" } }),
    ];
    const [seen] = await script("trl_checks.py", [await serve(patchServer()), JSON.stringify(calls)]);
    const { rewards, totals, logged, changed, tools } = seen as Record<string, number[]>;
    const step = [0.3, -0.1, 0, 0.2];
    expect(rewards!.map((reward, i) => [reward, totals![i]])).toEqual(
      [...step, ...step].map((reward) => [reward, reward]),
    );
    expect(logged!.map((mean) => Number(mean.toFixed(6)))).toEqual([0.1, 0.1]);
    expect(changed).toBe(true);
    expect(tools).toEqual(["command", "identify_vuln", "patch", "read_file", "terminate"]);
  });

  it.each([
    ["Gymnasium", "gymnasium_checks.py", 4],
    ["verifiers", "verifiers_checks.py", 5],
  ])("%s plays through its wrapper", async (_name, file, checks) => {
    const results = (await script(file, [await serve(echoServer()), await serve(patchServer())])) as {
      ok: boolean;
    }[];
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(results.length).toBe(checks);
  });
});
