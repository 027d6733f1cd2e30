import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { makeRng } from "../../util/rng.ts";
import type { Datum, LossSpec } from "../backend.ts";
import { LocalEngine, type EngineConfig } from "./engine.ts";

const FILE = fileURLToPath(new URL("../../../test/golden/tiny-training.json", import.meta.url));

const CONFIG: EngineConfig = {
  model: {
    vocabSize: 64,
    hiddenSize: 32,
    intermediateSize: 64,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    ropeTheta: 10_000,
    normEps: 1e-6,
    tiedHead: true,
    maxPositions: 128,
    initStd: 0.1,
  },
  seed: 11,
  stopToken: 1,
  padToken: 0,
  optimizer: { kind: "muon", beta1: 0.9, beta2: 0.98, eps: 1e-8, weightDecay: 0.01, muonScale: 10 },
  maxGradNorm: 1,
  precision: "fp32",
  tokensPerBatch: 256,
};

const POLICY: LossSpec = {
  kind: "policy",
  type: "dapo",
  epsilonLow: 0.2,
  epsilonHigh: 0.28,
  beta: 0.05,
  temperature: 0.9,
  maxCompletionLength: 12,
  totalSequences: 6,
  totalTokens: 36,
};

function batch(step: number): Datum[] {
  const rng = makeRng(`golden/${step}`);
  const prompt = Array.from({ length: 20 }, () => rng.int(64));
  return Array.from({ length: 6 }, (_, i) => {
    const own = Array.from({ length: 4 + (i % 3) * 2 }, () => rng.int(64));
    const weights = [...prompt.map(() => 0), ...own.map(() => 1)];
    return { ids: [...prompt, ...own], weights, advantage: i - 2.5, logprobs: weights.map(() => -4.1) };
  });
}

/** Loss and gradient norm of three supervised steps, then of three policy steps with a KL to where they started. */
function trajectory(): number[][] {
  const engine = new LocalEngine(CONFIG, undefined);
  const out: number[][] = [];
  for (let step = 0; step < 6; step++) {
    if (step === 3) engine.freezeReference();
    const { loss } = engine.forwardBackward(batch(step), step < 3 ? { kind: "cross-entropy" } : POLICY);
    out.push([loss, engine.optimStep(0.01).gradNorm]);
  }
  expect(engine.close()).toBe(0);
  return out;
}

// A change that is meant to change numbers is made with UPDATE_GOLDEN=1, and its commit says why.
it("trains a tiny model along the recorded trajectory", () => {
  const now = trajectory();
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(FILE, `${JSON.stringify(now)}\n`);
  expect(existsSync(FILE)).toBe(true);
  const recorded = JSON.parse(readFileSync(FILE, "utf8")) as number[][];
  expect(now).toHaveLength(recorded.length);
  // Other processors differ in the last bits, and Newton-Schulz amplifies them; the same one must repeat exactly.
  now.forEach((pair, i) =>
    pair.forEach((value, j) => expect(Math.abs(value - recorded[i]![j]!)).toBeLessThan(1e-3)),
  );
  expect(trajectory()).toEqual(now);
});
