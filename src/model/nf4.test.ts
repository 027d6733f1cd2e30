import { describe, expect, it } from "vitest";
import { dispose, Generator, liveTensors, noGrad, randn, tensor, tidy, type Tensor } from "../torch/index.ts";
import { causalAttention } from "./attention.ts";
import type { DecoderConfig } from "./config.ts";
import { Decoder, decoderWeights, initialParameters } from "./decoder.ts";
import { initialAdapter } from "./lora/adapter.ts";
import { Adapters } from "./lora/adapters.ts";
import { loraConfig } from "./lora/config.ts";
import { fromNf4, toNf4 } from "./nf4.ts";
import { nf4Weights } from "./nf4-weights.ts";

const CONFIG: DecoderConfig = {
  vocabSize: 40,
  hiddenSize: 64,
  intermediateSize: 96,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  ropeTheta: 10_000,
  normEps: 1e-6,
  tiedHead: true,
  maxPositions: 64,
  initStd: 0.1,
};

describe("four-bit weights", () => {
  it("are bitsandbytes' numbers", () => {
    // bitsandbytes' published table, times a scale of its own for each block of 64; one block alone has no spread
    // of scales, so that its scale is exact.
    const row = Float32Array.from({ length: 64 }, (_, i) => (i - 31.5) / 31.5);
    const four = toNf4(tensor(row, { shape: [1, 64] }));
    const back = fromNf4(four);
    const values = [...new Set(back.toNumbers())].toSorted((a, b) => a - b);
    [-1, -0.6961928, -0.52507305, -0.39491749, -0.28444138, -0.18477343, -0.09105004, 0].forEach((value, i) =>
      expect(values[i]).toBeCloseTo(value, 6),
    );
    expect(values).toHaveLength(16);
    // Each is the nearest of the sixteen.
    back.toNumbers().forEach((value, i) => {
      const gaps = values.map((one) => Math.abs(one - row[i]!));
      expect(Math.abs(value - row[i]!)).toBeCloseTo(Math.min(...gaps), 6);
    });
    // Two to a byte, the first in the higher half.
    expect(four.packed.toNumbers()[0]).toBe(0);
    expect(four.packed.toNumbers().at(-1)).toBe(0xff);
    dispose([four, back]);
  });

  it("have scales in eight bits, near enough", () => {
    using generator = new Generator(2);
    const weight = randn([300, 70], { generator });
    const four = toNf4(weight);
    const back = fromNf4(four);
    expect(back.shape).toEqual([300, 70]);
    const error = back.sub(weight).norm().item() / weight.norm().item();
    // Four bits of a normal distribution: the paper's data type has about 9 % of error.
    expect(error).toBeGreaterThan(0.05);
    expect(error).toBeLessThan(0.12);
    const bytes = four.packed.numel + four.scales.numel + 4 * four.scalesOfScales.numel;
    expect(bytes / weight.numel).toBeLessThan(0.53);
    // A second time changes nothing but the mean that scales are around.
    const again = fromNf4(toNf4(back));
    expect(again.sub(back).abs().max().item()).toBeLessThan(0.02 * back.abs().max().item());
  });

  it("are a base that adapters train before, layer by layer", () => {
    const before = liveTensors();
    const parameters = initialParameters(CONFIG, 1);
    const base = decoderWeights(CONFIG, parameters);
    const weights = nf4Weights(base);
    const adapters = new Adapters(weights);
    const lora = loraConfig({ rank: 2, alpha: 4, targets: "all-linear" });
    const adapter = initialAdapter(lora, weights, 1);
    adapters.add("one", adapter);
    adapters.use("one");
    const trained = [...adapter.pairs.values()].flatMap(({ a, b }) => [a, b]);
    for (const parameter of trained) parameter.requiresGrad_();
    const model = new Decoder(CONFIG, parameters, adapters);
    const expanded = new Map([...parameters].map(([name]) => [name, weights.get(name)]));
    const plain = new Decoder(CONFIG, expanded);
    const rope = model.rope(16);
    const ids = tensor(
      BigInt64Array.from({ length: 12 }, (_, i) => BigInt(i)),
      { shape: [1, 12] },
    );
    tidy(() => {
      const ours = model.hidden(ids, causalAttention(rope));
      const theirs = noGrad(() => plain.hidden(ids, causalAttention(rope)));
      expect(ours.sub(theirs).abs().max().item()).toBeLessThan(1e-6);
      ours.pow(2).sum().backward();
      const gradients = trained.map(({ grad }) => grad!.toNumbers());
      for (const parameter of trained) parameter.grad = null;
      const again = model.checkpointed(ids, (body: () => Tensor) => body(), causalAttention(rope));
      again.backward(again.hidden.mul(2));
      gradients.forEach((gradient, i) =>
        trained[i]!.grad!.toNumbers().forEach((value, k) => expect(value).toBeCloseTo(gradient[k]!, 3)),
      );
    });
    for (const parameter of trained) parameter.grad = null;
    adapters.dispose();
    weights.dispose();
    dispose([parameters, [...expanded.values()], rope.cos, rope.sin, ids]);
    expect(liveTensors()).toBe(before);
  });
});
