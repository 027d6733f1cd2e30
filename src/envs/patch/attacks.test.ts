/** How would I win this without deserving it, and what does bad input do: every attempt gets its defined answer. */
import { describe, expect, it } from "vitest";
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
import { createPatchEnvironment } from "./environment.ts";
import { scenarioList } from "./source.ts";

const scenario = tinyScenario();
const ORIGINAL = scenario.files["app.py"]!;

function judge(files: Files): Verdict {
  const text = files["app.py"]!;
  if (!text.includes("/find")) return fakeVerdict("broken");
  return fakeVerdict(text.includes("(name,)") ? "blocked" : "exploitable");
}

async function start() {
  const verifier = fakeVerifier(judge);
  const pool = fakePool();
  const env = createPatchEnvironment({ source: scenarioList([scenario]), verifier, pool });
  await env.reset({ seed: 1 });
  const play = async (actions: readonly unknown[]) => {
    const rewards: (number | null)[] = [];
    for (const action of actions) rewards.push((await env.step(action)).reward);
    return rewards;
  };
  return { env, verifier, pool, play };
}

const patch = (change: object) => ({ action: "patch", patch: change });
const note = (text: string) => patch({ "labels.py": `# ${text}\n` });
const guess = (line: number, type: string) => ({ action: "identify_vuln", type, file: "app.py", line });

describe("undeserved rewards", () => {
  it("guessing every line costs more than it pays", async () => {
    const { env, play } = await start();
    const rewards = await play(Array.from({ length: 14 }, (_, i) => guess(i + 1, "sql_injection")));
    expect(rewards.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => -0.1));
    expect(rewards.slice(10)).toEqual([0.3, 0, 0, 0]);
    expect(env.state().total_reward).toBe(-0.7);
  });

  it("after the right guess the answers say nothing about further weaknesses", async () => {
    const { env } = await start();
    await env.step(guess(TINY_LINE, "sql_injection"));
    const wrong = await env.step(guess(1, "xss"));
    const right = await env.step(guess(TINY_LINE, "sql_injection"));
    expect(right.observation).toEqual({ ...wrong.observation, steps_left: 12 });
  });

  it("comments collect the 0.2 once", async () => {
    const { env, play } = await start();
    expect(await play(["a", "b", "c", "d"].map(note))).toEqual([0.2, 0, 0, 0]);
    expect(env.state().total_reward).toBe(0.2);
  });

  it("a patch without effect is refused and not verified", async () => {
    const { verifier, play } = await start();
    const same = [
      patch({ "app.py": ORIGINAL }),
      patch({ "labels.py": [{ search: "shop", replace: "shop" }] }),
      patch({}),
    ];
    expect(await play(same)).toEqual([0, 0, 0]);
    expect(verifier.seen).toEqual([]);
  });

  it("taking everything back pays nothing and is not verified", async () => {
    const { env, verifier, play } = await start();
    const back = patch({ "labels.py": scenario.files["labels.py"]! });
    expect(await play([note("a"), back, note("a")])).toEqual([0.2, 0, 0]);
    expect(verifier.seen.length).toBe(2);
    expect(env.state().patched).toEqual(["labels.py"]);
  });

  it("a block ends the episode: nothing can be reverted or earned afterwards", async () => {
    const { env, play } = await start();
    const rewards = await play([
      patch(scenario.reference),
      patch({ "app.py": ORIGINAL }),
      patch(scenario.reference),
      guess(TINY_LINE, "sql_injection"),
    ]);
    expect(rewards).toEqual([1.2, 0, 0, 0]);
    expect(env.state()).toMatchObject({ total_reward: 1.2, patched: ["app.py"], step_count: 1 });
  });

  it("lines count in the original file, also after a patch has moved them", async () => {
    const { play } = await start();
    const shifted = patch({ "app.py": `# one\n# two\n${ORIGINAL}` });
    expect(
      await play([shifted, guess(TINY_LINE + 2, "sql_injection"), guess(TINY_LINE, "sql_injection")]),
    ).toEqual([0.2, -0.1, 0.3]);
  });

  it("a rewrite without the route does not run and is not kept", async () => {
    const { env, play } = await start();
    const gone = "from flask import Flask\napp = Flask(__name__)\n";
    expect(await play([patch({ "app.py": gone })])).toEqual([0]);
    expect(env.state().patched).toEqual([]);
  });

  it("an asset, a database or a file outside cannot be patched", async () => {
    const { verifier, play } = await start();
    const targets = ["static/about.txt", "shop.db", "/srv/secret", "new.py", "flask.py"];
    expect(await play(targets.map((path) => patch({ [path]: "x" })))).toEqual([0, 0, 0, 0, 0]);
    expect(verifier.seen).toEqual([]);
  });

  it("observations keep the oracle's rungs to themselves", async () => {
    const { env } = await start();
    const { observation, verdict } = await env.step(note("a"));
    expect(verdict?.rungs.map((rung) => rung.name)).toContain("variants");
    const rungs = new Set(observation.verdict?.checks.map((check) => check.rung));
    expect([...rungs]).toEqual(["applies", "parses", "starts", "visible"]);
    expect(JSON.stringify(observation)).not.toMatch(/hidden|variant|benign|excerpt|canary/);
  });
});

const TRICKY_PATHS: readonly string[] = [
  "/app.py",
  "../app.py",
  "static/../app.py",
  "./app.py",
  "static//about.txt",
  "app.py/",
  "app.py\0",
  "app.py\n",
  "..\\app.py",
  "C:\\app.py",
  "app.py\u200b",
  "\uff41pp.py",
  "a\u0440p.py",
  "APP.PY",
  "%61pp.py",
  "~/app.py",
  "",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "x".repeat(5000),
  "\ud800.py",
];

describe("bad input", () => {
  it.each(TRICKY_PATHS.map((path) => [path.slice(0, 30), path] as const))("path %j", async (_name, path) => {
    const { env, verifier, play } = await start();
    const hostile = JSON.parse(`{"action":"patch","patch":{${JSON.stringify(path)}:"x = 1\\n"}}`) as object;
    const mixed = JSON.parse(
      `{"action":"patch","patch":{"labels.py":"y = 2\\n",${JSON.stringify(path)}:"x = 1\\n"}}`,
    ) as object;
    const read = await env.step({ action: "read_file", path });
    expect(read).toMatchObject({
      reward: 0,
      done: false,
      observation: { result: "rejected", exit_code: 1, stdout: "" },
    });
    expect(read.observation.stderr).not.toBe("");
    expect(await play([hostile, mixed])).toEqual([0, 0]);
    expect(verifier.seen).toEqual([]);
    expect(env.state().patched).toEqual([]);
    expect(await play([patch(scenario.reference)])).toEqual([1.2]);
  });

  const circular: Record<string, unknown> = { action: "command" };
  circular["command"] = circular;
  const MALFORMED: readonly [string, unknown, RegExp][] = [
    ["undefined", undefined, /not an action/],
    ["null", null, /expected object/],
    ["a number", 3, /expected object/],
    ["a string", "terminate", /expected object/],
    ["an array", [{ action: "terminate" }], /expected object/],
    ["no action", {}, /action: .*'command'/],
    ["an unknown action", { action: "reward_me" }, /action: .*'terminate'/],
    ["an inherited name as action", { action: "constructor" }, /action: /],
    ["a further key", { action: "terminate", reward: 5 }, /reward/],
    ["no command", { action: "command" }, /command: /],
    ["an empty command", { action: "command", command: "" }, /command: /],
    ["an oversized command", { action: "command", command: "x".repeat(8193) }, /command: /],
    ["a circular command", circular, /command: /],
    ["line 0", { action: "identify_vuln", type: "xss", file: "app.py", line: 0 }, /line: /],
    ["a broken line", { action: "identify_vuln", type: "xss", file: "app.py", line: 1.5 }, /line: /],
    ["no line", { action: "identify_vuln", type: "xss", file: "app.py" }, /line: /],
    ["a patch that is text", patch("diff --git" as never), /patch: /],
    ["a patch that is a list", patch([]), /patch: /],
    ["an empty patch", patch({}), /empty/],
    ["a file that is a number", patch({ "app.py": 5 }), /expected the new text/],
    ["no edits", patch({ "app.py": [] }), /patch\.app\.py: .*array to have >=1/],
    ["an edit without search", patch({ "app.py": [{ replace: "x" }] }), /expected the new text/],
    ["an empty search", patch({ "app.py": [{ search: "", replace: "x" }] }), /patch.app.py.0.search: /],
    [
      "a search that is not there",
      patch({ "app.py": [{ search: "nowhere", replace: "x" }] }),
      /does not contain/,
    ],
    [
      "a search that is there twice",
      patch({ "app.py": [{ search: "name", replace: "x" }] }),
      /more than once/,
    ],
    [
      "a line that is not there",
      patch({ "app.py": [{ search: "a", replace: "x", line: 999 }] }),
      /no line 999/,
    ],
    [
      "edits that overlap",
      patch({
        "labels.py": [
          { search: "TITLE", replace: "a" },
          { search: "TITLE =", replace: "b" },
        ],
      }),
      /overlap/,
    ],
    ["a missing file", patch({ "gone.py": "x" }), /no such file: gone\.py/],
    ["binary content", patch({ "app.py": "x = 1\0" }), /binary/],
    ["half a character", patch({ "app.py": "x = '\ud83d'" }), /not Unicode/],
    ["10 MB", patch({ "app.py": "#".repeat(10_000_000) }), /patch\.app\.py: .*<=262144 characters/],
    [
      "many bytes in few characters",
      patch({ "app.py": "\u20ac".repeat(100_000) }),
      /larger than 262144 bytes/,
    ],
    [
      "many files",
      patch(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}.py`, "x"]))),
      /at most 32 files/,
    ],
    [
      "much in many files",
      patch(Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`f${i}.py`, "x".repeat(200_000)]))),
      /at most 1048576 characters/,
    ],
    [
      "many edits",
      patch({ "app.py": Array.from({ length: 101 }, () => ({ search: "a", replace: "b" })) }),
      /1 to 100 edits/,
    ],
    [
      "an edit that makes the file too large",
      patch({ "labels.py": [{ search: "shop", replace: "x".repeat(262_140) }] }),
      /larger than 262144 bytes/,
    ],
  ];

  it.each(MALFORMED)("%s", async (_name, action, message) => {
    const { env, verifier, pool } = await start();
    const step = await env.step(action);
    expect(step).toMatchObject({ reward: 0, done: false, observation: { result: "rejected", exit_code: 1 } });
    expect(step.observation.stderr).toMatch(message);
    expect(step.observation.stderr.length).toBeLessThan(10_000);
    expect(env.state()).toMatchObject({ step_count: 1, patched: [], total_reward: 0, infra: null });
    expect([verifier.seen.length, pool.started.length]).toEqual([0, 0]);
    expect(await env.step(patch(scenario.reference))).toMatchObject({ reward: 1.2, done: true });
  });

  it.each([
    [{ command: "id" }, "ok"],
    [{ read_file: "app.py", metadata: {} }, "ok"],
    [{ command: null, read_file: null, patch: { "labels.py": "# x\n" }, terminate: false }, "exploitable"],
    [{ identify_vuln: { type: "sql_injection", file: "app.py", line: `${TINY_LINE}` } }, "correct"],
    [{ terminate: true }, "ok"],
    [{ action: "terminate", metadata: {}, patch: null }, "ok"],
    [{ terminate: false }, "rejected"],
    [{ command: "id", read_file: "app.py" }, "rejected"],
  ])("flat and padded forms: %j", async (action, result) => {
    const { env } = await start();
    expect((await env.step(action)).observation.result).toBe(result);
  });

  it("bounds what a command prints, without cutting a character in two", async () => {
    const pool = fakePool({
      onExec: () => ({
        stdout: `a${"\u{1f600}".repeat(100_000)}\0`,
        stderr: "\0",
        timed_out: true,
        exit_code: 137,
      }),
    });
    const env = createPatchEnvironment({
      source: scenarioList([scenario]),
      verifier: fakeVerifier(judge),
      pool,
    });
    await env.reset();
    const { observation } = await env.step({ action: "command", command: "yes" });
    expect(observation.stdout.length).toBeLessThan(9000);
    expect(observation.stdout).not.toMatch(/\p{Surrogate}|\0/u);
    expect(observation.stdout).toContain("characters left out");
    expect(observation).toMatchObject({ exit_code: 137, result: "ok" });
    expect(observation.stderr).toContain("time limit");
  });

  it("the fix of the fixture is what the reference does", async () => {
    const { play } = await start();
    const call = `db.execute("SELECT title FROM items WHERE title = ?", (name,))`;
    expect(await play([patch(tinyFix(call))])).toEqual([1.2]);
  });
});
