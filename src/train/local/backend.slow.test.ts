import { expect, it } from "vitest";
import { makeRng } from "../../util/rng.ts";
import { TINY_ENGINE, TINY_POLICY_LOSS } from "./tiny.ts";
import type { Datum } from "../backend.ts";
import { LocalBackend } from "./backend.ts";

/** Small enough batches for several passes in each replica. */
const config = { ...TINY_ENGINE, tokensPerBatch: 128 };

/** Three groups of four sequences, each group with its own prompt. */
function batch(): Datum[] {
  const rng = makeRng(8);
  return [20, 24, 30].flatMap((length) => {
    const prompt = Array.from({ length }, () => rng.int(40));
    return [0, 1, 2, 3].map((i) => {
      const own = Array.from({ length: 3 + i }, () => rng.int(40));
      const weights = [...prompt.map(() => 0), ...own.map(() => 1)];
      return { ids: [...prompt, ...own], weights, advantage: i - 1.5, logprobs: weights.map(() => -3.5) };
    });
  });
}

const POLICY = { ...TINY_POLICY_LOSS, totalSequences: 12, totalTokens: 54 };

/** Everything that two steps and a wave of sampling let one see. */
async function observe(replicas: number): Promise<{ numbers: number[]; drawn: readonly number[][] }> {
  const backend = new LocalBackend({ engine: config, constraintModule: undefined }, replicas);
  const numbers: number[] = [];
  for (const loss of [{ kind: "cross-entropy" }, POLICY, POLICY] as const) {
    const report = await backend.forwardBackward(batch(), loss);
    const { gradNorm } = await backend.optimStep(0.01);
    numbers.push(report.loss, gradNorm, ...Object.values(report.metrics));
  }
  await backend.sampler.begin(0, [[5, 6, 7], [8, 9], [10]], 2);
  const start = [0, 1, 2, 3, 4, 5].map((row) => ({ row, append: [], seed: row }));
  const options = { temperature: 1, topP: 1, maxTokens: 6 };
  const results = await backend.sampler.advance(0, { start, drop: [] }, options, 8);
  await backend.sampler.end(0);
  expect(await backend.close()).toBe(0);
  return {
    numbers,
    drawn: results.toSorted((a, b) => a.row - b.row).map((result) => [...result.ids]),
  };
}

it("computes the same with any number of replicas, and the same bits with the same number", async () => {
  const [one, two, again, three] = await Promise.all([observe(1), observe(2), observe(2), observe(3)]);
  expect(again).toEqual(two);
  for (const other of [two, three]) {
    expect(other.drawn).toEqual(one.drawn);
    expect(other.numbers).toHaveLength(one.numbers.length);
    other.numbers.forEach((value, i) => expect(value).toBeCloseTo(one.numbers[i]!, 4));
  }
});
