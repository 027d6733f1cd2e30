/** What small models that begin with random weights have in common. */
import type { DecoderConfig } from "../../model/config.ts";
import type { OptimizerConfig } from "./optimizer.ts";

/** For reinforcement, and for adapters: Muon is for whole matrices, not for the factors of one. */
export const SMALL_ADAMW: OptimizerConfig = {
  kind: "adamw",
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weightDecay: 0,
  muonScale: 10,
};

/** For supervised training of all weights. */
export const SMALL_MUON: OptimizerConfig = { ...SMALL_ADAMW, kind: "muon", beta2: 0.98, weightDecay: 0.05 };

export interface SmallShape {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Default: as many as `heads`. */
  readonly kvHeads?: number;
}

/** A decoder of that shape; the head is the embedding. */
export const smallDecoder = (
  { hiddenSize, intermediateSize, layers, heads, kvHeads = heads }: SmallShape,
  vocabSize: number,
  maxPositions: number,
): DecoderConfig => ({
  vocabSize,
  hiddenSize,
  intermediateSize,
  layers,
  heads,
  kvHeads,
  ropeTheta: 10_000,
  normEps: 1e-6,
  tiedHead: true,
  maxPositions,
  initStd: 0.02,
});
