import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError } from "../core/errors.ts";
import { dispose, noGrad, saveSafetensors, tensor, tidy, zeros, type Tensor } from "../torch/index.ts";
import { maskedAttention } from "../testing/masked-attention.ts";
import { causalAttention, packedAttention } from "./attention.ts";
import type { DecoderConfig } from "./config.ts";
import { Decoder, initialParameters } from "./decoder.ts";
import { KvCache } from "./kv-cache.ts";
import { loadDecoder, saveDecoder } from "./load.ts";

const CONFIG: DecoderConfig = {
  architecture: "qwen3",
  vocabSize: 40,
  hiddenSize: 16,
  intermediateSize: 24,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  headDim: 12,
  ropeTheta: 10_000,
  ropeScaling: {
    rope_type: "llama3",
    factor: 4,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 16,
  },
  normEps: 1e-5,
  tiedHead: false,
  maxPositions: 64,
  initStd: 0.3,
  attentionBias: true,
  slidingWindow: { size: 5, layers: [false, true] },
};
const TOKENS = { eos: 1, pad: 0 };

async function saved(maxShardBytes = 1e9): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "ironbark-load-"));
  await saveDecoder(folder, new Decoder(CONFIG, initialParameters(CONFIG, 1)), TOKENS, { maxShardBytes });
  return folder;
}

function editJson(file: string, edit: (json: Record<string, unknown>) => void): void {
  const json = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  edit(json);
  writeFileSync(file, JSON.stringify(json));
}

const shard = (folder: string, number: number): string =>
  join(
    folder,
    readdirSync(folder).find((name) => name.startsWith(`model-0000${number}-`))!,
  );
const weights = (folder: string): Map<string, Tensor> => initialParameters(CONFIG, folder.length);

describe("a decoder folder", () => {
  it.each([1e9, 3000])("comes back as it was saved, with shards of %d bytes", async (bytes) => {
    const folder = await saved(bytes);
    const { config, parameters } = await loadDecoder(folder);
    expect(config).toEqual({ ...CONFIG, mlpBias: undefined });
    const expected = initialParameters(CONFIG, 1);
    expect([...parameters.keys()]).toEqual([...expected.keys()]);
    for (const [name, value] of expected)
      expect(parameters.get(name)!.toNumbers()).toEqual(value.toNumbers());
  });

  it("is converted when another element type is asked for", async () => {
    const { parameters, dtype } = await loadDecoder(await saved(), { dtype: "bfloat16" });
    expect(dtype).toBe("bfloat16");
    expect([...parameters.values()].every((value) => value.dtype === "bfloat16")).toBe(true);
  });
});

describe("a folder that is wrong", () => {
  const cases: [string, (folder: string) => void, RegExp][] = [
    ["no config.json", (f) => rmSync(join(f, "config.json")), /config\.json: cannot be read; a Hugging Face/],
    [
      "config.json that is not JSON",
      (f) => writeFileSync(join(f, "config.json"), "{"),
      /config\.json: not JSON/,
    ],
    [
      "an unknown architecture",
      (f) => editJson(join(f, "config.json"), (c) => (c["model_type"] = "gpt2")),
      /config\.json: model_type: .*"qwen2"\|"qwen3"\|"llama"\|"mistral"/,
    ],
    [
      "an unknown rope scaling",
      (f) => editJson(join(f, "config.json"), (c) => (c["rope_parameters"] = { rope_type: "dynamic" })),
      /config\.json: rope_parameters\.rope_type: /,
    ],
    [
      "heads that do not divide",
      (f) => editJson(join(f, "config.json"), (c) => (c["num_key_value_heads"] = 3)),
      /config\.json: \S+: expected/,
    ],
    [
      "weights quantised by another tool",
      (f) => editJson(join(f, "config.json"), (c) => (c["quantization_config"] = {})),
      /config\.json: quantization_config: /,
    ],
    [
      "a shape that config.json does not say",
      (f) => editJson(join(f, "config.json"), (c) => (c["intermediate_size"] = 25)),
      /model-0000\d-of-\d+\.safetensors: tensor model\.layers\.0\.mlp\.gate_proj\.weight: expected shape \[25, 16\] as config\.json says, found \[24, 16\]/,
    ],
    [
      "a missing tensor",
      (f) => editJson(join(f, "config.json"), (c) => (c["num_hidden_layers"] = 3)),
      /model\.safetensors\.index\.json: there is no tensor model\.layers\.2\.input_layernorm\.weight; one of shape \[16\] was expected/,
    ],
    [
      "a missing shard",
      (f) => rmSync(shard(f, 2)),
      /model-00002-of-\d+\.safetensors: this shard is missing; .*index\.json expects tensor \S+ in it/,
    ],
    [
      "a truncated shard",
      (f) => truncateSync(shard(f, 2), 2500),
      /model-00002-of-\d+\.safetensors: tensor \S+: truncated, its data ends at byte \d+, the file at 2500/,
    ],
    [
      "a corrupt header",
      (f) => writeFileSync(shard(f, 1), Buffer.alloc(64, 0x7b)),
      /model-00001-of-\d+\.safetensors: expected a safetensors header/,
    ],
    [
      "an unknown element type",
      (f) => {
        const file = shard(f, 1);
        const bytes = readFileSync(file);
        bytes.write("F99", bytes.indexOf('"F32"') + 1);
        writeFileSync(file, bytes);
      },
      /model-00001-of-\d+\.safetensors: tensor \S+: element type "F99" is not supported; expected one of F32, /,
    ],
    [
      "integers for weights",
      (f) => {
        rmSync(join(f, "model.safetensors.index.json"));
        const integers = new Map(
          [...weights(f)].map(([name, w]) => [name, zeros(w.shape, { dtype: "int8" })]),
        );
        saveSafetensors(join(f, "model.safetensors"), integers);
      },
      /model\.safetensors: tensor model\.embed_tokens\.weight: expected one of float32, .* found int8/,
    ],
  ];
  it.each(cases)("%s: one line, no crash", async (_, spoil, message) => {
    const folder = await saved(4600);
    spoil(folder);
    const error = await loadDecoder(folder).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain("\n");
  });
});

describe("a sliding window", () => {
  const model = new Decoder(CONFIG, initialParameters(CONFIG, 1));
  const rope = model.rope(64);
  const length = 18;
  const ids = BigInt64Array.from({ length }, (_, i) => BigInt((i * 7 + 3) % CONFIG.vocabSize));
  const states = (attention: ReturnType<typeof causalAttention>, from = 0, to = length): number[] =>
    tidy(() =>
      noGrad(() =>
        model.hidden(tensor(ids.slice(from, to), { shape: [1, to - from] }), attention).toNumbers(),
      ),
    );
  const gap = (a: number[], b: number[]): number => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
  const whole = states(causalAttention(rope));

  it("changes what later positions see", () => {
    const open = states(causalAttention({ cos: rope.cos, sin: rope.sin }));
    const width = CONFIG.hiddenSize;
    expect(gap(open.slice(0, 5 * width), whole.slice(0, 5 * width))).toBe(0);
    expect(gap(open.slice(5 * width), whole.slice(5 * width))).toBeGreaterThan(1e-3);
  });

  it("is the same when the row is packed from pieces", () => {
    expect(gap(states(packedAttention(rope, [{ length: 10 }, { length: 8, after: 0 }])), whole)).toBeLessThan(
      1e-5,
    );
    const alone = states(causalAttention(rope), 10);
    const apart = states(packedAttention(rope, [{ length: 10 }, { length: 8 }]));
    expect(gap(apart.slice(10 * CONFIG.hiddenSize), alone)).toBeLessThan(1e-5);
  });

  it("is the same under an explicit mask", () => {
    const positions = tensor(
      BigInt64Array.from({ length }, (_, i) => BigInt(i)),
      { shape: [1, length] },
    );
    const visible = positions.unsqueeze(2).ge(positions.unsqueeze(1)).unsqueeze(1);
    expect(gap(states(maskedAttention(rope, positions, visible)), whole)).toBeLessThan(1e-5);
  });

  it("is the same when rows go on from a shared prefix", () => {
    const shape = { layers: 2, kvHeads: 1, headDim: 12 };
    const prompt = KvCache.empty(shape, 1, 8);
    states(prompt.prefill(rope, 0, [8]), 0, 8);
    const own = KvCache.empty(shape, 1, 10);
    for (const [from, to] of [
      [8, 9],
      [9, 15],
      [15, 18],
    ] as const) {
      const attention = own.attention(rope, [to - from], to - from, { cache: prompt, of: [0] });
      const width = CONFIG.hiddenSize;
      expect(gap(states(attention, from, to), whole.slice(from * width, to * width))).toBeLessThan(1e-5);
      own.advance([to - from]);
    }
    dispose([prompt, own]);
  });
});
