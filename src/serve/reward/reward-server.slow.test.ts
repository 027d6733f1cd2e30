/** The reward server over HTTP: batches, other protocols, faults, repetition, and what a killed worker means. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InfraError, type Sampler, type StdinTask } from "../../core/index.ts";
import { createJudge } from "../../envs/alignment/index.ts";
import { createProgramPool } from "../../sandbox/index.ts";
import { createProgramGrader, type ProgramGrader } from "../../verify/programs/index.ts";
import type { ScoreResult } from "./items.ts";
import { rewardRoutes } from "./routes.ts";
import { createRewardServer } from "./server.ts";
import { createScorer } from "./scorer.ts";

const TASK: StdinTask = {
  kind: "stdin",
  language: "python",
  prompt: "Double it.",
  tests: [1, 2, 3, 4, 5].map((n) => ({ input: `${n}\n`, output: String(2 * n) })),
};
const RIGHT = "```python\nprint(int(input()) * 2)\n```";
const item = (id: string, completion: string, over: object = {}): Record<string, unknown> => ({
  id,
  task: TASK,
  completion,
  ...over,
});

const pool = createProgramPool({ workers: 2, limits: { cpuSeconds: 1 } });
const scorer = createScorer({ grader: createProgramGrader({ pool }) });
const server = createRewardServer({ scorer, pool });
let url = "";
beforeAll(async () => {
  ({ url } = await server.listen(0));
});
afterAll(async () => {
  await server.close();
  await pool.close();
});

async function post<T>(path: string, body: unknown): Promise<{ status: number; json: T }> {
  const response = await fetch(url + path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  return { status: response.status, json: (await response.json()) as T };
}
const score = async (...items: unknown[]): Promise<ScoreResult[]> =>
  (await post<{ items: ScoreResult[] }>("/v1/score", { items })).json.items;

describe("/v1/score", () => {
  it("answers in order, each item by itself", async () => {
    const results = await score(
      item("a", RIGHT),
      item("b", "no code here"),
      item("c", "```python\nprint(2)\n```", { preset: "binary" }),
      item("d", "```python\nint(input())\n```"),
      { id: "e", task: { kind: "stdin" }, completion: "" },
      { task: TASK, completion: "" },
      item("g", RIGHT, { preset: "nonsense" }),
      { ...item("h", RIGHT), task: JSON.stringify(TASK) },
      "not an object",
      item("j", ""),
    );
    expect(
      results.map(({ id, reward, verdict, error }) => [id, reward, verdict?.category ?? error?.class]),
    ).toEqual([
      ["a", 1, "fine"],
      ["b", 0.4, "compile"],
      ["c", 0.4, "semantic"],
      ["d", 0.6 * 0.4 + 0.4, "missing-print"],
      ["e", null, "bad-item"],
      ["", null, "bad-item"],
      ["g", null, "bad-item"],
      ["h", 1, "fine"],
      ["", null, "bad-item"],
      ["j", 0.6 * 0.4 + 0.4, "missing-print"],
    ]);
    expect(results[4]!.error!.message).toMatch(/^task\.\w+: /);
    expect(results[5]!.error!.message).toMatch(/^id: /);
  });

  it("grades an item once, however often it is sent", async () => {
    const [first, again] = await score(item("same", RIGHT), item("same", RIGHT));
    const [later] = await score(item("same", RIGHT));
    const [other] = await score(item("same", "```python\nprint(1)\n```"));
    expect([first!.cached, again!.cached, later!.cached, other!.cached]).toEqual([false, true, true, false]);
    expect([again!.reward, later!.reward]).toEqual([first!.reward, first!.reward]);
  });

  it("refuses what is no batch, and what is too much", async () => {
    expect((await post("/v1/score", { item: 1 })).status).toBe(400);
    expect((await fetch(`${url}/v1/score`, { method: "POST", body: "{" })).status).toBe(400);
    let go!: () => void;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const slow: ProgramGrader = {
      grade: (_, code) =>
        gate.then(() => ({ code, tests: [{ verdict: "pass", ms: 0 }], exploits: [], findings: [] })),
    };
    const app = rewardRoutes({ scorer: createScorer({ grader: slow }), pool, maxPending: 2 });
    const ask = (id: string) =>
      app.request("/v1/score", {
        method: "POST",
        body: JSON.stringify({ items: [item(id, RIGHT), item(`${id}2`, RIGHT)] }),
      });
    const first = ask("x");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await ask("y");
    expect([second.status, second.headers.get("retry-after")]).toEqual([429, "2"]);
    go();
    expect((await first).status).toBe(200);
    expect((await ask("z")).status).toBe(200);
  });

  it("serves many clients at once and loses nothing", async () => {
    const clients = Array.from({ length: 16 }, (_, client) =>
      score(
        ...Array.from({ length: 4 }, (_unused, i) =>
          item(`${client}-${i}`, `\`\`\`python\nprint(int(input()) * 2) # ${client % 4}\n\`\`\``),
        ),
      ),
    );
    const all = (await Promise.all(clients)).flat();
    expect(all).toHaveLength(64);
    expect(new Set(all.map(({ id }) => id)).size).toBe(64);
    expect(all.every(({ reward }) => reward === 1)).toBe(true);
  });
});

describe("a fault of ours", () => {
  it("is null with the reason when a worker is killed in the middle, and the next item is served", async () => {
    const one = createProgramPool({ workers: 1 });
    const lonely = createScorer({ grader: createProgramGrader({ pool: one }) });
    try {
      await lonely.score(item("warm", RIGHT));
      const answer = lonely.score(
        item("killed", "```python\nimport time\ntime.sleep(3)\nprint(int(input()) * 2)\n```"),
      );
      await new Promise((resolve) => setTimeout(resolve, 400));
      const mine = execFileSync("pgrep", ["-P", String(process.pid), "-f", "zygote.py"], {
        encoding: "utf8",
      });
      // The youngest is the one that this test has started.
      process.kill(Number(mine.trim().split("\n").at(-1)), "SIGKILL");
      const { reward, error } = await answer;
      expect(reward).toBeNull();
      expect(error).toMatchObject({
        class: "infra",
        message: expect.stringMatching(/the runner ended/) as string,
      });
      expect((await lonely.score(item("after", RIGHT))).reward).toBe(1);
    } finally {
      await one.close();
    }
  });

  it("is asked again, as nothing is known about the item", async () => {
    let calls = 0;
    const flaky: ProgramGrader = {
      grade: async (_, code) => {
        if (calls++ === 0) throw new InfraError("sandbox", "no luck");
        return { code, tests: [{ verdict: "pass", ms: 0 }], exploits: [], findings: [] };
      },
    };
    const own = createScorer({ grader: flaky });
    expect(await own.score(item("a", RIGHT))).toMatchObject({
      reward: null,
      error: { class: "infra", message: "no luck" },
    });
    expect(await own.score(item("a", RIGHT))).toMatchObject({ reward: 1, cached: false });
  });

  it("is null when it takes too long, and when the server closes", async () => {
    const never: ProgramGrader = { grade: () => new Promise(() => {}) };
    const own = createScorer({ grader: never, itemMs: 20 });
    expect(await own.score(item("a", RIGHT))).toMatchObject({ reward: null, error: { class: "timeout" } });
    await own.close();
    expect(await own.score(item("b", RIGHT))).toMatchObject({ reward: null, error: { class: "closing" } });
  });
});

describe("items that need no program to run", () => {
  const verdict = (id: string, said: string, over: object = {}): Record<string, unknown> =>
    item(id, `<think>why</think><answer>${said}</answer>`, {
      task: { kind: "verdict", is_vulnerable: true },
      ...over,
    });
  const code = (id: string, body: string, over: object = {}): Record<string, unknown> =>
    item(id, `\`\`\`python\n${body}\n\`\`\``, {
      task: { kind: "code", language: "python", cwe: ["CWE-95"], reference: "print(int(input()))" },
      ...over,
    });

  it("compare verdicts for detect", async () => {
    const results = await score(
      verdict("a", "Vulnerable"),
      verdict("b", "Not Vulnerable", { preset: "detect" }),
      verdict("c", "Vulnerable", { preset: "binary" }),
      item("d", RIGHT, { preset: "detect" }),
      { ...verdict("e", "Vulnerable"), task: '{"kind":"verdict","is_vulnerable":"yes"}' },
    );
    expect(results.map(({ reward, error }) => [reward, error?.message.split(":")[0]])).toEqual([
      [1, undefined],
      [0.1, undefined],
      [null, "task.kind"],
      [null, "task.kind"],
      [null, "task.is_vulnerable"],
    ]);
    expect(results[0]!.components).toEqual({ accuracy: 0.9, format: 0.1 });
  });

  it("are judged for align, once for the same code, and null without a clear verdict", async () => {
    const asked: string[] = [];
    const reader: Sampler = {
      name: "reader",
      identity: "reader",
      parallel: 4,
      complete: async ({ prompt }) => {
        asked.push(prompt);
        const said = prompt.includes("eval") ? "Vulnerable" : "Not Vulnerable";
        const text = prompt.includes("unsure") ? "perhaps" : `<think>x</think><answer>${said}</answer>`;
        return { text, finished: true, promptTokens: 1, completionTokens: 1, ms: 1 };
      },
      close: async () => {},
    };
    const judge = createJudge({
      samplers: [reader],
      template: "{code}",
      sampling: { temperature: 0, topP: 1, maxTokens: 64 },
    });
    const own = createScorer({ grader: createProgramGrader({ pool }), judge });
    const [good, bad, unsure, empty] = await Promise.all([
      own.score(code("a", "print(int(input()))")),
      own.score(code("b", "print(eval(input()))")),
      own.score(code("c", "unsure = input()")),
      own.score(code("d", "pass")),
    ]);
    expect(good).toMatchObject({
      error: null,
      components: { format: 1, security: 2, length: 1, length_security: 2 },
    });
    // The code is the reference itself, and CodeBLEU knows few n-grams in it.
    expect(good.reward).toBeGreaterThan(7);
    expect(good.reward).toBeLessThanOrEqual(8);
    expect(bad.reward).toBe(2);
    expect(unsure).toMatchObject({ reward: null, error: { class: "infra" } });
    expect(empty).toMatchObject({ labels: { empty: 1 } });
    await own.score(code("again", "print(int(input()))"));
    expect(asked).toHaveLength(3);
    expect(await score(code("x", "print(1)"))).toMatchObject([
      { reward: null, error: { class: "infra", message: expect.stringContaining("--judge") as string } },
    ]);
  });
});

it("speaks OpenRLHF", async () => {
  const { json } = await post<{ rewards: number[]; scores: number[]; extra_logs: Record<string, number[]> }>(
    "/get_reward",
    {
      query: [`Double it.${RIGHT}`, "Double it.?"],
      prompts: ["Double it.", "Double it."],
      labels: [JSON.stringify(TASK), null],
    },
  );
  expect(json.rewards).toEqual([1, 0]);
  expect(json.scores).toEqual([1, 0]);
  expect(json.extra_logs["infra_error"]).toEqual([0, 1]);
  expect(json.extra_logs["functional"]).toEqual([0.6, 0]);
});

describe("/run_code", () => {
  const run = async (body: object): Promise<unknown> => (await post("/run_code", body)).json;

  it("answers as SandboxFusion does", async () => {
    expect(await run({ code: "print(input())", language: "python", stdin: "hi" })).toMatchObject({
      status: "Success",
      run_result: { status: "Finished", return_code: 0, stdout: "hi\n" },
    });
    expect(await run({ code: "1/0", language: "python" })).toMatchObject({
      status: "Failed",
      run_result: {
        status: "Finished",
        return_code: 1,
        stderr: expect.stringContaining("ZeroDivisionError") as string,
      },
    });
    expect(await run({ code: "while True: pass", language: "python" })).toMatchObject({
      status: "Failed",
      run_result: { status: "TimeLimitExceeded" },
    });
    expect(
      await run({
        code: "console.log(require('fs').readFileSync('a.txt', 'utf8'))",
        language: "nodejs",
        files: { "a.txt": "aGk=" },
      }),
    ).toMatchObject({
      status: "Success",
      run_result: { stdout: "hi\n" },
    });
  });

  it("says what it cannot run", async () => {
    expect(await run({ code: "", language: "cobol" })).toMatchObject({
      status: "SandboxError",
      message: expect.stringContaining("language") as string,
    });
    expect(await run({ language: "python" })).toMatchObject({
      status: "SandboxError",
      message: expect.stringContaining("code") as string,
    });
  });
});

it("tells its health and its counts", async () => {
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: "ok", workers: 2 });
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toMatch(/^ironbark_score_items_total\{outcome="scored"\} \d+$/m);
  expect(text).toMatch(/^ironbark_score_seconds\{quantile="0.99"\} [\d.]+$/m);
});
