import { describe, expect, it } from "vitest";
import { makeRng } from "../util/rng.ts";
import { drawToken } from "./sample-token.ts";

const logits = Float32Array.from([1, 3, 2, -1, 0.5]);

describe("drawToken", () => {
  it("draws with the probabilities of softmax (chi-square)", () => {
    const rng = makeRng(7);
    const counts = Array.from({ length: 5 }, () => 0);
    const n = 20_000;
    for (let i = 0; i < n; i++)
      counts[drawToken(logits, undefined, { temperature: 0.8, topP: 1 }, rng).id]!++;
    const weights = [...logits].map((x) => Math.exp(x / 0.8));
    const total = weights.reduce((a, b) => a + b, 0);
    const chi = weights.reduce(
      (sum, w, i) => sum + (counts[i]! - (n * w) / total) ** 2 / ((n * w) / total),
      0,
    );
    expect(chi).toBeLessThan(18.5); // 4 degrees of freedom, p = 0.001
  });

  it("never draws a forbidden token and renormalises over the rest", () => {
    const mask = Uint8Array.from([1, 0, 1, 0, 0]);
    const rng = makeRng(1);
    for (let i = 0; i < 200; i++) {
      const drawn = drawToken(logits, mask, { temperature: 1, topP: 1 }, rng);
      expect([0, 2]).toContain(drawn.id);
      const z = Math.log(Math.exp(1) + Math.exp(2));
      expect(drawn.logprob).toBeCloseTo(logits[drawn.id]! - z, 6);
    }
  });

  it("keeps only the nucleus under top-p", () => {
    const rng = makeRng(2);
    const seen = new Set(
      Array.from({ length: 500 }, () => drawToken(logits, undefined, { temperature: 1, topP: 0.7 }, rng).id),
    );
    expect([...seen].sort()).toEqual([1, 2]);
  });

  it.each([
    [{ topK: 2 }, [1, 2]],
    [{ topK: 1 }, [1]],
    // e^(x - 3): 0.135, 1, 0.368, 0.018, 0.082
    [{ minP: 0.1 }, [0, 1, 2]],
    [{ minP: 1 }, [1]],
    [{ topK: 3, topP: 0.8 }, [1, 2]],
  ])("keeps only what %j leaves", (cut, kept) => {
    const rng = makeRng(3);
    const options = { temperature: 1, topP: 1, ...cut };
    const seen = new Set(Array.from({ length: 300 }, () => drawToken(logits, undefined, options, rng).id));
    expect([...seen].sort()).toEqual(kept);
  });

  it("is greedy at temperature 0 and reports errors", () => {
    expect(drawToken(logits, undefined, { temperature: 0, topP: 1 }, makeRng(0)).id).toBe(1);
    expect(() => drawToken(logits, new Uint8Array(5), { temperature: 1, topP: 1 }, makeRng(0))).toThrow(
      /permits no token/,
    );
    expect(() =>
      drawToken(Float32Array.from([NaN]), undefined, { temperature: 1, topP: 1 }, makeRng(0)),
    ).toThrow(/NaN/);
  });
});
