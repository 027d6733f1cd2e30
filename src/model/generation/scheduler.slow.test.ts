/** A tiny decoder of random weights: what is drawn is the same whoever shares the batch, and equal to a fresh pass. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dispose, liveTensors, noGrad, tensor, tidy } from "../../torch/index.ts";
import { causalAttention } from "../attention.ts";
import type { DecoderConfig } from "../config.ts";
import { Decoder, initialParameters } from "../decoder.ts";
import type { Rope } from "../rope.ts";
import { LocalTurnSampler } from "../turn-sampler.ts";
import type { DrawnToken, TokenOptions } from "./request.ts";
import { createScheduler, type ScheduledRequest, type Scheduler } from "./scheduler.ts";

const CONFIG: DecoderConfig = {
  vocabSize: 40,
  hiddenSize: 16,
  intermediateSize: 32,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  ropeTheta: 10000,
  normEps: 1e-6,
  tiedHead: true,
  maxPositions: 1400,
  initStd: 0.4,
};
const END = 38;
const GREEDY: TokenOptions = { temperature: 0, topP: 1, maxTokens: 20 };
let model: Decoder;
let rope: Rope;

beforeAll(() => {
  model = new Decoder(CONFIG, initialParameters(CONFIG, 3));
  rope = model.rope(CONFIG.maxPositions);
});
afterAll(() => {
  dispose(model.parameters);
  dispose([rope.cos, rope.sin]);
});

const open = (options: { maxRows?: number; maxPositions?: number } = {}): Scheduler =>
  createScheduler(model, rope, { end: new Set([END]), pad: 39, ...options });
const prompt = (length: number, salt: number): number[] =>
  Array.from({ length }, (_, i) => (i * 7 + salt * 11 + ((i * i) % 5)) % 38);
const request = (id: number, length: number, more: Partial<ScheduledRequest> = {}): ScheduledRequest => {
  return { id, prompt: prompt(length, id), seeds: [id], options: GREEDY, ...more };
};

/** Steps until nothing is left; `between` may add and cancel. */
function run(scheduler: Scheduler, between: (step: number) => void = () => {}): DrawnToken[] {
  const out: DrawnToken[] = [];
  for (let step = 0; step < 500 && (scheduler.running + scheduler.waiting > 0 || step === 0); step++) {
    between(step);
    out.push(...scheduler.step());
  }
  expect(scheduler.running + scheduler.waiting).toBe(0);
  return out;
}
const idsOf = (tokens: readonly DrawnToken[], id: number, answer = 0): number[] =>
  tokens.filter((token) => token.request === id && token.answer === answer).map((token) => token.id);
const alone = (one: ScheduledRequest): number[] => {
  const scheduler = open();
  scheduler.add(one);
  return idsOf(run(scheduler), one.id);
};

describe("greedy answers", () => {
  const lengths = [1, 5, 17, 3, 40, 9];

  it("equal those of the turn sampler", async () => {
    const sampler = new LocalTurnSampler(model, rope, { stop: END, pad: 39 });
    const prompts = lengths.map((length, id) => prompt(length, id));
    await sampler.begin(0, prompts, 1);
    const start = prompts.map((_, row) => ({ row, append: [], seed: 0 }));
    const turns = await sampler.advance(0, { start, drop: [] }, GREEDY, 100);
    sampler.close();
    const scheduler = open();
    lengths.forEach((length, id) => scheduler.add(request(id, length)));
    const tokens = run(scheduler);
    for (const { row, ids } of turns) expect(idsOf(tokens, row)).toEqual(ids);
    expect(new Set(turns.map(({ ids }) => ids.join())).size).toBeGreaterThan(3);
  });

  it("do not depend on who joins and leaves meanwhile, nor on how many rows there are", () => {
    const expected = new Map([1, 2, 3, 5].map((id) => [id, alone(request(id, lengths[id]!))]));
    for (const maxRows of [1, 3, 32]) {
      const scheduler = open({ maxRows });
      scheduler.add(request(0, 5));
      const tokens = run(scheduler, (step) => {
        if (step > 0 && step < lengths.length) scheduler.add(request(step, lengths[step]!));
        if (step === 8) scheduler.cancel(4);
      });
      for (const [id, ids] of expected) expect(idsOf(tokens, id)).toEqual(ids);
      expect(idsOf(tokens, 4).length).toBeLessThan(20);
    }
  });

  it("of a prompt that is read in pieces equal those of one that is read at once", async () => {
    const long = request(1, 1300);
    const scheduler = open();
    scheduler.add(request(0, 4));
    scheduler.add(long);
    const tokens = run(scheduler);
    const sampler = new LocalTurnSampler(model, rope, { stop: END, pad: 39 });
    await sampler.begin(0, [long.prompt], 1);
    const change = { start: [{ row: 0, append: [], seed: 0 }], drop: [] };
    const [turn] = await sampler.advance(0, change, GREEDY, 100);
    sampler.close();
    expect(idsOf(tokens, 1)).toEqual(turn!.ids);
    // The other answer went on between the pieces.
    const order = tokens.map((token) => token.request);
    expect(order.indexOf(1)).toBeGreaterThanOrEqual(2);
  });
});

it("draws the same for the same seed, alone and in company, and differently for others", () => {
  const options: TokenOptions = { temperature: 1.5, topP: 0.95, topK: 30, minP: 0.001, maxTokens: 24 };
  const one = request(7, 6, { seeds: [1, 2, 1], options });
  const scheduler = open();
  for (const id of [0, 1, 2]) scheduler.add(request(id, 9, { options }));
  scheduler.add(one);
  const tokens = run(scheduler);
  expect(idsOf(tokens, 7, 0)).toEqual(idsOf(tokens, 7, 2));
  expect(idsOf(tokens, 7, 0)).not.toEqual(idsOf(tokens, 7, 1));
  expect(alone({ ...one, seeds: [1] })).toEqual(idsOf(tokens, 7, 0));
});

it("reports the log-probabilities of a fresh forward pass", () => {
  const options = { ...GREEDY, temperature: 1, logprobs: 3, ignoreEnd: true };
  const scheduler = open();
  for (const id of [0, 1]) scheduler.add(request(id, 8 + id, { options }));
  const tokens = run(scheduler);
  for (const id of [0, 1]) {
    const { prompt: before } = request(id, 8 + id);
    const mine = tokens.filter((token) => token.request === id);
    const text = [...before, ...mine.map((token) => token.id)];
    const fresh = tidy(() =>
      noGrad(() => {
        const ids = tensor(BigInt64Array.from(text, BigInt), { shape: [1, text.length] });
        const hidden = model.hidden(ids, causalAttention(rope)).squeeze(0);
        return model.logits(hidden).logSoftmax(-1).toFloat32Array();
      }),
    );
    mine.forEach((token, i) => {
      const row = fresh.subarray((before.length + i - 1) * 40, (before.length + i) * 40);
      expect(token.logprob!.logprob).toBeCloseTo(row[token.id]!, 5);
      expect(token.logprob!.top[0]!.logprob).toBeCloseTo(Math.max(...row), 5);
      expect(token.logprob!.top).toHaveLength(3);
    });
  }
});

it("ends at an end token, at the limit, and not where it is told to ignore the end", () => {
  const [first] = alone(request(0, 5));
  const scheduler = createScheduler(model, rope, { end: new Set([first!]), pad: 39 });
  scheduler.add(request(0, 5));
  scheduler.add(request(0, 5, { id: 1, options: { ...GREEDY, ignoreEnd: true } }));
  const tokens = run(scheduler);
  expect(tokens.filter((token) => token.request === 0).map(({ finish }) => finish)).toEqual(["stop"]);
  expect(idsOf(tokens, 1)).toHaveLength(20);
  expect(tokens.at(-1)!.finish).toBe("length");
});

it("obeys biases and penalties", () => {
  const biased = (more: Partial<TokenOptions>): number[] =>
    alone(request(0, 5, { options: { ...GREEDY, maxTokens: 3, ignoreEnd: true, ...more } }));
  const logitBias = { 12: 1000, 13: 900, 14: 800 };
  expect(biased({ logitBias })).toEqual([12, 12, 12]);
  expect(biased({ logitBias, frequencyPenalty: 500 })).toEqual([12, 13, 14]);
});

it("keeps to its limits: rows at once, and positions", () => {
  const scheduler = open({ maxRows: 4, maxPositions: 100 });
  for (const id of [0, 1, 2, 3, 4]) scheduler.add(request(id, 20, { options: { ...GREEDY, maxTokens: 10 } }));
  let most = 0;
  const tokens = run(scheduler, () => (most = Math.max(most, scheduler.running)));
  // Three answers of 30 positions fit 100, four do not.
  expect(most).toBe(3);
  expect(new Set(tokens.map((token) => token.request)).size).toBe(5);
});

it("lets go of every tensor, also of requests cancelled while they wait, are read or run", () => {
  const before = liveTensors();
  const scheduler = open({ maxRows: 2 });
  scheduler.add(request(0, 5, { seeds: [1, 2] }));
  scheduler.add(request(1, 1300));
  scheduler.add(request(2, 5));
  scheduler.step();
  scheduler.cancel(0, 1);
  scheduler.step();
  expect(scheduler.running).toBe(1);
  scheduler.cancel(1);
  scheduler.cancel(2);
  scheduler.cancel(0);
  expect([scheduler.running, scheduler.waiting]).toEqual([0, 0]);
  scheduler.step();
  expect(liveTensors()).toBe(before);
});

it("is as new after an error of a whole step", () => {
  const before = liveTensors();
  let broken = false;
  const useAdapter = (): void => {
    if (broken) throw new Error("no memory");
  };
  const scheduler = createScheduler(model, rope, { end: new Set([END]), pad: 39, useAdapter });
  scheduler.add(request(0, 5));
  scheduler.add(request(1, 1300));
  scheduler.step();
  broken = true;
  expect(() => scheduler.step()).toThrow("no memory");
  scheduler.dispose();
  expect([scheduler.running, scheduler.waiting]).toEqual([0, 0]);
  expect(liveTensors()).toBe(before);
  broken = false;
  scheduler.add(request(0, 5));
  expect(idsOf(run(scheduler), 0)).toEqual(alone(request(0, 5)));
});
