import { expect, it } from "vitest";
import { makeRng } from "../../util/rng.ts";
import type { Datum, LossSpec } from "../backend.ts";
import { LocalBackend } from "./backend.ts";
import type { EngineConfig } from "./engine.ts";

const config: EngineConfig = {
  model: {
    vocabSize: 40,
    hiddenSize: 16,
    intermediateSize: 32,
    layers: 2,
    heads: 2,
    kvHeads: 1,
    ropeTheta: 10_000,
    normEps: 1e-6,
    tiedHead: true,
    maxPositions: 128,
    initStd: 0.2,
  },
  seed: 3,
  stopToken: 1,
  padToken: 0,
  optimizer: { kind: "adamw", beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, muonScale: 0 },
  maxGradNorm: 1,
  precision: "fp32",
  tokensPerBatch: 128,
};

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

const POLICY: LossSpec = {
  kind: "policy",
  type: "dapo",
  epsilonLow: 0.2,
  epsilonHigh: 0.2,
  beta: 0,
  temperature: 1,
  maxCompletionLength: 10,
  totalSequences: 12,
  totalTokens: 54,
};

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
