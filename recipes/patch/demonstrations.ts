/** Batches of demonstrations over training applications, for the starter and for the control run. */
import {
  demonstrate,
  type DemonstrationOptions,
  type Vocabulary,
} from "../../src/envs/patch/dialect/index.ts";
import type { Datum } from "../../src/train/backend.ts";
import { makeRng } from "../../src/util/rng.ts";
import { drawTraining } from "./scenarios.ts";

export const DEMONSTRATIONS: DemonstrationOptions = {
  promptWeight: 0.3,
  promptShare: 0.25,
  pointWeight: 4,
  mistakes: 0.1,
  alternatives: 0.4,
  maxActionTokens: 80,
};

/** The batch of a step: a function of seed and step only. */
export function demonstrationBatch(
  vocabulary: Vocabulary,
  seed: string,
  step: number,
  size: number,
): Datum[] {
  const rng = makeRng(`demonstrations/${seed}/${step}`);
  const batch: Datum[] = [];
  while (batch.length < size) {
    const shown = demonstrate(vocabulary, drawTraining(rng), rng, DEMONSTRATIONS);
    if (shown !== undefined) batch.push({ ids: shown.ids, weights: [0, ...shown.weights.slice(1)] });
  }
  return batch;
}
