/** Compares a decoder folder of architectures.py with what transformers computed for it. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { causalAttention } from "../../src/model/attention.ts";
import type { Decoder } from "../../src/model/decoder.ts";
import { KvCache } from "../../src/model/kv-cache.ts";
import { loadDecoder, saveDecoder } from "../../src/model/load.ts";
import { dispose, loadSafetensors, noGrad, tensor, tidy, type Tensor } from "../../src/torch/index.ts";
import { maxAbs, relativeL2, type ParityTable } from "../support/reference.ts";

/** Of ../shared/protocols/trainers.md 5.2. */
const GATES = { logits: 5e-5, logps: 2e-5, gradient: 3e-5, half: 3e-2 };

const flat = (x: Tensor): Float32Array => x.toFloat32Array();

export async function compareDecoder(
  folder: string,
  name: string,
  table: ParityTable,
  against: string,
): Promise<void> {
  const at = join(folder, name);
  const reference = loadSafetensors(join(at, "reference.safetensors"));
  const theirs = (key: string): Tensor => reference.get(key)!;
  const model = await loadDecoder(at, { dtype: "float32" });
  const check = table.checkOf(name, against);

  for (const parameter of model.parameters.values()) parameter.requiresGrad_();
  tidy(() => {
    const ids = theirs("ids");
    const states: Tensor[] = [];
    const rope = model.rope(ids.size(1));
    const hidden = model.hidden(ids, causalAttention(rope), (x) => states.push(x));
    states[states.length - 1] = hidden;
    const gaps = states.map((x, layer) => maxAbs(flat(x), flat(theirs(`hidden/${layer}`))));
    check("hidden states", Math.max(...gaps), GATES.logits);
    const logits = model.logits(hidden);
    check("logits", maxAbs(flat(logits), flat(theirs("logits"))), GATES.logits);
    const length = ids.size(1) - 1;
    const logps = logits
      .narrow(1, 0, length)
      .logSoftmax(-1)
      .gather(2, ids.narrow(1, 1, length).unsqueeze(2));
    check("token log-probabilities", maxAbs(flat(logps), flat(theirs("logps"))), GATES.logps);
    logps.mean().neg().backward();
    const gradients = [...model.parameters].map(([key, parameter]) =>
      relativeL2(flat(parameter.grad!), flat(theirs(`grad/${key}`))),
    );
    check("gradients of all weights", Math.max(...gradients), GATES.gradient, "rel L2");
  });
  const greedy = theirs("greedy").toNumbers();
  const drawn = tidy(() =>
    noGrad(() => greedyIds(model, greedy.slice(0, theirs("ids").size(1)), greedy.length)),
  );
  table.check({
    what: `${name}: greedy ids with a KV cache`,
    against,
    measure: "differing",
    difference: drawn.filter((id, i) => id !== greedy[i]).length,
    gate: 0,
  });
  if (reference.has("half_logits")) {
    const half = await loadDecoder(at);
    const logits = tidy(() =>
      noGrad(() => flat(half.logits(half.hidden(theirs("ids"), causalAttention(half.rope(64)))))),
    );
    check(`logits in ${half.dtype}`, relativeL2(logits, flat(theirs("half_logits"))), GATES.half, "rel L2");
    dispose(half.parameters);
  }
  dispose(model.parameters);
  dispose(reference);
}

/** Fed to the cache in two pieces and then token by token. */
function greedyIds(model: Decoder, prompt: readonly number[], count: number): number[] {
  const { layers, kvHeads } = model.config;
  const cache = KvCache.empty({ layers, kvHeads, headDim: model.headDim }, 1, count);
  const rope = model.rope(count);
  const ids = [...prompt];
  const feed = (from: number): number => {
    const chunk = ids.slice(from);
    const shaped = tensor(BigInt64Array.from(chunk, BigInt), { shape: [1, chunk.length] });
    const hidden = model.hidden(shaped, cache.attention(rope, [chunk.length], chunk.length));
    cache.advance([chunk.length]);
    return model
      .logits(hidden.narrow(1, chunk.length - 1, 1))
      .argmax()
      .item();
  };
  for (let from = 0; ids.length < count; from = ids.length - 1) ids.push(feed(from));
  cache.dispose();
  return ids;
}

/** A copy of a decoder folder as we write it, in shards, for transformers to read. */
export async function copyDecoder(folder: string, name: string): Promise<string> {
  const to = mkdtempSync(join(tmpdir(), "ironbark-saved-"));
  const model = await loadDecoder(join(folder, name));
  await saveDecoder(to, model, { eos: 1, pad: 0 }, { maxShardBytes: 20_000 });
  dispose(model.parameters);
  return to;
}
