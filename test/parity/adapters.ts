/** Compares the adapter folders of adapters.py with what PEFT computed with them. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { causalAttention } from "../../src/model/attention.ts";
import { Decoder, decoderWeights } from "../../src/model/decoder.ts";
import { loadEncoder } from "../../src/model/encoder-load.ts";
import { Encoder } from "../../src/model/encoder.ts";
import { loadDecoder } from "../../src/model/load.ts";
import { adapterParameters } from "../../src/model/lora/adapter.ts";
import { Adapters } from "../../src/model/lora/adapters.ts";
import { loadAdapter, saveAdapter } from "../../src/model/lora/folder.ts";
import { plainWeights } from "../../src/model/weights.ts";
import { loadSafetensors, noGrad, ones, tensor, tidy, type Tensor } from "../../src/torch/index.ts";
import { maxAbs, relativeL2, type ParityTable } from "../support/reference.ts";

const GATES = { logits: 5e-5, gradient: 3e-5 };
const LENGTH = 24;
const flat = (x: Tensor): Float32Array => x.toFloat32Array();

/** A base model with adapters before it, and its logits on the ids of adapters.py. */
async function open(base: string): Promise<{ adapters: Adapters; logits: () => Tensor }> {
  const ids = tensor(
    BigInt64Array.from({ length: LENGTH }, (_, i) => BigInt(((i * 37 + 5) % 77) + 2)),
    {
      shape: [1, LENGTH],
    },
  );
  const { model_type: kind } = JSON.parse(readFileSync(join(base, "config.json"), "utf8")) as {
    model_type: string;
  };
  if (kind === "roberta") {
    const { config, parameters } = await loadEncoder(base);
    const adapters = new Adapters(plainWeights(parameters));
    const model = new Encoder(config, parameters, adapters);
    const mask = (): Tensor => ones([1, LENGTH]).bool();
    return { adapters, logits: () => model.classify(model.hidden(ids, mask()), mask()) };
  }
  const { config, parameters } = await loadDecoder(base);
  const adapters = new Adapters(decoderWeights(config, parameters));
  const model = new Decoder(config, parameters, adapters);
  return { adapters, logits: () => model.logits(model.hidden(ids, causalAttention(model.rope(LENGTH)))) };
}

/** Returns the folder of the base and that of our copy of the adapter, for PEFT to read. */
export async function compareAdapter(
  folder: string,
  name: string,
  table: ParityTable,
  against: string,
): Promise<[base: string, adapter: string]> {
  const reference = loadSafetensors(join(folder, name, "reference.safetensors"));
  const theirs = (key: string): Float32Array => flat(reference.get(key)!);
  const base = join(folder, name, "base");
  const { adapters, logits } = await open(base);
  const adapter = loadAdapter(join(folder, name, "adapter"), adapters);
  adapters.add("peft", adapter);
  adapters.use("peft");
  const check = table.checkOf(name, against);

  const trained = adapterParameters(adapter);
  for (const value of trained.values()) value.requiresGrad_();
  tidy(() => {
    const ours = logits();
    check("logits", maxAbs(flat(ours), theirs("logits")), GATES.logits);
    ours.pow(2).mean().backward();
    const gradients = [...trained].map(([key, value]) =>
      relativeL2(flat(value.grad!), theirs(`grad/${key}`)),
    );
    check("gradients of the adapter", Math.max(...gradients), GATES.gradient, "rel L2");
  });
  const plain = (): Float32Array => tidy(() => noGrad(() => flat(logits())));
  check("logits with the adapter off", maxAbs(adapters.without(plain), theirs("base")), GATES.logits);
  adapters.merge("peft");
  check("logits of the merged model", maxAbs(plain(), theirs("logits")), GATES.logits);
  const copy = mkdtempSync(join(tmpdir(), "ironbark-adapter-"));
  await saveAdapter(copy, adapter);
  return [base, copy];
}
