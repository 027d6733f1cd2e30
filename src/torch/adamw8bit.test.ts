/** AdamW with averages in eight bits beside the one in float32. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { AdamW8bit } from "./adamw8bit.ts";
import { dynamicFloat } from "./blockwise.ts";
import { AdamW, Generator, liveTensors, randn, tensor, type Tensor, tidy } from "./index.ts";

let before = 0;
beforeEach(() => (before = liveTensors()));
afterEach(() => expect(liveTensors()).toBe(before));

const HYPER = { lr: 1e-3, beta1: 0.9, beta2: 0.999, weightDecay: 0.01 };
const named = (w: Tensor): { parameters: Map<string, Tensor> }[] => [{ parameters: new Map([["w", w]]) }];
const seeded = (seed: number): Tensor => {
  using generator = new Generator(seed);
  return randn([65, 70], { generator });
};
/** The gradient of the k-th step: a direction that stays, and noise of sizes from 1e-3 to 1. */
const gradient = (k: number): Tensor =>
  seeded(1)
    .add(seeded(100 + k))
    .mul(seeded(2).abs().pow(3).clamp(1e-3, 1));

function run(make: (w: Tensor) => AdamW | AdamW8bit, from: number, to: number, w: Tensor): void {
  using optimizer = make(w);
  for (let k = from; k < to; k++)
    tidy(() => {
      w.grad = gradient(k);
      optimizer.step();
    });
}

// bitsandbytes' create_dynamic_map(signed=True) and (signed=False): first, last and some values between.
test("the tables are bitsandbytes'", () => {
  const [signed, unsigned] = [dynamicFloat(), dynamicFloat(false)];
  for (const table of [signed, unsigned]) expect(table).toHaveLength(256);
  expect(signed[0]).toBeCloseTo(-0.99296875, 8);
  expect(signed[127]).toBe(0);
  expect(signed[128]).toBeCloseTo(5.5e-7, 12);
  expect(unsigned[0]).toBe(0);
  expect(unsigned[1]).toBeCloseTo(3.25e-7, 12);
  expect([signed[254], signed[255], unsigned[254]]).toEqual([
    expect.closeTo(0.99296875, 8),
    1,
    expect.closeTo(0.996484375, 8),
  ]);
});

test("40 steps go nearly where AdamW's go", () => {
  tidy(() => {
    const start = seeded(7);
    const [eight, full] = [start.clone().requiresGrad_(), start.clone().requiresGrad_()];
    run((w) => new AdamW8bit(named(w), HYPER), 0, 40, eight);
    run((w) => new AdamW(named(w), HYPER), 0, 40, full);
    const way = full.detach().sub(start).norm().item();
    const gap = eight.detach().sub(full.detach()).norm().item();
    // Sizes over three powers of ten within a block: the smallest squares are held up by the table's least value.
    expect(gap / way).toBeLessThan(0.15);
    expect(gap).toBeGreaterThan(0);
  });
});

test("the first step is AdamW's, and the state takes a quarter of its memory", () => {
  tidy(() => {
    const start = seeded(7);
    const [eight, full] = [start.clone().requiresGrad_(), start.clone().requiresGrad_()];
    run((w) => new AdamW(named(w), HYPER), 0, 1, full);
    using optimizer = new AdamW8bit(named(eight), HYPER);
    eight.grad = gradient(0);
    optimizer.step();
    expect(eight.detach().sub(full.detach()).abs().max().item()).toBeLessThan(1e-6);
    expect(optimizer.stateBytes / (2 * 4 * eight.numel)).toBeLessThan(0.26);
  });
});

test("a saved state goes on with the same bits, and small parameters are AdamW's", () => {
  tidy(() => {
    const whole = seeded(7).requiresGrad_();
    run((w) => new AdamW8bit(named(w), HYPER), 0, 6, whole);
    const parted = seeded(7).requiresGrad_();
    using first = new AdamW8bit(named(parted), HYPER);
    for (let k = 0; k < 3; k++) {
      parted.grad = gradient(k);
      first.step();
    }
    run(
      (w) => {
        const second = new AdamW8bit(named(w), HYPER);
        second.importState(first.exportState());
        return second;
      },
      3,
      6,
      parted,
    );
    expect(parted.detach().toNumbers()).toEqual(whole.detach().toNumbers());
    expect(() => first.importState(new Map([["w.step", tensor(1)]]))).toThrow(
      "optimizer state w.exp_avg.codes: expected 4608 elements, found nothing",
    );

    const few = (): Tensor => tensor([1, 2]).requiresGrad_();
    const after = [AdamW8bit, AdamW].map((Adam) => {
      const w = few();
      using optimizer = new Adam(named(w), HYPER);
      w.grad = tensor([0.5, -3]);
      optimizer.step();
      return w.detach().toNumbers();
    });
    expect(after[0]).toEqual(after[1]);
  });
});
