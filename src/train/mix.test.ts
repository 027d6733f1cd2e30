/** The mixture on made scores: who is right is heard, and the linear model answers alone only where that is safe. */
import { describe, expect, it } from "vitest";
import { mixScores } from "../model/mixture.ts";
import { makeRng } from "../util/rng.ts";
import { fitMixture } from "./mix.ts";

const [LABELS, ROWS] = [4, 400];

/** Scores that favour the true label by `lift`, beside noise. */
function scores(targets: Int32Array, lift: number, seed: number): Float32Array {
  const rng = makeRng(seed);
  return Float32Array.from({ length: ROWS * LABELS }, (_, at) => {
    const right = targets[Math.floor(at / LABELS)] === at % LABELS;
    return 2 * rng.next() + (right ? lift : 0);
  });
}

/** Index of the best label of each row. */
const best = (mixed: Float32Array): number[] =>
  Array.from({ length: ROWS }, (_, row) => {
    const own = [...mixed.subarray(row * LABELS, (row + 1) * LABELS)];
    return own.indexOf(Math.max(...own));
  });

describe("fitting a mixture", () => {
  const rng = makeRng(3);
  const targets = Int32Array.from({ length: ROWS }, () => rng.int(LABELS));
  const priors = Array.from({ length: LABELS }, () => 1 / LABELS);
  const [good, noise] = [scores(targets, 1, 1), scores(targets, 0, 2)];

  const hits = (mixed: Float32Array): number => best(mixed).filter((one, row) => one === targets[row]).length;

  it("is right as often as the better part, and more often than two good ones alone", () => {
    const other = scores(targets, 1, 6);
    for (const [encoder, terms] of [
      [good, noise],
      [noise, good],
    ] as const)
      expect(
        hits(mixScores(encoder, terms, fitMixture({ encoder, terms, targets, priors }))),
      ).toBeGreaterThanOrEqual(hits(good) - 2);
    const mixture = fitMixture({ encoder: good, terms: other, targets, priors });
    expect(hits(mixScores(good, other, mixture))).toBeGreaterThan(Math.max(hits(good), hits(other)) + 5);
  });

  it("lets the linear model answer alone only where no first answer changes", () => {
    const parts = { encoder: scores(targets, 1.5, 4), terms: scores(targets, 1.5, 5) };
    const mixture = fitMixture({ ...parts, targets, priors });
    const both = best(mixScores(parts.encoder, parts.terms, { ...mixture, sure: 1 }));
    expect(best(mixScores(parts.encoder, parts.terms, mixture))).toEqual(both);
    // Below some probability it would change answers, else this test shows nothing.
    expect(best(mixScores(parts.encoder, parts.terms, { ...mixture, sure: 0.3 }))).not.toEqual(both);
  });
});
