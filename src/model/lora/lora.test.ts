import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError } from "../../core/errors.ts";
import {
  dispose,
  liveTensors,
  loadSafetensors,
  noGrad,
  ones,
  saveSafetensors,
  tensor,
  tidy,
  type Tensor,
} from "../../torch/index.ts";
import { causalAttention } from "../attention.ts";
import type { DecoderConfig } from "../config.ts";
import { Decoder, decoderWeights, initialParameters } from "../decoder.ts";
import type { Weights } from "../weights.ts";
import { adapterParameters, initialAdapter, type Adapter } from "./adapter.ts";
import { Adapters } from "./adapters.ts";
import { loraConfig, type LoraConfig } from "./config.ts";
import { loadAdapter, saveAdapter } from "./folder.ts";
import { planAdapter } from "./targets.ts";

const CONFIG: DecoderConfig = {
  vocabSize: 30,
  hiddenSize: 16,
  intermediateSize: 20,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  ropeTheta: 10_000,
  normEps: 1e-6,
  tiedHead: true,
  maxPositions: 32,
  initStd: 0.3,
};
const parameters = initialParameters(CONFIG, 1);
const base: Weights = decoderWeights(CONFIG, parameters);
const lora = (over: Partial<LoraConfig> = {}): LoraConfig =>
  loraConfig({ rank: 2, alpha: 4, targets: ["q_proj", "v_proj"], ...over });

/** B is zero in a fresh adapter, which would hide everything. */
function trained(config: LoraConfig, seed: number): Adapter {
  const adapter = initialAdapter(config, base, seed);
  noGrad(() => {
    for (const { b } of adapter.pairs.values()) b.add_(0.1 * seed);
    for (const value of adapter.replaced.values()) value.add_(0.01 * seed);
  });
  return adapter;
}

const planned = (over: Partial<LoraConfig>): string[] =>
  planAdapter(lora(over), base, "adapter").targets.map(({ module }) => module.replace("model.layers.", ""));

const ids = tensor(
  BigInt64Array.from({ length: 6 }, (_, i) => BigInt(i * 4 + 1)),
  { shape: [1, 6] },
);
function logits(adapters: Weights): number[] {
  const model = new Decoder(CONFIG, parameters, adapters);
  return tidy(() =>
    noGrad(() => model.logits(model.hidden(ids, causalAttention(model.rope(6)))).toNumbers()),
  );
}

describe("targets", () => {
  it("are ends of module paths, regular expressions, or all linear layers but the head", () => {
    expect(planned({})).toEqual([
      "0.self_attn.q_proj",
      "0.self_attn.v_proj",
      "1.self_attn.q_proj",
      "1.self_attn.v_proj",
    ]);
    expect(planned({ targets: String.raw`.*\.1\..*(up|down)_proj` })).toEqual([
      "1.mlp.up_proj",
      "1.mlp.down_proj",
    ]);
    expect(planned({ targets: "all-linear" })).toHaveLength(14);
    expect(planned({ targets: ["self_attn.o_proj"], layers: [1] })).toEqual(["1.self_attn.o_proj"]);
    expect(planned({ exclude: ["v_proj"], layers: [0] })).toEqual(["0.self_attn.q_proj"]);
    expect(planned({ targets: ["lm_head"] })).toEqual(["lm_head"]);
    expect(planned({ targets: ["lm_head", "q_proj"], modulesToSave: ["lm_head"] })).toHaveLength(2);
  });

  it("have their own ranks and scales", () => {
    const { targets } = planAdapter(
      lora({ rankPattern: { v_proj: 8, "^model.layers.1.*q_proj": 3 }, alphaPattern: { v_proj: 6 } }),
      base,
      "adapter",
    );
    expect(targets.map(({ rank, scale }) => [rank, scale])).toEqual([
      [2, 2],
      [8, 0.75],
      [3, 4 / 3],
      [8, 0.75],
    ]);
    const stable = planAdapter(lora({ rank: 4, rankStabilized: true }), base, "adapter");
    expect(stable.targets[0]!.scale).toBe(2);
  });

  it.each([
    [{ targets: ["query"] }, /no linear layer matches \["query"\]; this model has q_proj, k_proj, /],
    [{ targets: "(" }, /is not a regular expression/],
    [{ targets: ["embed_tokens"] }, /model\.embed_tokens is an embedding; expected linear layers/],
    [{ modulesToSave: ["pooler"] }, /modules_to_save: this model has no module pooler/],
  ])("%j get one line", (over, message) => {
    expect(() => planAdapter(lora(over), base, "adapter")).toThrow(InputError);
    expect(() => planAdapter(lora(over), base, "adapter")).toThrow(message);
  });
});

describe("adapters", () => {
  it("change nothing when fresh", () => {
    const adapters = new Adapters(base);
    adapters.add("fresh", initialAdapter(lora({ modulesToSave: ["lm_head"] }), base, 1));
    adapters.use("fresh");
    expect(logits(adapters)).toEqual(logits(base));
    adapters.dispose();
  });

  it("are switched, switched off and merged, each for itself", () => {
    const before = liveTensors();
    const adapters = new Adapters(base);
    adapters.add("one", trained(lora(), 1));
    adapters.add("two", trained(lora({ targets: "all-linear", modulesToSave: ["lm_head", "norm"] }), 2));
    const plain = logits(base);
    adapters.use("one");
    const one = logits(adapters);
    adapters.use("two");
    const two = logits(adapters);
    expect(one).not.toEqual(plain);
    expect(two).not.toEqual(one);
    adapters.merge("one");
    adapters.merge("two");
    expect(adapters.without(() => logits(adapters))).toEqual(plain);
    adapters.use("one");
    logits(adapters).forEach((value, i) => expect(value).toBeCloseTo(one[i]!, 4));
    adapters.use("two");
    const merged = logits(adapters);
    merged.forEach((value, i) => expect(value).toBeCloseTo(two[i]!, 4));

    const alone = new Map([...parameters, ...adapters.mergedParameters("two")]);
    const untied = { ...CONFIG, tiedHead: false };
    expect(logits(decoderWeights(untied, alone))).toEqual(merged);
    adapters.unmerge("two");
    expect(logits(adapters)).toEqual(two);
    adapters.use(undefined);
    expect(logits(adapters)).toEqual(plain);
    adapters.dispose();
    expect(liveTensors()).toBe(before);
    expect(() => adapters.use("one")).toThrow(/there is no adapter one/);
  });

  it("give gradients to the active adapter alone", () => {
    const adapters = new Adapters(base);
    const [one, two] = [trained(lora(), 1), trained(lora(), 2)];
    adapters.add("one", one);
    adapters.add("two", two);
    for (const adapter of [one, two])
      for (const value of adapterParameters(adapter).values()) value.requiresGrad_();
    adapters.use("two");
    const model = new Decoder(CONFIG, parameters, adapters);
    tidy(() =>
      model
        .hidden(ids, causalAttention(model.rope(6)))
        .pow(2)
        .sum()
        .backward(),
    );
    const graded = (adapter: Adapter): boolean[] =>
      [...adapterParameters(adapter).values()].map((value) => (value.grad?.norm().item() ?? 0) > 0);
    expect(new Set(graded(two))).toEqual(new Set([true]));
    expect(new Set(graded(one))).toEqual(new Set([false]));
    adapters.dispose();
  });

  it("drop inputs of A while training, the same for the same seed", () => {
    const adapters = new Adapters(base);
    const adapter = trained(lora({ targets: ["q_proj"], layers: [0], dropout: 0.25 }), 1);
    adapters.add("one", adapter);
    adapters.use("one");
    const module = "model.layers.0.self_attn.q_proj";
    // With A the identity and B summing, the change of each output is the sum of what was kept.
    noGrad(() => {
      const { a, b } = adapter.pairs.get(module)!;
      a.zero_();
      a.narrow(0, 0, 1).add_(1);
      b.zero_().add_(1);
    });
    const x = ones([4000, 16]);
    const change = (): number[] =>
      tidy(() =>
        noGrad(() =>
          adapters.linear(module, x).sub(base.linear(module, x)).narrow(1, 0, 1).div(2).toNumbers(),
        ),
      );
    change().forEach((value) => expect(value).toBeCloseTo(16, 3));
    const drawn = (seed: number): number[] => {
      adapters.setDropout(`${seed}`);
      return change();
    };
    const first = drawn(1);
    expect(drawn(1)).toEqual(first);
    expect(drawn(2)).not.toEqual(first);
    // Each kept input counts 1 / 0.75: whole multiples, 16 on average.
    first.forEach((value) => expect(value * 0.75).toBeCloseTo(Math.round(value * 0.75), 3));
    expect(Math.abs(first.reduce((a, b) => a + b) / first.length - 16)).toBeLessThan(0.2);
    adapters.setDropout(undefined);
    adapters.dispose();
  });
});

describe("an adapter folder", () => {
  const saved = async (over: Partial<LoraConfig> = {}): Promise<string> => {
    const folder = mkdtempSync(join(tmpdir(), "ironbark-lora-"));
    const adapter = trained(lora(over), 3);
    await saveAdapter(folder, adapter);
    dispose([...adapterParameters(adapter).values()]);
    return folder;
  };

  it("comes back as it was saved", async () => {
    const config = lora({
      rankPattern: { v_proj: 5 },
      modulesToSave: ["norm"],
      base: "here",
      taskType: "CAUSAL_LM",
    });
    const folder = mkdtempSync(join(tmpdir(), "ironbark-lora-"));
    const adapter = trained(config, 3);
    await saveAdapter(folder, adapter);
    const back = loadAdapter(folder, base);
    expect(back.config).toEqual({ ...config, exclude: undefined, layers: undefined });
    const values = (one: Adapter): [string, number[]][] =>
      [...adapterParameters(one)].map(([name, value]) => [name, value.toNumbers()]);
    expect(values(back)).toEqual(values(adapter));
    expect(existsSync(join(folder, "adapter_config.json.part"))).toBe(false);
  });

  const edit = (folder: string, change: object): void => {
    const file = join(folder, "adapter_config.json");
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), ...change }));
  };
  const rewrite = (folder: string, change: (tensors: Map<string, Tensor>) => void): void => {
    const tensors = loadSafetensors(join(folder, "adapter_model.safetensors"));
    change(tensors);
    saveSafetensors(join(folder, "adapter_model.safetensors"), tensors);
  };
  const Q = "base_model.model.model.layers.0.self_attn.q_proj";
  it.each<[string, (folder: string) => void, RegExp]>([
    ["of another method", (f) => edit(f, { peft_type: "IA3" }), /adapter_config\.json: peft_type: /],
    [
      "with DoRA",
      (f) => edit(f, { use_dora: true }),
      /adapter_config\.json: use_dora: DoRA is not supported/,
    ],
    [
      "with trained biases",
      (f) => edit(f, { bias: "all" }),
      /adapter_config\.json: bias: biases of the base/,
    ],
    [
      "of another rank",
      (f) => edit(f, { r: 3 }),
      /adapter_model\.safetensors: tensor \S+q_proj\.lora_A\.weight: expected shape \[3, 16\] for this base model, found \[2, 16\]/,
    ],
    [
      "with a tensor missing",
      (f) => rewrite(f, (tensors) => tensors.delete(`${Q}.lora_B.weight`)),
      /there is no tensor base_model\S+q_proj\.lora_B\.weight; the base model needs one of shape \[16, 2\]/,
    ],
    [
      "for a deeper base",
      (f) =>
        rewrite(f, (tensors) =>
          tensors.set(`${Q.replace("layers.0", "layers.7")}.lora_A.weight`, ones([2, 16])),
        ),
      /tensor base_model\S+layers\.7\.\S+: the base model or adapter_config\.json has no such module/,
    ],
    [
      "without weights",
      (f) => writeFileSync(join(f, "adapter_model.safetensors"), ""),
      /adapter_model\.safetensors: expected a safetensors file, found only 0 bytes/,
    ],
  ])("%s gets one line", async (_, spoil, message) => {
    const folder = await saved();
    spoil(folder);
    const load = (): unknown => loadAdapter(folder, base);
    expect(load).toThrow(InputError);
    expect(load).toThrow(message);
  });

  it("for another base gets one line", async () => {
    const folder = await saved();
    const wider = { ...CONFIG, hiddenSize: 24 };
    const other = decoderWeights(wider, initialParameters(wider, 1));
    expect(() => loadAdapter(folder, other)).toThrow(
      /expected shape \[2, 24\] for this base model, found \[2, 16\]/,
    );
  });
});
