/** What bench/train-step.ts and bench/grpo-step.ts measure with: a policy with LoRA, its optimizer, its loss. */
import type { DecoderConfig } from "../../src/model/config.ts";
import { loraConfig } from "../../src/model/lora/config.ts";
import type { LossSpec } from "../../src/train/backend.ts";
import type { EngineConfig } from "../../src/train/local/engine.ts";

export const RANK = 16;
export const RATE = 1e-4;

const model = (vocabSize: number): DecoderConfig => ({
  vocabSize,
  hiddenSize: 256,
  intermediateSize: 704,
  layers: 4,
  heads: 4,
  kvHeads: 2,
  ropeTheta: 1e6,
  normEps: 1e-6,
  tiedHead: true,
  maxPositions: 1024,
  initStd: 0.02,
});

/** Nothing stops an answer before its limit. */
export const trainingEngine = (vocabSize: number): EngineConfig => ({
  model: model(vocabSize),
  seed: 1,
  stopToken: -1,
  padToken: 0,
  optimizer: { kind: "adamw", beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, muonScale: 0 },
  maxGradNorm: 1,
  precision: "fp32",
  tokensPerBatch: 1280,
  lora: loraConfig({ rank: RANK, alpha: 2 * RANK, targets: "all-linear" }),
});

/** TRL's defaults, for `sequences` answers of `length` tokens. */
export const grpoLoss = (sequences: number, length: number): LossSpec => ({
  kind: "policy",
  type: "dapo",
  epsilonLow: 0.2,
  epsilonHigh: 0.2,
  beta: 0,
  temperature: 1,
  maxCompletionLength: length,
  totalSequences: sequences,
  totalTokens: sequences * length,
});
