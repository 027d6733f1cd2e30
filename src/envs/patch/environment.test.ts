/** Each action, the state after it, and how an episode begins and ends. */
import { describe, expect, it } from "vitest";
import type { ResetOptions } from "../../core/environment.ts";
import { InfraError, InputError, PrerequisiteError } from "../../core/errors.ts";
import type { Files } from "../../core/patch.ts";
import type { Verdict } from "../../core/verdict.ts";
import {
  fakePool,
  fakeVerdict,
  fakeVerifier,
  TINY_LINE,
  tinyFix,
  tinyScenario,
} from "../../testing/index.ts";
import { createPatchEnvironment, type PatchEnvironmentOptions } from "./environment.ts";
import { scenarioList } from "./source.ts";

const scenario = tinyScenario();
const ORIGINAL = scenario.files["app.py"]!;

/** Blocked when the query has a parameter, a syntax error with "def def", not running with exit(), else exploitable. */
function judge(files: Files): Verdict {
  const text = files["app.py"]!;
  if (text.includes("def def")) return fakeVerdict("syntax-error");
  if (text.includes("exit()")) return fakeVerdict("broken");
  return fakeVerdict(text.includes("(name,)") ? "blocked" : "exploitable");
}

function make(over: Partial<PatchEnvironmentOptions> = {}) {
  const verifier = fakeVerifier(judge);
  const pool = fakePool({ onExec: (command) => ({ stdout: `ran ${command}` }) });
  const env = createPatchEnvironment({ source: scenarioList([scenario]), verifier, pool, ...over });
  return { env, verifier, pool };
}

const comment = (text: string) => ({ "labels.py": `TITLE = 'shop'\n# ${text}\n` });
const patch = (change: object) => ({ action: "patch", patch: change });
const guess = (line: number, type = "sql_injection", file = "app.py") => ({
  action: "identify_vuln",
  type,
  file,
  line,
});

describe("reset", () => {
  it("shows numbered sources, a task and nothing of the oracle", async () => {
    const { env, pool } = make();
    const { observation, reward, done } = await env.reset({ seed: 7, episode_id: "e1" });
    expect({ reward, done, result: observation.result }).toEqual({ reward: 0, done: false, result: "ok" });
    expect(observation.source_code).toContain("=== app.py ===");
    expect(observation.source_code).toContain(`${TINY_LINE}|     rows = db.execute(`);
    expect(observation.current_task).toContain("http://127.0.0.1:8000");
    expect(observation.hints).toEqual([]);
    expect(observation.stdout).toBe("files: app.py, labels.py\nnot to be patched: static/about.txt, shop.db");
    expect(JSON.stringify(observation)).not.toMatch(/sql_injection|CWE-89|canary|UNION|tiny/);
    expect(env.state()).toEqual({
      episode_id: "e1",
      step_count: 0,
      scenario_id: "tiny",
      seed: 7,
      identified: false,
      patched: [],
      blocked: false,
      total_reward: 0,
      components: { identify: 0, runs: 0, block: 0, syntax: 0 },
      infra: null,
      done: false,
    });
    expect(pool.started).toEqual([]);
  });

  it("gives hints on request only", async () => {
    const { env } = make();
    const { observation } = await env.reset({ hints: true });
    expect(observation.hints).toEqual(["CWE-89 (SQL Injection, type sql_injection) in app.py"]);
  });

  it("chooses by id, by index, by seed", async () => {
    const source = scenarioList(["a", "b", "c"].map((id) => tinyScenario({ id })));
    const { env } = make({ source });
    const pick = async (options: object) => {
      await env.reset({ ...options });
      return env.state().scenario_id;
    };
    expect(await pick({ scenario_id: "b", index: 0, seed: 0 })).toBe("b");
    expect(await pick({ index: 2, seed: 0 })).toBe("c");
    expect(await pick({ seed: 4 })).toBe("b");
    expect(await pick({ seed: 5, index: null, unknown: 1 })).toBe("c");
  });

  it("repeats with the seed that the state shows", async () => {
    const source = scenarioList(Array.from({ length: 50 }, (_, i) => tinyScenario({ id: `s${i}` })));
    const { env } = make({ source });
    await env.reset();
    const { seed, scenario_id } = env.state();
    await env.reset({ seed: seed! });
    expect(env.state().scenario_id).toBe(scenario_id);
  });

  it.each([
    [{ seed: -1 }, /seed/],
    [{ seed: "abc" }, /seed/],
    [{ seed: 1.5 }, /seed/],
    [{ episode_id: "" }, /episode_id/],
    [{ scenario_id: "nope" }, /no scenario "nope"/],
    [{ scenario_id: "__proto__" }, /no scenario/],
    [{ index: 1 }, /index: 1 is not below 1/],
    [{ hints: "yes" }, /hints/],
  ])("refuses %j and keeps the episode under way", async (options, message) => {
    const { env } = make();
    await env.reset({ seed: 1 });
    await env.step(guess(TINY_LINE));
    await expect(env.reset(options as ResetOptions)).rejects.toThrow(InputError);
    await expect(env.reset(options as ResetOptions)).rejects.toThrow(message);
    expect(env.state()).toMatchObject({ step_count: 1, identified: true });
  });

  it("forgets the episode before it", async () => {
    const { env, pool } = make();
    await env.reset();
    await env.step(patch(comment("x")));
    await env.step({ action: "command", command: "id" });
    await env.reset();
    expect(env.state()).toMatchObject({ step_count: 0, patched: [], total_reward: 0 });
    expect(pool.running).toBe(0);
  });
});

describe("actions", () => {
  it("state works before reset, and a step resets first", async () => {
    const { env } = make();
    expect(env.state()).toMatchObject({ episode_id: null, step_count: 0, scenario_id: null });
    const { observation } = await env.step({ action: "read_file", path: "labels.py" });
    expect(observation.stdout).toBe("TITLE = 'shop'\n");
    expect(env.state()).toMatchObject({ step_count: 1, scenario_id: "tiny" });
  });

  it("the best episode earns 1.5", async () => {
    const { env } = make();
    await env.reset();
    const named = await env.step(guess(TINY_LINE));
    expect(named).toMatchObject({ reward: 0.3, done: false, observation: { result: "correct" } });
    const fixed = await env.step(patch(scenario.reference));
    expect(fixed).toMatchObject({
      reward: 1.2,
      done: true,
      components: { identify: 0, runs: 0.2, block: 1, syntax: 0 },
      observation: { result: "blocked", ended: "blocked", verdict: { outcome: "blocked", kept: true } },
    });
    expect(fixed.verdict?.outcome).toBe("blocked");
    expect(env.state()).toMatchObject({ total_reward: 1.5, patched: ["app.py"], blocked: true, done: true });
  });

  it.each([
    ["another line", guess(1), -0.1],
    ["another type", guess(TINY_LINE, "xss"), -0.1],
    ["another file", guess(TINY_LINE, "sql_injection", "labels.py"), -0.1],
    ["a made-up type", guess(TINY_LINE, "UNKNOWN"), -0.1],
    ["the CWE", guess(TINY_LINE, "CWE-89"), 0.3],
    ["the title", guess(TINY_LINE, "SQL Injection"), 0.3],
  ])("identify_vuln: %s", async (_name, action, reward) => {
    const { env } = make();
    await env.reset();
    const step = await env.step(action);
    expect(step.reward).toBe(reward);
    expect(step.observation.result).toBe(reward > 0 ? "correct" : "wrong");
  });

  it("patches add up; one that does not run is rolled back", async () => {
    const { env, verifier } = make();
    await env.reset();
    const first = await env.step(patch(comment("one")));
    expect(first).toMatchObject({
      reward: 0.2,
      observation: { result: "exploitable", verdict: { kept: true } },
    });
    const second = await env.step(patch(tinyFix("exit()")));
    expect(second).toMatchObject({ reward: 0, observation: { result: "broken", verdict: { kept: false } } });
    expect(second.observation.stderr).toContain("rolled back");
    const third = await env.step(patch({ "labels.py": "def def" }));
    expect(third.observation.result).toBe("exploitable");
    const shown = await env.step({ action: "read_file", path: "app.py" });
    expect(shown.observation.stdout).toBe(ORIGINAL);
    // What was verified were always the whole candidate files.
    expect(verifier.seen.map((files) => files["labels.py"])).toEqual([
      comment("one")["labels.py"],
      comment("one")["labels.py"],
      "def def",
    ]);
    expect(env.state().patched).toEqual(["labels.py"]);
  });

  it("a syntax error costs 0.2 each time", async () => {
    const { env } = make();
    await env.reset();
    const bad = patch(tinyFix("def def"));
    expect(await env.step(bad)).toMatchObject({ reward: -0.2, observation: { result: "syntax-error" } });
    expect(await env.step(bad)).toMatchObject({ reward: -0.2 });
    expect(env.state()).toMatchObject({ total_reward: -0.4, patched: [] });
  });

  it("command: starts the application once, and anew after a patch that is kept", async () => {
    const { env, pool } = make();
    await env.reset();
    expect(await env.step({ action: "command", command: "id" })).toMatchObject({
      reward: 0,
      observation: { stdout: "ran id", exit_code: 0 },
    });
    await env.step({ action: "command", command: "ls" });
    expect(pool.started.length).toBe(1);
    await env.step(patch(tinyFix("exit()")));
    await env.step({ action: "command", command: "ls" });
    expect(pool.started.length).toBe(1);
    await env.step(patch(comment("new")));
    await env.step({ action: "command", command: "ls" });
    expect(pool.started.map((source) => source.files["labels.py"])).toEqual([
      "TITLE = 'shop'\n",
      comment("new")["labels.py"],
    ]);
    expect(pool.running).toBe(1);
    await env.close();
    expect(pool.running).toBe(0);
  });

  it("read_file: assets are filled as the running application has them, and repeat with the seed", async () => {
    const { env, pool } = make();
    const read = async (seed: number) => {
      await env.reset({ seed });
      const { observation } = await env.step({ action: "read_file", path: "static/about.txt" });
      return observation.stdout;
    };
    const text = await read(3);
    expect(text).toMatch(/^Opened in [0-9a-f]{24}\.\n$/);
    await env.step({ action: "command", command: "id" });
    expect(pool.started[0]!.assets!["static/about.txt"]).toBe(text);
    expect(JSON.stringify(pool.started[0])).not.toContain("{{");
    expect(await read(4)).not.toBe(text);
    expect(await read(3)).toBe(text);
  });

  it("terminate ends the episode, later steps change nothing", async () => {
    const { env, pool } = make();
    await env.reset();
    await env.step({ action: "command", command: "id" });
    expect(await env.step({ action: "terminate" })).toMatchObject({
      reward: 0,
      done: true,
      observation: { ended: "terminated" },
    });
    expect(pool.running).toBe(0);
    const late = await env.step(guess(TINY_LINE));
    expect(late).toMatchObject({ reward: 0, done: true, observation: { result: "rejected" } });
    expect(env.state()).toMatchObject({ step_count: 2, identified: false, total_reward: 0 });
  });

  it("ends after 15 steps, counting refused ones", async () => {
    const { env } = make();
    await env.reset();
    const done: boolean[] = [];
    for (let i = 0; i < 15; i++) {
      const action = i % 2 === 0 ? "rubbish" : { action: "read_file", path: "app.py" };
      done.push((await env.step(action)).done);
    }
    expect(done.indexOf(true)).toBe(14);
    expect((await env.step({ action: "terminate" })).observation).toMatchObject({
      ended: "steps",
      steps_left: 0,
    });
    expect(env.state().step_count).toBe(15);
  });

  it("a patch on the last step may still win", async () => {
    const { env } = make({ maxSteps: 2 });
    await env.reset();
    await env.step(guess(TINY_LINE));
    expect(await env.step(patch(scenario.reference))).toMatchObject({
      reward: 1.2,
      observation: { ended: "blocked" },
    });
  });

  it("several weaknesses: naming one pays once, and only blocking all ends the episode", async () => {
    const [weakness] = scenario.weaknesses;
    const two = tinyScenario({
      weaknesses: [weakness!, { ...weakness!, id: "other", type: "xss", cwe: "CWE-79" }],
    });
    const verifier = fakeVerifier((files) =>
      files["labels.py"]!.includes("both")
        ? judge(files)
        : fakeVerdict("exploitable", { blocked: ["search"] }),
    );
    const { env } = make({ source: scenarioList([two]), verifier });
    await env.reset();
    expect((await env.step(guess(TINY_LINE, "xss"))).reward).toBe(0.3);
    const again = await env.step(guess(TINY_LINE));
    expect(again).toMatchObject({ reward: 0, observation: { result: "ok" } });
    const half = await env.step(patch(scenario.reference));
    expect(half).toMatchObject({ reward: 0.2, done: false, observation: { result: "exploitable" } });
    expect(await env.step(patch(comment("both")))).toMatchObject({ reward: 1, done: true });
  });

  it("two calls at once are refused, not raced", async () => {
    const { env } = make();
    await env.reset();
    const first = env.step(patch(comment("one")));
    await expect(env.step(patch(comment("two")))).rejects.toThrow(InputError);
    expect((await first).reward).toBe(0.2);
    expect(env.state().step_count).toBe(1);
  });

  it("thousands of episodes at once start nothing", async () => {
    const verifier = fakeVerifier(judge);
    const pool = fakePool();
    const source = scenarioList([scenario]);
    const envs = Array.from({ length: 3000 }, () => createPatchEnvironment({ source, verifier, pool }));
    const totals = await Promise.all(
      envs.map(async (env, i) => {
        await env.reset({ seed: i });
        await env.step(guess(i % 2 === 0 ? TINY_LINE : 1));
        await env.step({ action: "terminate" });
        return env.state().total_reward;
      }),
    );
    expect(totals.every((total, i) => total === (i % 2 === 0 ? 0.3 : -0.1))).toBe(true);
    expect(pool.started).toEqual([]);
  });
});

it("tells all evidence of the last verdict in the state only when it was asked to", async () => {
  const rungs = [{ name: "hidden" as const, passed: false, evidence: [{ name: "orders", passed: false }] }];
  const verifier = fakeVerifier(() => ({ ...fakeVerdict("exploitable"), rungs }));
  const { env } = make({ verifier, showEvidence: true });
  await env.reset();
  expect(env.state().rungs).toEqual([]);
  const { observation } = await env.step(patch(comment("a")));
  expect(env.state().rungs).toEqual(rungs);
  expect(JSON.stringify(observation)).not.toContain("orders");
  const silent = make({ verifier }).env;
  await silent.step(patch(comment("a")));
  expect(silent.state()).not.toHaveProperty("rungs");
});

describe("infrastructure failures", () => {
  it.each([
    ["an infra-error verdict", () => fakeVerdict("infra-error", { message: "no sandbox: secret detail" })],
    [
      "a verifier that throws",
      () => {
        throw new InfraError("grader", "no sandbox: secret detail");
      },
    ],
  ])("%s: null, never 0, and the episode goes on", async (_name, fail) => {
    let failing = true;
    const verifier = fakeVerifier((files) => (failing ? fail() : judge(files)));
    const { env } = make({ verifier });
    await env.reset();
    await env.step(guess(TINY_LINE));
    const lost = await env.step(patch(scenario.reference));
    expect(lost).toMatchObject({ reward: null, done: false, observation: { result: "no-signal" } });
    expect(JSON.stringify(lost.observation)).not.toContain("secret detail");
    expect(env.state()).toMatchObject({
      total_reward: null,
      components: {},
      infra: "no sandbox: secret detail",
      patched: [],
    });
    failing = false;
    expect(await env.step(patch(scenario.reference))).toMatchObject({ reward: 1.2, done: true });
    expect(env.state().total_reward).toBeNull();
  });

  it("a machine without isolation is the operator's business, not a lost sample", async () => {
    const missing = (): never => {
      throw new PrerequisiteError("no bubblewrap");
    };
    const { env } = make({ verifier: fakeVerifier(missing), pool: fakePool({ onStart: missing }) });
    await env.reset();
    await expect(env.step(patch(scenario.reference))).rejects.toThrow(PrerequisiteError);
    await expect(env.step({ action: "command", command: "id" })).rejects.toThrow(PrerequisiteError);
    expect(env.state()).toMatchObject({ infra: null, patched: [] });
  });

  it("a sandbox that does not start at all", async () => {
    const pool = fakePool({
      onStart: () => {
        throw new InfraError("sandbox", "no bubblewrap");
      },
    });
    const { env } = make({ pool });
    await env.reset();
    expect(await env.step({ action: "command", command: "id" })).toMatchObject({ reward: null });
    expect(env.state()).toMatchObject({ total_reward: null, infra: "no bubblewrap" });
    expect(await env.step(guess(TINY_LINE))).toMatchObject({ reward: 0.3 });
  });

  it("a command that brings its sandbox down is the agent's own doing", async () => {
    const pool = fakePool({
      onExec: (command) => {
        if (command === "kill -9 -1") throw new Error("the sandbox has gone");
        return { stdout: command };
      },
    });
    const { env } = make({ pool });
    await env.reset();
    const step = await env.step({ action: "command", command: "kill -9 -1" });
    expect(step).toMatchObject({ reward: 0, observation: { exit_code: 1 } });
    expect(step.observation.stderr).toContain("went down under this command");
    expect(await env.step({ action: "command", command: "id" })).toMatchObject({
      observation: { stdout: "id", exit_code: 0 },
    });
    expect(env.state().total_reward).toBe(0);
    await env.close();
    expect(pool.running).toBe(0);
  });

  it("a patched application that will not start beside commands is the patch's doing", async () => {
    const pool = fakePool({
      onStart: (source) => (source.files["labels.py"]!.includes("coin") ? "not listening" : undefined),
    });
    const { env } = make({ pool });
    await env.reset();
    await env.step(patch(comment("coin")));
    const step = await env.step({ action: "command", command: "id" });
    expect(step).toMatchObject({ reward: 0, observation: { exit_code: 1 } });
    expect(step.observation.stderr).toContain("does not start");
    expect(env.state().total_reward).toBe(0.2);
  });

  it("closing while the application starts leaves nothing running", async () => {
    let go = (): void => {};
    const gate = new Promise<undefined>((resolve) => {
      go = () => resolve(undefined);
    });
    const pool = fakePool({ onStart: () => gate });
    const { env } = make({ pool });
    await env.reset();
    const step = env.step({ action: "command", command: "id" });
    await env.close();
    go();
    await step;
    expect(pool.running).toBe(0);
    expect(pool.started.length).toBe(1);
  });

  it("without a pool, command is refused", async () => {
    const { env } = make({ pool: undefined });
    await env.reset();
    expect(await env.step({ action: "command", command: "id" })).toMatchObject({
      reward: 0,
      observation: { result: "rejected" },
    });
  });
});
