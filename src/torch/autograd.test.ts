/** Gradients against finite differences, and the modes that switch recording off. */
import { expect, test } from "vitest";
import {
  autocast,
  cat,
  crossEntropy,
  embedding,
  enableGrad,
  Generator,
  grad,
  inferenceMode,
  linear,
  liveTensors,
  noGrad,
  randn,
  rmsNorm,
  scaledDotProductAttention,
  tensor,
  type Tensor,
  tidy,
  zeros,
} from "./index.ts";

/** Central differences of a scalar function of one float64 tensor. */
function numericalGradient(f: (x: Tensor) => Tensor, x: Tensor, h = 1e-5): number[] {
  const values = x.toNumbers();
  return values.map((value, i) => {
    const at = (shifted: number): number => {
      const copy = values.with(i, shifted);
      return tidy(() => f(tensor(copy, { dtype: "float64" }).view(...x.shape)).item());
    };
    return (at(value + h) - at(value - h)) / (2 * h);
  });
}

const seeded = (shape: number[], seed: number): Tensor =>
  randn(shape, { dtype: "float64", generator: new Generator(seed) });

const cases: [string, number[], (x: Tensor) => Tensor][] = [
  [
    "attention",
    [1, 2, 3, 4],
    (x) => scaledDotProductAttention(x, x.mul(0.5), x, { causal: true }).pow(2).sum(),
  ],
  [
    "norm and activation",
    [3, 4],
    (x) =>
      rmsNorm(x, seeded([4], 1))
        .silu()
        .sum(),
  ],
  ["cross-entropy", [3, 5], (x) => crossEntropy(x, tensor([1, 4, -100], { dtype: "int64" }))],
  [
    "matmul and softmax",
    [3, 3],
    (x) =>
      x
        .matmul(x.t())
        .logSoftmax(-1)
        .gather(1, zeros([3, 1], { dtype: "int64" }))
        .sum(),
  ],
  ["views", [2, 6], (x) => x.view(2, 3, 2).transpose(0, 2).narrow(1, 1, 2).exp().sum()],
  [
    "embedding",
    [4, 2],
    (x) =>
      embedding(x, tensor([1, 1, 3], { dtype: "int64" }))
        .pow(3)
        .sum(),
  ],
];
test.each(cases)("gradient of %s equals finite differences", (_, shape, f) => {
  tidy(() => {
    const x = seeded(shape, 7).requiresGrad_();
    f(x).backward();
    const expected = numericalGradient(f, x.detach());
    x.grad!.toNumbers().forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
    expect(grad([f(x)], [x])[0]!.toNumbers()).toEqual(x.grad!.toNumbers());
  });
});

test("gradients accumulate, are replaced and are dropped", () => {
  tidy(() => {
    const x = tensor([1, 2]).requiresGrad_();
    expect(x.grad).toBeNull();
    x.mul(3).sum().backward();
    x.mul(3).sum().backward();
    expect(x.grad!.toNumbers()).toEqual([6, 6]);
    x.grad = tensor([9, 9]);
    expect(x.grad!.toNumbers()).toEqual([9, 9]);
    x.grad = null;
    expect(x.grad).toBeNull();
  });
});

test("second derivatives", () => {
  tidy(() => {
    const x = tensor([2]).requiresGrad_();
    const [first] = grad([x.pow(3)], [x], { createGraph: true });
    expect(first!.item()).toBe(12);
    expect(grad([first!], [x])[0]!.item()).toBe(12);
  });
});

test("noGrad, enableGrad and inferenceMode say whether gradients are recorded, also after an error", () => {
  tidy(() => {
    const x = tensor([1]).requiresGrad_();
    expect(noGrad(() => x.mul(2).requiresGrad)).toBe(false);
    expect(noGrad(() => enableGrad(() => x.mul(2).requiresGrad))).toBe(true);
    expect(inferenceMode(() => x.mul(2).requiresGrad)).toBe(false);
    for (const mode of [noGrad, inferenceMode])
      expect(() =>
        mode(() => {
          throw new Error("inside");
        }),
      ).toThrow("inside");
    expect(x.mul(2).requiresGrad).toBe(true);
    expect(() =>
      inferenceMode(() => x.mul(2))
        .mul(x)
        .sum()
        .backward(),
    ).toThrow(/[Ii]nference/);
  });
});

test("autocast makes matrix products in bfloat16 and leaves the rest", () => {
  tidy(() => {
    const [x, w] = [seeded([2, 3], 1).float(), seeded([4, 3], 2).float()];
    expect(autocast("cpu", "bfloat16", () => linear(x, w).dtype)).toBe("bfloat16");
    expect(linear(x, w).dtype).toBe("float32");
  });
});

test("a backward pass that cannot run is an error and leaks nothing", () => {
  const before = liveTensors();
  expect(() => tidy(() => tensor([1, 2]).backward())).toThrow(/does not require grad/);
  expect(() => tidy(() => tensor([1, 2]).requiresGrad_().mul(2).backward())).toThrow(/scalar outputs/);
  expect(liveTensors()).toBe(before);
});

test.each([true, false])("linear of few rows equals that of many, gradients too (bias: %s)", (biased) => {
  tidy(() => {
    const [many, few] = [16, 8];
    const x = seeded([many, few, 256], 1).float();
    const w = seeded([272, 256], 2).float().requiresGrad_();
    const b = biased ? seeded([272], 3).float().requiresGrad_() : null;
    const leaves = [w, ...(b === null ? [] : [b])];
    const run = (rows: Tensor[]): { out: Tensor; gradients: Tensor[] } => {
      const out = cat(rows.map((part) => linear(part, w, b)));
      return { out, gradients: grad([out.pow(2).sum()], leaves) as Tensor[] };
    };
    const [whole, parts] = [run([x]), run(x.split(Array.from({ length: many }, () => 1)))];
    const gap = (a: Tensor, c: Tensor): number => a.sub(c).norm().item() / c.norm().item();
    expect(parts.out.shape).toEqual(whole.out.shape);
    expect(gap(parts.out, whole.out)).toBeLessThan(1e-6);
    parts.gradients.forEach((gradient, i) => expect(gap(gradient, whole.gradients[i]!)).toBeLessThan(1e-6));
  });
});
