import { spawnSync } from "node:child_process";
/** The action `command` in the real sandbox: tools work, and nothing a command does harms the episode or the host. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadScenario } from "../../data/index.ts";
import { createAppPool } from "../../sandbox/index.ts";
import type { Scenario } from "../../core/scenario.ts";
import { fakeVerdict, fakeVerifier } from "../../testing/index.ts";
import { projectRoot } from "../../util/root.ts";
import { createPatchEnvironment, type PatchEnvironment } from "./environment.ts";
import { scenarioList } from "./source.ts";

const COMMAND_MS = 3000;
const pool = createAppPool({ workers: 1, limits: { commandMs: COMMAND_MS } });
let scenario: Scenario;

beforeAll(async () => {
  scenario = await loadScenario(join(projectRoot(), "scenarios", "library"));
});
afterAll(() => pool.close());

function make(): PatchEnvironment {
  const verifier = fakeVerifier(() => fakeVerdict("exploitable"));
  return createPatchEnvironment({ source: scenarioList([scenario]), verifier, pool, maxSteps: 40 });
}

async function run(env: PatchEnvironment, command: string) {
  const step = await env.step({ action: "command", command });
  expect(step.reward).toBe(0);
  return step.observation;
}

const curl = "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8000/";

describe("command", () => {
  it("curl works against the running application", async () => {
    const env = make();
    await env.reset({ seed: 1 });
    expect(await run(env, curl)).toMatchObject({ stdout: "200", exit_code: 0 });
    expect(await run(env, "exit 7")).toMatchObject({ exit_code: 7, result: "ok" });
    expect(await run(env, "echo out; echo err >&2")).toMatchObject({ stdout: "out\n", stderr: "err\n" });
    await env.close();
  });

  const sqlmap = spawnSync("sqlmap", ["--version"]).status === 0;
  it.skipIf(!sqlmap)(
    `sqlmap starts beside the application${sqlmap ? "" : " (skipped: sqlmap is not installed)"}`,
    async () => {
      const env = make();
      await env.reset({ seed: 1 });
      expect((await run(env, "sqlmap --version")).exit_code).toBe(0);
      await env.close();
    },
  );

  it("meets the patched application after a patch, and never changes the working copy", async () => {
    const env = make();
    await env.reset({ seed: 1 });
    await run(env, "echo '# changed by a command' >> /app/app.py");
    const { observation } = await env.step({ action: "read_file", path: "app.py" });
    expect(observation.stdout).toBe(scenario.files["app.py"]);
    await env.step({ action: "patch", patch: { "app.py": `${scenario.files["app.py"]}# by a patch\n` } });
    expect((await run(env, "tail -n 1 /app/app.py")).stdout).toBe("# by a patch\n");
    await env.close();
  });

  it("reaches neither the host nor the network nor the oracle", async () => {
    const env = make();
    await env.reset({ seed: 1 });
    const here = join(projectRoot(), "package.json");
    expect((await run(env, `cat ${here}`)).exit_code).not.toBe(0);
    expect((await run(env, "cat /etc/shadow /root/.bashrc")).exit_code).not.toBe(0);
    expect((await run(env, "curl -s -m 2 http://192.0.2.1/")).exit_code).not.toBe(0);
    const mark = `/tmp/ironbark-mark-${process.pid}`;
    await run(env, `touch ${mark}`);
    expect(existsSync(mark)).toBe(false);
    const found = await run(env, "grep -rlE 'variants|UNION SELECT' /app /srv /tmp /run 2>/dev/null | head");
    expect(found.stdout).toBe("");
    await env.close();
  });

  it.each([
    ["sleeps", "sleep 600"],
    ["prints without end", "yes"],
    ["fills the disk", "head -c 1G /dev/zero > /tmp/fill; head -c 1G /dev/zero > /app/fill"],
    ["fills the memory", "python3 -c 'x = []\nwhile True: x.append(bytes(10**7))'"],
    ["forks without end", "f() { f | f & }; f; sleep 600"],
    ["kills everything", "kill -9 -1"],
    ["kills its parent", "kill -9 $PPID"],
    ["leaves a process behind", "nohup sleep 600 > /dev/null 2>&1 & echo left"],
    ["prints binary data", "head -c 4000 /dev/urandom"],
  ])("a command that %s is bounded and the episode goes on", async (_name, command) => {
    const env = make();
    await env.reset({ seed: 1 });
    const observation = await run(env, command);
    expect(observation.stdout.length).toBeLessThan(9000);
    expect(observation.stdout).not.toMatch(/\0/);
    expect(env.state()).toMatchObject({ infra: null, total_reward: 0 });
    // A patch gives the agent a fresh application whatever state the old one is in.
    await env.step({ action: "patch", patch: { "app.py": `${scenario.files["app.py"]}\n` } });
    expect(await run(env, curl)).toMatchObject({ stdout: "200" });
    await env.close();
  });
});
