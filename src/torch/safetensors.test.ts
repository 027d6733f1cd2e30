/** Safetensors: round trips, shards, files by Hugging Face, and every kind of corruption. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InputError } from "../core/errors.ts";
import {
  arange,
  loadSafetensors,
  liveTensors,
  ones,
  openSafetensors,
  SafetensorsFile,
  saveSafetensors,
  saveShardedSafetensors,
  tensor,
  type Tensor,
  tidy,
  zeros,
} from "./index.ts";

let folder = "";
let before = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ironbark-safetensors-"));
  before = liveTensors();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  expect(liveTensors()).toBe(before);
});

const sample = (): Map<string, Tensor> =>
  new Map([
    [
      "weight",
      tensor([
        [1.5, -2],
        [0, 3],
      ]),
    ],
    ["half", tensor([1.5, -2], { dtype: "bfloat16" })],
    ["f16", tensor([0.25], { dtype: "float16" })],
    ["ids", arange(0, 5)],
    ["flags", tensor([1, 0, 1], { dtype: "bool" })],
    ["scalar", tensor(7)],
    ["empty", zeros([0, 4])],
    [
      "turned",
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]).t(),
    ],
  ]);

test("every type and shape comes back as it was, with the metadata", () => {
  tidy(() => {
    const path = join(folder, "deep", "x.safetensors");
    const tensors = sample();
    saveSafetensors(path, tensors, { metadata: { step: "3" } });
    const loaded = loadSafetensors(path);
    expect(new Set(loaded.keys())).toEqual(new Set(tensors.keys()));
    for (const [name, value] of tensors) {
      const back = loaded.get(name)!;
      expect([name, back.dtype, back.shape, back.toArray()]).toEqual([
        name,
        value.dtype,
        value.shape,
        value.toArray(),
      ]);
    }
    using file = new SafetensorsFile(path);
    expect(file.metadata).toEqual({ format: "pt", step: "3" });
    expect(file.entry("half")).toMatchObject({ dtype: "bfloat16", shape: [2] });
    expect(readdirSync(join(folder, "deep"))).toEqual(["x.safetensors"]);
  });
});

test("a tensor outlives its file, and writing to it does not change the file", () => {
  tidy(() => {
    const path = join(folder, "x.safetensors");
    saveSafetensors(path, new Map([["w", ones([3])]]));
    const bytes = readFileSync(path);
    const file = new SafetensorsFile(path);
    const w = file.tensor("w");
    file.close();
    w.mul_(5);
    saveSafetensors(path, new Map([["w", zeros([100])]]));
    expect(w.toArray()).toEqual([5, 5, 5]);
    expect(() => file.tensor("w")).toThrow("has been closed");
    writeFileSync(path, bytes);
    expect(loadSafetensors(path).get("w")!.toArray()).toEqual([1, 1, 1]);
  });
});

test("shards follow the size limit and replace an earlier save", () => {
  tidy(() => {
    const tensors = new Map(["a", "b", "c"].map((name, i) => [name, tensor([i, i])]));
    saveShardedSafetensors(folder, tensors);
    expect(readdirSync(folder)).toEqual(["model.safetensors"]);
    saveShardedSafetensors(folder, tensors, { maxShardBytes: 16 });
    expect(readdirSync(folder).toSorted()).toEqual([
      "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
      "model.safetensors.index.json",
    ]);
    const index: unknown = JSON.parse(readFileSync(join(folder, "model.safetensors.index.json"), "utf8"));
    expect(index).toMatchObject({
      metadata: { total_size: 24 },
      weight_map: { c: "model-00002-of-00002.safetensors" },
    });
    using checkpoint = openSafetensors(folder);
    expect([checkpoint.names, checkpoint.tensor("c").toArray()]).toEqual([
      ["a", "b", "c"],
      [2, 2],
    ]);
    expect(() => checkpoint.tensor("d")).toThrow("there is no tensor d");
  });
});

/** A file with this header text and data. */
function forge(header: string, data: Buffer = Buffer.alloc(8)): string {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  const path = join(folder, "forged.safetensors");
  writeFileSync(path, Buffer.concat([length, Buffer.from(header), data]));
  return path;
}
const entry = (over: object): string =>
  JSON.stringify({ w: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...over } });

test.each([
  ["not JSON", "{w", /the safetensors header is not JSON/],
  ["a list", "[1]", /must be a JSON object/],
  ["an unknown type", entry({ dtype: "F128" }), /tensor w: element type "F128" is not supported/],
  ["a negative size", entry({ shape: [-2] }), /tensor w: shape must be a list of whole numbers/],
  ["three offsets", entry({ data_offsets: [0, 4, 8] }), /tensor w: data_offsets must be two/],
  [
    "too few bytes",
    entry({ data_offsets: [0, 4] }),
    /tensor w: float32 of shape \[2\] needs 8 bytes, data_offsets give 4/,
  ],
  ["a gap", entry({ data_offsets: [4, 12] }), /tensor w: expected its data at byte \d+, found \d+/],
  ["data past the end", entry({ shape: [4], data_offsets: [0, 16] }), /tensor w: truncated/],
  ["data left over", entry({ shape: [1], data_offsets: [0, 4] }), /as the header says/],
  ["no object", JSON.stringify({ w: 3 }), /tensor w: expected an object with dtype/],
  ["metadata of numbers", JSON.stringify({ __metadata__: { a: 1 } }), /__metadata__ must map strings/],
])("a header with %s is refused in a sentence with the file", (_, header, message) => {
  const path = forge(header);
  expect(() => openSafetensors(path)).toThrow(InputError);
  expect(() => openSafetensors(path)).toThrow(message);
  expect(() => openSafetensors(path)).toThrow(path);
});

test("truncated, missing and foreign files are refused", () => {
  const path = join(folder, "x.safetensors");
  tidy(() => saveSafetensors(path, sample()));
  const whole = readFileSync(path);
  for (const size of [0, 7, 40, whole.length - 1]) {
    writeFileSync(path, whole.subarray(0, size));
    expect(() => openSafetensors(path)).toThrow(InputError);
  }
  writeFileSync(path, "this is a text file and not a checkpoint");
  expect(() => openSafetensors(path)).toThrow(/expected a safetensors header of 2 to/);
  expect(() => openSafetensors(join(folder, "none"))).toThrow("no such file or folder");
  expect(() => openSafetensors(folder)).toThrow("expected model.safetensors or model.safetensors.index.json");
  const index = join(folder, "model.safetensors.index.json");
  writeFileSync(path, whole);
  for (const [content, message] of [
    ["{", "expected a JSON index"],
    ["{}", "expected an object weight_map"],
    ['{"weight_map":{"w":"../x"}}', "must be the name of a file beside it"],
    ['{"weight_map":{"missing":"x.safetensors"}}', "there is no tensor missing"],
  ] as const) {
    writeFileSync(index, content);
    expect(() => openSafetensors(folder)).toThrow(message);
  }
});

const parity = fileURLToPath(new URL("../../../shared/parity/model", import.meta.url));
test.skipIf(!existsSync(parity))("a checkpoint by transformers loads (needs ../shared/parity)", () => {
  tidy(() => {
    const tensors = loadSafetensors(parity);
    expect(tensors.get("model.embed_tokens.weight")!.shape).toEqual([512, 64]);
    expect(tensors.get("model.layers.2.mlp.down_proj.weight")!.isfinite().all().item()).toBe(1);
  });
});

// A system that promises memory which it does not have would begin to fill it.
const promisesAll = readFileSync("/proc/sys/vm/overcommit_memory", "utf8").trim() === "1";
test.skipIf(promisesAll)("a tensor that there is no memory for is named", () => {
  const count = 2 ** 41;
  const file = forge(
    JSON.stringify({ w: { dtype: "F16", shape: [count], data_offsets: [0, 2 * count] } }),
    Buffer.alloc(0),
  );
  // Nothing of it is written to the disk.
  truncateSync(file, statSync(file).size + 2 * count);
  using checkpoint = openSafetensors(file);
  for (const read of [() => checkpoint.tensor("w"), () => checkpoint.converted("w", "float32")]) {
    expect(read).toThrow(InputError);
    expect(read).toThrow(
      /^\S+: tensor w: expected enough memory to read float16 of shape \[2199023255552\], and there is not$/,
    );
  }
});
