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
  alternatives: 0.7,
  maxActionTokens: 80,
};

/** The batch of a step, `size` episodes with each way to patch: a function of seed and step only. */
export function demonstrationBatch(
  vocabulary: Vocabulary,
  seed: string,
  step: number,
  size: number,
): Datum[] {
  const rng = makeRng(`demonstrations/${seed}/${step}`);
  const episodes: Datum[][] = [];
  while (episodes.length < size) {
    const shown = demonstrate(vocabulary, drawTraining(rng), rng, DEMONSTRATIONS);
    if (shown !== undefined)
      episodes.push(shown.map((one) => ({ ...one, weights: [0, ...one.weights.slice(1)] })));
  }
  return episodes.flat();
}
