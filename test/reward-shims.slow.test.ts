/** The shims for TRL, verl and EasyR1 against a live server: values, missing values, a server that is not there. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createProgramPool } from "../src/sandbox/index.ts";
import { createRewardServer, createScorer } from "../src/serve/index.ts";
import { pythonCommand, pythonShim } from "../src/util/python.ts";
import { createProgramGrader } from "../src/verify/programs/index.ts";

const pool = createProgramPool({ workers: 2 });
const server = createRewardServer({ scorer: createScorer({ grader: createProgramGrader({ pool }) }), pool });
let url = "";
beforeAll(async () => {
  ({ url } = await server.listen(0));
});
afterAll(async () => {
  await server.close();
  await pool.close();
});

const TASK = { kind: "stdin", language: "python", prompt: "p", tests: [{ input: "2\n", output: "4" }] };
const PRELUDE = `import asyncio, json, sys
sys.path.insert(0, ${JSON.stringify(pythonShim(""))})
TASK = json.dumps(json.loads(${JSON.stringify(JSON.stringify(TASK))}))
GOOD, BAD = "print(int(input()) * 2)", "print(1) \\ud800"
`;

async function python(code: string, address = url): Promise<unknown> {
  const env = { ...process.env, IRONBARK_REWARD_URL: address };
  const { stdout } = await promisify(execFile)(pythonCommand(), ["-c", `${PRELUDE}${code}`], { env });
  return JSON.parse(stdout);
}

it("TRL gets None where there is no signal", async () => {
  const code = `import reward_trl
logged = {}
texts = reward_trl.ironbark_reward(["p"] * 3, [GOOD, [{"role": "assistant", "content": "print(1)"}], GOOD],
    task=[TASK, TASK, "nonsense"], log_metric=logged.__setitem__)
print(json.dumps([texts, logged]))`;
  expect(await python(code)).toEqual([[1, 0.6 * 0.6 + 0.4, null], { infra_error: 1 / 3 }]);
});

it("verl gets numbers, many at once", async () => {
  const code = `import reward_verl
async def main():
    calls = [reward_verl.compute_score("d", GOOD + f" # {i}", TASK, {"index": i}) for i in range(12)]
    return await asyncio.gather(*calls, reward_verl.compute_score("d", GOOD, "nonsense", {"index": 99}))
print(json.dumps(asyncio.run(main())))`;
  const results = (await python(code)) as { score: number; infra_error: number }[];
  expect(results.map(({ score }) => score)).toEqual([...Array.from({ length: 12 }, () => 1), 0]);
  expect(results.at(-1)).toEqual({ score: 0, acc: 0, infra_error: 1 });
  expect(results[0]).toMatchObject({ functional: 0.6, security: 0.4, infra_error: 0 });
});

it("EasyR1 gets the batch in order", async () => {
  const code = `import reward_easyr1
batch = [{"response": text, "response_length": 1, "ground_truth": TASK} for text in [GOOD, BAD, ""] * 6]
print(json.dumps(reward_easyr1.compute_score(batch)))`;
  const results = (await python(code)) as { overall: number }[];
  expect(results).toHaveLength(18);
  expect(results.slice(0, 3).map(({ overall }) => overall)).toEqual([1, 0.4, 0.6 * 0.4 + 0.4]);
});

it("a server that is not there is no reward, not a crash", async () => {
  const code = `import reward_trl, reward_client
reward_client.TRIES = 2
print(json.dumps(reward_trl.ironbark_reward(["p"], [GOOD], task=[TASK])))`;
  expect(await python(code, "http://127.0.0.1:9")).toEqual([null]);
});
