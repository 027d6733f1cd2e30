/** For tests: a model small enough to train in one, and a policy loss for it. */
import type { DecoderConfig } from "../../model/config.ts";
import type { LossSpec } from "../backend.ts";
import type { EngineConfig } from "./engine.ts";

const model: DecoderConfig = {
  vocabSize: 50,
  hiddenSize: 32,
  intermediateSize: 48,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  ropeTheta: 10_000,
  normEps: 1e-6,
  tiedHead: true,
  maxPositions: 256,
  initStd: 0.2,
};
/** 50 tokens, two layers, grouped heads. */
export const TINY_ENGINE: EngineConfig = {
  model,
  seed: 3,
  stopToken: 1,
  padToken: 0,
  optimizer: { kind: "adamw", beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, muonScale: 0 },
  maxGradNorm: 1,
  precision: "fp32",
  tokensPerBatch: 512,
};
/** For batches of 4 sequences with 22 policy tokens; spread it with other totals for others. */
export const TINY_POLICY_LOSS: Extract<LossSpec, { kind: "policy" }> = {
  kind: "policy",
  type: "dapo",
  epsilonLow: 0.2,
  epsilonHigh: 0.2,
  beta: 0,
  temperature: 1,
  maxCompletionLength: 10,
  totalSequences: 4,
  totalTokens: 22,
};
