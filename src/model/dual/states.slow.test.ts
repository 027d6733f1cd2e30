/** States that stop early are those of a whole forward pass. */
import { afterAll, describe, expect, it } from "vitest";
import { dispose, noGrad, tidy } from "../../torch/index.ts";
import { makeRng } from "../../util/rng.ts";
import { causalAttention } from "../attention.ts";
import type { DecoderConfig } from "../config.ts";
import { Decoder, initialParameters } from "../decoder.ts";
import { padded } from "../encoder-scores.ts";
import { pooledStates } from "./states.ts";

const plain: DecoderConfig = {
  vocabSize: 50,
  hiddenSize: 16,
  intermediateSize: 24,
  layers: 3,
  heads: 4,
  kvHeads: 4,
  ropeTheta: 10_000,
  normEps: 1e-6,
  tiedHead: true,
  maxPositions: 64,
  initStd: 0.3,
};

describe.each([
  ["heads of their own", plain],
  ["shared heads", { ...plain, kvHeads: 2, architecture: "qwen3" as const }],
  ["a sliding window", { ...plain, slidingWindow: { size: 5, layers: [true, false, true] } }],
  ["one layer", { ...plain, layers: 1 }],
] as readonly (readonly [string, DecoderConfig])[])("the state of the last token, with %s", (_, config) => {
  const parameters = initialParameters(config, 3);
  afterAll(() => dispose(parameters));

  it("equals that of a pass over all tokens", () => {
    const rng = makeRng("states");
    const texts = [9, 1, 17].map((length) => Array.from({ length }, () => rng.int(50)));
    const model = new Decoder(config, parameters);
    tidy(() =>
      noGrad(() => {
        const rope = model.rope(64);
        const { ids, mask } = padded(texts, 0);
        const lengths = texts.map(({ length }) => length);
        const all = model.hidden(ids, causalAttention(rope));
        const early = pooledStates({ model, rope }, ids, mask, lengths, "last");
        expect(early.shape).toEqual([3, 16]);
        lengths.forEach((length, row) => {
          const wanted = all
            .narrow(0, row, 1)
            .narrow(1, length - 1, 1)
            .reshape(16)
            .sub(early.narrow(0, row, 1).reshape(16));
          expect(Math.max(...wanted.abs().toFloat32Array())).toBeLessThan(2e-6);
        });
      }),
    );
  });
});
