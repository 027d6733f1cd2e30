/** Data in and out in every element type, shapes and views, indexing in place, random draws. */
import { expect, test } from "vitest";
import {
  arange,
  cat,
  dispose,
  type DType,
  full,
  Generator,
  liveTensors,
  manualSeed,
  ones,
  rand,
  randn,
  restoreRngState,
  rngState,
  stack,
  tensor,
  tensorScope,
  tidy,
  where,
  zeros,
} from "./index.ts";

const types: [DType, number[]][] = [
  ["float32", [1.5, -2, 0]],
  ["float64", [0.1, -2, 1e300]],
  ["bfloat16", [1.5, -2, 0.25]],
  ["float16", [1.5, -2, 0.25]],
  ["int64", [1, -2, 2 ** 53]],
  ["int32", [1, -2, 2 ** 31 - 1]],
  ["int16", [1, -2, 300]],
  ["int8", [1, -2, 127]],
  ["uint8", [1, 2, 255]],
  ["bool", [1, 0, 1]],
];
test.each(types)("%s keeps its values on the way in and out", (dtype, values) => {
  tidy(() => {
    const x = tensor(values, { dtype });
    expect([x.dtype, x.shape, x.numel, x.device]).toEqual([dtype, [3], 3, "cpu"]);
    expect(x.toNumbers()).toEqual(values);
    expect(Array.from<number | bigint, number>(x.data(), Number)).toEqual(values);
    if (dtype !== "bool" && dtype !== "bfloat16" && dtype !== "float16")
      expect(tensor(x.data()).dtype).toBe(dtype);
  });
});

test("nested arrays, typed arrays with a shape, scalars and empty tensors", () => {
  tidy(() => {
    expect(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]).shape,
    ).toEqual([2, 3]);
    expect(tensor(5).shape).toEqual([]);
    expect(tensor([[]]).toArray()).toEqual([[]]);
    expect(tensor(new BigInt64Array([1n, 2n]), { shape: [2, 1] }).toArray()).toEqual([[1], [2]]);
    expect(() => tensor([[1, 2], [3]])).toThrow("ragged");
    expect(() => tensor(new Float32Array(3), { shape: [2, 2] })).toThrow("the shape needs 16 bytes, got 12");
    const window = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    expect(tensor(window).toArray()).toEqual([1, 2]);
    expect(
      ones([2])
        .setData(new Float32Array([3, 4]))
        .toArray(),
    ).toEqual([3, 4]);
    expect(String(arange(0, 9))).toBe("Tensor([9], int64, cpu: 0, 1, 2, 3, 4, 5, ...)");
  });
});

test("views share memory, and what is not contiguous is read in order", () => {
  tidy(() => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const turned = x.transpose(0, 1);
    expect([turned.isContiguous, turned.toArray()]).toEqual([
      false,
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ]);
    expect([turned.sharesStorage(x), x.clone().sharesStorage(x)]).toEqual([true, false]);
    x.select(0, 1).fill_(0);
    x.slice(1, 1, null, 1).mul_(10);
    expect(x.toArray()).toEqual([
      [1, 20, 30],
      [0, 0, 0],
    ]);
    expect(x.unsqueeze(0).expand(2, -1, -1).permute(2, 0, 1).shape).toEqual([3, 2, 2]);
    expect(x.split(2, 1).map((part) => part.size(-1))).toEqual([2, 1]);
    expect(() => x.size(2)).toThrow("no dimension 2 in a tensor of shape [2, 3]");
  });
});

test("rows of a cache are written in place by position and by index", () => {
  tidy(() => {
    const cache = zeros([1, 4, 2]);
    cache.narrow(1, 1, 2).copy_(
      tensor(
        [
          [
            [1, 2],
            [3, 4],
          ],
        ],
        { dtype: "bfloat16" },
      ),
    );
    cache.indexCopy_(
      1,
      tensor([3, 0], { dtype: "int64" }),
      tensor([
        [
          [5, 6],
          [7, 8],
        ],
      ]),
    );
    expect(cache.toArray()).toEqual([
      [
        [7, 8],
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ]);
    cache.indexPut_([null, tensor([1], { dtype: "int64" })], full([1, 1, 2], 9));
    cache.scatter_(2, zeros([1, 1, 1], { dtype: "int64" }), -1);
    expect(cache.toArray()).toEqual([
      [
        [-1, 8],
        [9, 9],
        [3, 4],
        [5, 6],
      ],
    ]);
    expect(cache.indexSelect(1, tensor([2], { dtype: "int64" })).toArray()).toEqual([[[3, 4]]]);
  });
});

test("masks, comparisons and joins", () => {
  tidy(() => {
    const x = tensor([1, -2, 3]);
    expect(where(x.gt(0), x, x.neg()).toArray()).toEqual([1, 2, 3]);
    expect(x.maskedFill(x.lt(0), 0).toArray()).toEqual([1, 0, 3]);
    expect(x.div(0).isfinite().all().item()).toBe(0);
    expect(x.isfinite().all().item()).toBe(1);
    expect(stack([x, x]).shape).toEqual([2, 3]);
    expect(cat([x, x]).shape).toEqual([6]);
    expect(ones([2, 2]).tril().toArray()).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });
});

test("the same seed draws the same numbers; a saved state resumes them", () => {
  tidy(() => {
    manualSeed(3);
    const first = rand([4]).toArray();
    const state = rngState();
    const second = randn([4]).toArray();
    restoreRngState(state);
    expect(randn([4]).toArray()).toEqual(second);
    manualSeed(3);
    expect(rand([4]).toArray()).toEqual(first);

    const own = new Generator(3);
    expect(rand([4], { generator: own }).toArray()).toEqual(first);
    const saved = own.state();
    const next = tensor([1, 1]).multinomial(9, true, own).toArray();
    own.restore(saved);
    expect(tensor([1, 1]).multinomial(9, true, own).toArray()).toEqual(next);
  });
});

test("scopes: results move out, kept tensors stay, errors and returns leak nothing", () => {
  const before = liveTensors();
  const pair = tidy(() => {
    const inner = tidy(() => ({ list: [ones([1]).add(1)], map: new Map([["k", zeros([1])]]) }));
    expect(liveTensors()).toBe(before + 2);
    return inner;
  });
  expect(liveTensors()).toBe(before + 2);
  dispose(pair);
  expect(() =>
    tidy(() => {
      ones([1]);
      throw new Error("inside");
    }),
  ).toThrow("inside");
  {
    using _scope = tensorScope();
    ones([1]).add(1).dispose();
  }
  const kept = tidy(() => {
    ones([1]).keep();
    return ones([1]).keep();
  });
  expect(liveTensors()).toBe(before + 2);
  kept.dispose();
  expect(() => tidy(async () => {})).toThrow("synchronous");
  const outer = tensorScope();
  const inner = tensorScope();
  ones([1]);
  outer.close();
  inner.close();
  expect(liveTensors()).toBe(before + 1);
});
