/** Our rewards inside other people's trainers: TRL's whole, OpenRLHF's and EasyR1's own reward loaders, a Ray cluster. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgramPool } from "../../src/sandbox/index.ts";
import { createRewardServer, createScorer } from "../../src/serve/index.ts";
import { pythonShim } from "../../src/util/python.ts";
import { projectRoot } from "../../src/util/root.ts";
import { createProgramGrader } from "../../src/verify/programs/index.ts";
import { NO_TRAINERS, trainersPython, upstreamFile } from "./upstream.ts";

const python = trainersPython();
const folder = mkdtempSync(join(tmpdir(), "trainers-"));
const pool = createProgramPool({ workers: 2 });
const server = createRewardServer({ scorer: createScorer({ grader: createProgramGrader({ pool }) }), pool });
let url = "";
beforeAll(async () => {
  ({ url } = await server.listen(0));
});
afterAll(async () => {
  await server.close();
  await pool.close();
  rmSync(folder, { recursive: true });
});

const TASK = JSON.stringify({
  kind: "stdin",
  language: "python",
  prompt: "Double the number.",
  tests: [{ input: "2\n", output: "4" }],
});
const GOOD = "```python\nprint(int(input()) * 2)\n```";
const SILENT = "x = 1";

async function run<T>(script: string, ...args: string[]): Promise<T> {
  const path = join(projectRoot(), "test", "trainers", script);
  const env = { ...process.env, IRONBARK_REWARD_URL: url, RAY_USAGE_STATS_ENABLED: "0" };
  const { stdout } = await promisify(execFile)(python!, [path, ...args], { env, maxBuffer: 2 ** 24 });
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as T;
}

const why = (missing: unknown, text: string): string => (missing === undefined ? ` (skipped: ${text})` : "");

describe.skipIf(python === undefined)(`trainers${why(python, NO_TRAINERS)}`, () => {
  it("TRL trains two steps on our rewards, and leaves out what has no signal", async () => {
    const tasks = join(folder, "tasks.jsonl");
    // The second task is none, so that its completions have no reward.
    writeFileSync(tasks, `${TASK}\n${JSON.stringify({ prompt: "Not a task." })}\n`);
    const { rewards, steps, logs } = await run<{
      rewards: (number | null)[][];
      steps: number;
      logs: Record<string, number>[];
    }>("trl_steps.py", pythonShim(""), tasks, join(folder, "out"));
    expect(steps).toBe(2);
    const flat = rewards.flat();
    expect(flat).toHaveLength(8);
    // Noise is not Python, or it computes nothing: 0.4 to 0.76 of the published formula, or no signal at all.
    expect(flat.filter((reward) => reward === null)).toHaveLength(4);
    for (const reward of flat.filter((one) => one !== null)) expect(reward).toBeGreaterThanOrEqual(0.4);
    expect(logs).toHaveLength(2);
    for (const { loss, grad_norm: norm } of logs) expect([loss, norm].every(Number.isFinite)).toBe(true);
    expect(logs.reduce((sum, log) => sum + log["infra_error"]!, 0)).toBe(1);
  });

  const agent = upstreamFile("OpenRLHF", "openrlhf", "utils", "agent.py");
  it.skipIf(agent === undefined)(
    `OpenRLHF's loader gets numbers, 0 and infra_error where there is no signal${why(agent, "its agent.py was not fetched")}`,
    async () => {
      const cases = [
        ["Double the number.", TASK, GOOD],
        ["Double the number.", TASK, SILENT],
        ["Double the number.", "nonsense", GOOD],
      ];
      const answers = await run<object[]>(
        "openrlhf_reward.py",
        agent!,
        `${url}/get_reward`,
        JSON.stringify(cases),
      );
      const logs = (functional: number, security: number, infra: number): object => {
        return { functional: [functional], security: [security], infra_error: [infra] };
      };
      expect(answers).toEqual([
        { reward: [1], scores: [1], extra_logs: logs(0.6, 0.4, 0) },
        { reward: [0.64], scores: [0.64], extra_logs: logs(0.24, 0.4, 0) },
        { reward: [0], scores: [0], extra_logs: { infra_error: [1] } },
      ]);
    },
  );

  const reward = upstreamFile("EasyR1", "verl", "workers", "reward", "function.py");
  it.skipIf(reward === undefined).each([
    ["in its process", []],
    ["in actors of a local Ray cluster", ["ray"]],
  ])(
    `EasyR1's manager puts our rewards on the last token, %s${why(reward, "its files were not fetched")}`,
    async (_, where) => {
      const root = join(reward!, "..", "..", "..", "..");
      const cases = JSON.stringify([
        [TASK, GOOD],
        [TASK, SILENT],
        ["nonsense", GOOD],
      ]);
      const { rewards, sums, metrics, ...cluster } = await run<{
        rewards: number[];
        sums: number[];
        metrics: Record<string, number[]>;
      }>("easyr1_reward.py", root, pythonShim("reward_easyr1.py"), cases, ...where);
      [1, 0.64, 0].forEach((value, index) => expect(rewards[index]).toBeCloseTo(value, 6));
      expect(sums).toEqual(rewards);
      expect(metrics["infra_error"]).toEqual([0, 0, 1]);
      expect(metrics["functional"]).toEqual([0.6, 0.24]);
      expect(cluster).toEqual(where.length === 0 ? {} : { nodes: 1, same: true });
    },
  );
});
