/** Conversion of arguments and results between JavaScript and ATen, and the errors of both. */
import { expect, test } from "vitest";
import { arange, Generator, liveTensors, ones, op, tensor, type Tensor, tidy, zeros } from "./index.ts";

test("lists, optional arguments and several results", () => {
  tidy(() => {
    expect(op("aten::roll")(arange(0, 5), [1], [0]).toArray()).toEqual([4, 0, 1, 2, 3]);
    const [values, indices] = op<Tensor[]>("aten::topk")(tensor([3, 1, 2]), 2);
    expect([values!.toArray(), indices!.toArray()]).toEqual([
      [3, 2],
      [0, 2],
    ]);
    const parts = op<Tensor[]>("aten::split", "Tensor")(arange(0, 5), 2);
    expect(parts.map((part) => part.toArray())).toEqual([[0, 1], [2, 3], [4]]);
    expect(op("aten::clamp")(tensor([-5, 5]), null, 1).toArray()).toEqual([-5, 1]);
    expect(op("aten::clamp")(tensor([-5, 5]), undefined, 1).toArray()).toEqual([-5, 1]);
    const picked = op("aten::index", "Tensor")(
      tensor([
        [1, 2],
        [3, 4],
      ]),
      [null, tensor([1], { dtype: "int64" })],
    );
    expect(picked.toArray()).toEqual([[2], [4]]);
    expect(op("aten::avg_pool2d")(ones([1, 1, 4, 4]), 2).shape).toEqual([1, 1, 2, 2]);
    expect(op("aten::upsample_nearest2d", "vec")(ones([1, 1, 2, 2]), null, [2, 2]).shape).toEqual([
      1, 1, 4, 4,
    ]);
  });
});

test("scalars keep their kind, results that are not tensors come as JavaScript values", () => {
  tidy(() => {
    expect(tensor([7, 8], { dtype: "int64" }).mul(2).dtype).toBe("int64");
    expect(tensor([7, 8], { dtype: "int64" }).mul(0.5).dtype).toBe("float32");
    expect(op("aten::full")([1], 9007199254740993n, "int64").data()).toEqual(
      new BigInt64Array([9007199254740993n]),
    );
    expect(op<boolean>("aten::equal")(ones([2]), ones([2]))).toBe(true);
    expect(op<number>("aten::item")(tensor(2.5))).toBe(2.5);
    expect(1 / op("aten::full")([1], -0, "float32").item()).toBe(-Infinity);
  });
});

test("types and devices are given by name, generators by object", () => {
  tidy(() => {
    expect(op("aten::zeros")([2], "bfloat16", undefined, "cpu").dtype).toBe("bfloat16");
    const draw = (): Tensor => op("aten::rand", "generator")([3], new Generator(5));
    expect(draw().toArray()).toEqual(draw().toArray());
  });
});

test("an operator that writes in place returns the tensor it was given", () => {
  tidy(() => {
    const x = zeros([2]);
    expect(op("aten::add_", "Tensor")(x, ones([2]))).toBe(x);
    const out = zeros([2]);
    expect(op("aten::add", "out")(x, ones([2]), 1, out)).toBe(out);
    expect([x.toArray(), out.toArray()]).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});

test("errors name the operator and the argument, in one line", () => {
  const before = liveTensors();
  const messageOf = (body: () => unknown): string => {
    try {
      tidy(body);
    } catch (error) {
      return (error as Error).message;
    }
    return "no error";
  };
  const mismatch = messageOf(() => ones([2, 3]).mm(ones([2, 3])));
  expect(mismatch).toBe("aten::mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)");
  expect(messageOf(() => op("aten::mm")(ones([2, 2])))).toBe("aten::mm: argument 'mat2' (Tensor) is missing");
  expect(messageOf(() => op("aten::mm")(ones([2, 2]), 3))).toBe("argument 'mat2' must be a Tensor");
  expect(messageOf(() => op("aten::sum", "dim_IntList")(ones([2]), [0.5]))).toMatch(
    /argument 'dim' must be int/,
  );
  expect(messageOf(() => op("aten::zeros")([1], "float31"))).toMatch(/argument 'dtype' must be a known name/);
  expect(messageOf(() => op("aten::zeros")([1], "float32", null, "nowhere"))).toMatch(
    /aten::zeros: .*nowhere/,
  );
  expect(messageOf(() => op("aten::neg")(ones([1]), 1))).toBe("aten::neg: takes 1 arguments, got 2");
  expect(messageOf(() => op("aten::no_such_operator"))).toBe("no such operator: aten::no_such_operator");
  expect(messageOf(() => ones([2]).view(3))).not.toContain("\n");
  expect(liveTensors()).toBe(before);
});

test("a tensor that has been disposed cannot be used", () => {
  const x = ones([1]);
  x.dispose();
  x.dispose();
  expect(() => x.add(1)).toThrow("aten::add.Scalar: the tensor has been disposed");
  expect(() => x.item()).toThrow("the tensor has been disposed");
});
