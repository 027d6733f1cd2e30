import { describe, expect, it } from "vitest";
import { makeRng } from "../../util/rng.ts";
import type { Datum } from "../backend.ts";
import { TINY_ENGINE as config, TINY_POLICY_LOSS as loss } from "./tiny.ts";
import { loraConfig } from "../../model/lora/config.ts";
import { LocalEngine } from "./engine.ts";
import { packRows } from "../packing.ts";

/** Four sequences after one prompt of 20 tokens. */
function group(shared: boolean): Datum[] {
  const rng = makeRng(5);
  const prompt = Array.from({ length: 20 }, () => rng.int(50));
  return [4, 7, 3, 8].map((length, i) => {
    const own = Array.from({ length }, () => rng.int(50));
    // A different weight at the front keeps a sequence out of the shared row without changing what is trained.
    const weights = [...prompt.map((_, t) => (!shared && t === 1 ? 1e-30 : 0)), ...own.map(() => 1)];
    return { ids: [...prompt, ...own], weights, advantage: i - 1.5, logprobs: weights.map(() => -3.5) };
  });
}

describe("LocalEngine", () => {
  it("gets the same loss and step whether sequences share their prompt or not", () => {
    expect(packRows(group(true))).toHaveLength(1);
    expect(packRows(group(false))).toHaveLength(4);
    const results = [true, false].map((shared) => {
      const engine = new LocalEngine(config, undefined);
      const report = engine.forwardBackward(group(shared), loss);
      const step = engine.optimStep(0.01);
      const after = engine.forwardBackward(group(shared), loss);
      expect(engine.close()).toBe(0);
      return [report.loss, step.gradNorm, after.loss];
    });
    results[0]!.forEach((value, i) => expect(Math.abs(value - results[1]![i]!)).toBeLessThan(2e-5));
  });

  it("trains on a shared beginning once, in the sibling that has its weights", () => {
    const losses = [true, false].map((shared) => {
      const engine = new LocalEngine(config, undefined);
      const data = group(true).map((datum, i) => ({
        ...datum,
        weights: datum.weights.map((weight, t) => (t > 0 && t < 20 && i === 1 ? 0.5 : weight)),
        ...(shared ? { shared: 20 } : {}),
      }));
      expect(packRows(data)).toHaveLength(shared ? 1 : 2);
      const report = engine.forwardBackward(data, { kind: "cross-entropy" });
      const { gradNorm } = engine.optimStep(0.01);
      engine.close();
      return [report.loss, gradNorm] as const;
    });
    expect(Math.abs(losses[0]![0] - losses[1]![0])).toBeLessThan(1e-5);
    expect(Math.abs(losses[0]![1] - losses[1]![1])).toBeLessThan(1e-4);
  });

  it("adds up over micro-batches", () => {
    const losses = [16, 64, 512].map((tokensPerBatch) => {
      const engine = new LocalEngine({ ...config, tokensPerBatch }, undefined);
      const report = engine.forwardBackward(group(false), loss);
      const { gradNorm } = engine.optimStep(0.01);
      engine.close();
      return [report.loss, gradNorm] as const;
    });
    for (const [value, norm] of losses) {
      expect(Math.abs(value - losses[2]![0])).toBeLessThan(1e-5);
      expect(Math.abs(norm - losses[2]![1])).toBeLessThan(1e-4);
    }
  });

  it.each(["fp32", "bf16"] as const)(
    "computes layers again for the same loss and step in %s",
    (precision) => {
      const lora = loraConfig({ rank: 2, alpha: 4, targets: "all-linear" });
      for (const adapter of [undefined, lora]) {
        const results = [false, true].map((gradientCheckpointing) => {
          const engine = new LocalEngine(
            {
              ...config,
              precision,
              gradientCheckpointing,
              ...(adapter === undefined ? {} : { lora: adapter }),
            },
            undefined,
          );
          const report = engine.forwardBackward(group(true), loss);
          const step = engine.optimStep(0.01);
          const after = engine.forwardBackward(group(true), loss);
          expect(engine.close()).toBe(0);
          return [report.loss, step.gradNorm, after.loss];
        });
        const gate = precision === "fp32" ? 1e-5 : 1e-2;
        results[0]!.forEach((value, i) => expect(Math.abs(value - results[1]![i]!)).toBeLessThan(gate));
      }
    },
  );

  it("learns preferences, pair by pair whatever the micro-batches", () => {
    const [a, b, c, d] = group(true) as [Datum, Datum, Datum, Datum];
    const batch = [a, b, c, d].map((datum, i) => ({
      ...datum,
      preference: { pair: i % 2, chosen: i < 2 },
    }));
    const spec = { kind: "preference", beta: 0.5, totalPairs: 2 } as const;
    const results = [16, 512].map((tokensPerBatch) => {
      const engine = new LocalEngine({ ...config, tokensPerBatch }, undefined);
      engine.freezeReference();
      const first = engine.forwardBackward(batch, spec);
      const { gradNorm } = engine.optimStep(0.005);
      const second = engine.forwardBackward(batch, spec);
      expect(engine.close()).toBe(0);
      expect(first.loss).toBeCloseTo(Math.log(2), 5);
      expect(first.metrics["rewards/margins"]).toBeCloseTo(0, 5);
      expect(second.loss).toBeLessThan(first.loss);
      expect(second.metrics["rewards/margins"]).toBeGreaterThan(0);
      return [gradNorm, second.loss];
    });
    results[0]!.forEach((value, i) => expect(value).toBeCloseTo(results[1]![i]!, 4));
  });

  it("makes what had an advantage likelier, and what had a disadvantage less likely", () => {
    for (const advantage of [1, -1]) {
      const engine = new LocalEngine(config, undefined);
      const [datum] = group(true);
      const nll = (): number => engine.forwardBackward([datum!], { kind: "cross-entropy" }).loss;
      const before = nll();
      engine.optimStep(0);
      for (let i = 0; i < 3; i++) {
        engine.forwardBackward([{ ...datum!, advantage, logprobs: datum!.weights.map(() => -before) }], {
          ...loss,
          epsilonLow: 5,
          epsilonHigh: 50,
        });
        engine.optimStep(0.003);
      }
      expect(Math.sign(before - nll())).toBe(advantage);
      engine.optimStep(0);
      engine.close();
    }
  });

  it("skips a step whose gradient is not finite and leaves the weights alone", () => {
    const engine = new LocalEngine(config, undefined);
    const before = engine.forwardBackward(group(true), loss).loss;
    expect(engine.optimStep(0).skipped).toBe(false);
    engine.forwardBackward([{ ...group(true)[0]!, advantage: Number.NaN }], loss);
    expect(engine.optimStep(0.1).skipped).toBe(true);
    expect(engine.forwardBackward(group(true), loss).loss).toBe(before);
    engine.close();
  });

  it("samples reproducibly, with the log-probabilities of a fresh forward pass, over several turns", async () => {
    const engine = new LocalEngine(config, undefined);
    const prompts = [
      [5, 6, 7, 8, 9],
      [10, 11],
    ];
    const options = { temperature: 1, topP: 1, maxTokens: 6 };
    const roll = async (): Promise<number[][]> => {
      await engine.sampler.begin(0, prompts, 2);
      const texts = [0, 1, 2, 3].map((row) => [...prompts[row >> 1]!]);
      const logprobs = texts.map((ids) => ids.map(() => 0));
      for (const [turn, rows] of [
        [0, [0, 1, 2, 3]],
        [1, [1, 2]],
      ] as const) {
        const append: readonly number[] = turn === 0 ? [] : [20, 21, 22];
        const start = rows.map((row) => ({ row, append, seed: 100 * turn + row }));
        const drop = turn === 0 ? [] : [0, 3];
        const results = await engine.sampler.advance(0, { start, drop }, options, 20);
        for (const result of results) {
          texts[result.row]!.push(...append, ...result.ids);
          logprobs[result.row]!.push(...append.map(() => 0), ...result.logprobs);
        }
      }
      await engine.sampler.end(0);
      // With old log-probabilities equal to fresh ones every ratio is 1, so the loss is minus the advantage.
      const data = texts.map((ids, i) => ({
        ids,
        weights: logprobs[i]!.map((lp) => (lp === 0 ? 0 : 1)),
        advantage: 1,
        logprobs: logprobs[i]!,
      }));
      const tokens = data.reduce((sum, datum) => sum + datum.weights.reduce<number>((a, b) => a + b, 0), 0);
      const report = engine.forwardBackward(data, {
        ...loss,
        totalTokens: tokens,
        epsilonLow: 10,
        epsilonHigh: 10,
      });
      engine.optimStep(0);
      expect(report.loss).toBeCloseTo(-1, 4);
      return texts;
    };
    const first = await roll();
    expect(await roll()).toEqual(first);
    expect(engine.close()).toBe(0);
  });
});
