/** AdamW against its formula, its saved state, clipping, schedules. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { AdamW, clipGradNorm, liveTensors, noGrad, tensor, type Tensor, tidy, zeros } from "./index.ts";

let before = 0;
beforeEach(() => (before = liveTensors()));
afterEach(() => expect(liveTensors()).toBe(before));

const START = [0.5, -1.25, 2];
/** The gradient of the k-th step: any numbers will do, as long as they differ. */
const gradient = (k: number): number[] => [0.1 * (k + 1), -0.3, k - 2];
const HYPER = { lr: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1 };

function runAdamW(steps: number, make: (w: Tensor) => AdamW): number[] {
  return tidy(() => {
    const w = tensor(START).requiresGrad_();
    using optimizer = make(w);
    for (let k = 0; k < steps; k++) {
      w.grad = tensor(gradient(k));
      optimizer.step();
    }
    return w.detach().toNumbers();
  });
}

const named = (w: Tensor): { parameters: Map<string, Tensor> }[] => [{ parameters: new Map([["w", w]]) }];

test("five steps equal the published update, computed in double precision", () => {
  const w = [...START];
  const [m, v] = [w.map(() => 0), w.map(() => 0)];
  for (let k = 0; k < 5; k++)
    gradient(k).forEach((g, i) => {
      w[i]! *= 1 - HYPER.lr * HYPER.weightDecay;
      m[i] = HYPER.beta1 * m[i]! + (1 - HYPER.beta1) * g;
      v[i] = HYPER.beta2 * v[i]! + (1 - HYPER.beta2) * g * g;
      const mean = m[i]! / (1 - HYPER.beta1 ** (k + 1));
      const square = v[i]! / (1 - HYPER.beta2 ** (k + 1));
      w[i]! -= (HYPER.lr * mean) / (Math.sqrt(square) + HYPER.eps);
    });
  runAdamW(5, (x) => new AdamW(named(x), HYPER)).forEach((value, i) => expect(value).toBeCloseTo(w[i]!, 5));
});

test("a group's own rate, a schedule's factor, and parameters without gradient", () => {
  tidy(() => {
    const [a, b, idle] = [
      tensor([1]).requiresGrad_(),
      tensor([1]).requiresGrad_(),
      tensor([1]).requiresGrad_(),
    ];
    using optimizer = new AdamW(
      [
        {
          parameters: new Map([
            ["a", a],
            ["idle", idle],
          ]),
        },
        { parameters: new Map([["b", b]]), lr: 0.1, weightDecay: 0 },
      ],
      { lr: 0.01 },
    );
    a.add(b).sum().backward();
    optimizer.step(0.5);
    // The first Adam step has size lr; group a also decays by lr * 0.01.
    expect(a.item()).toBeCloseTo(1 - 0.005 * 0.01 - 0.005, 6);
    expect(b.item()).toBeCloseTo(0.95, 6);
    expect(idle.item()).toBe(1);
    optimizer.zeroGrad();
    expect(a.grad).toBeNull();
  });
});

test("two steps, save, load and three more equal five, bit for bit", () => {
  tidy(() => {
    const whole = runAdamW(5, (x) => new AdamW(named(x), HYPER));
    const w = tensor(START).requiresGrad_();
    using first = new AdamW(named(w), HYPER);
    using second = new AdamW(named(w), HYPER);
    for (let k = 0; k < 5; k++) {
      if (k === 2) second.importState(first.exportState());
      w.grad = tensor(gradient(k));
      (k < 2 ? first : second).step();
    }
    expect(w.detach().toNumbers()).toEqual(whole);
    expect([...second.exportState().keys()]).toEqual(["w.exp_avg", "w.exp_avg_sq", "w.step"]);
    expect(() => second.importState(new Map([["x.step", zeros([])]]))).toThrow(
      "x.step: there is no such parameter",
    );
    expect(() => second.importState(new Map([["w.step", zeros([])]]))).toThrow(
      "of w: one of its tensors is missing",
    );
    const wrong = new Map(["exp_avg", "exp_avg_sq", "step"].map((part) => [`w.${part}`, zeros([2])]));
    expect(() => second.importState(wrong)).toThrow("of w: expected shape [3], found [2]");
  });
});

test("bfloat16 parameters and transposed gradients are updated", () => {
  tidy(() => {
    const half = tensor([1, 1], { dtype: "bfloat16" }).requiresGrad_();
    const matrix = zeros([2, 3]).requiresGrad_();
    using optimizer = new AdamW(
      [
        {
          parameters: new Map([
            ["half", half],
            ["matrix", matrix],
          ]),
          weightDecay: 0,
        },
      ],
      { lr: 0.5 },
    );
    half.grad = tensor([1, -1], { dtype: "bfloat16" });
    noGrad(
      () =>
        (matrix.grad = tensor([
          [1, -1],
          [-1, 1],
          [1, 1],
        ]).t()),
    );
    optimizer.step();
    expect(half.detach().toNumbers()).toEqual([0.5, 1.5]);
    matrix
      .detach()
      .toNumbers()
      .forEach((value, i) => expect(value).toBeCloseTo([-0.5, 0.5, -0.5, 0.5, -0.5, -0.5][i]!, 5));
  });
});

test("clipping leaves small gradients, measures with Infinity, and refuses what is not finite", () => {
  tidy(() => {
    const [a, b] = [zeros([1]).requiresGrad_(), zeros([1]).requiresGrad_()];
    expect(clipGradNorm([a, b], 1)).toEqual({ norm: 0, finite: true });
    const set = (x: number, y: number): void => {
      a.grad = tensor([x]);
      b.grad = tensor([y]);
    };
    set(3, 4);
    expect(clipGradNorm([a, b], 10)).toEqual({ norm: 5, finite: true });
    expect(clipGradNorm([a, b], Infinity)).toEqual({ norm: 5, finite: true });
    expect([a.grad!.item(), b.grad!.item()]).toEqual([3, 4]);
    clipGradNorm([a, b], 1);
    expect(a.grad!.item()).toBeCloseTo(0.6, 6);
    for (const bad of [NaN, Infinity]) {
      set(bad, 4);
      expect(clipGradNorm([a, b], 1).finite).toBe(false);
      expect(b.grad!.item()).toBe(4);
    }
  });
});
