/** Compares an encoder folder of encoders.py with what transformers computed for it. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEncoder, saveEncoder } from "../../src/model/encoder-load.ts";
import { crossEntropy, dispose, loadSafetensors, tensor, tidy, type Tensor } from "../../src/torch/index.ts";
import { maxAbs, relativeL2, type ParityTable } from "../support/reference.ts";

const GATES = { states: 5e-5, gradient: 3e-5 };
const flat = (x: Tensor): Float32Array => x.toFloat32Array();

export async function compareEncoder(
  folder: string,
  name: string,
  table: ParityTable,
  against: string,
): Promise<void> {
  const reference = loadSafetensors(join(folder, name, "reference.safetensors"));
  const theirs = (key: string): Tensor => reference.get(key)!;
  const model = await loadEncoder(join(folder, name), { dtype: "float32" });
  const check = table.checkOf(name, against);
  for (const parameter of model.parameters.values()) parameter.requiresGrad_();
  tidy(() => {
    const mask = theirs("mask").bool();
    const states: Tensor[] = [];
    const hidden = model.hidden(theirs("ids"), mask, theirs("segments"), (x) => states.push(x));
    const gaps = states.map((x, layer) =>
      maxAbs(flat(x.mul(theirs("mask").unsqueeze(2))), flat(theirs(`hidden/${layer}`))),
    );
    check("hidden states", Math.max(...gaps), GATES.states);
    if (reference.has("logits")) {
      const logits = model.classify(hidden, mask);
      check("logits of the classes", maxAbs(flat(logits), flat(theirs("logits"))), GATES.states);
      crossEntropy(logits, tensor(BigInt64Array.of(2n, 0n, 1n))).backward();
    } else {
      const pooled = model.pool(hidden, mask, "pooler");
      check("pooled texts", maxAbs(flat(pooled), flat(theirs("pooler"))), GATES.states);
      pooled.pow(2).mean().backward();
    }
    const stored = (key: string): Tensor | undefined =>
      reference.get(`grad/${key}`) ?? reference.get(`grad/${key.replace(/^(bert|roberta)\./, "")}`);
    const gradients = [...model.parameters].map(([key, { grad }]) =>
      // The keys' bias moves all scores of a row alike, so its gradient is rounding noise on both sides.
      key.endsWith("key.bias") ? 0 : relativeL2(flat(grad!), flat(stored(key)!)),
    );
    check("gradients of all weights", Math.max(...gradients), GATES.gradient, "rel L2");
  });
  dispose(model.parameters);
  dispose(reference);
}

/** A copy of an encoder folder as we write it, for transformers to read. */
export async function copyEncoder(folder: string, name: string): Promise<string> {
  const to = mkdtempSync(join(tmpdir(), "ironbark-saved-"));
  const model = await loadEncoder(join(folder, name));
  await saveEncoder(to, model);
  dispose(model.parameters);
  return to;
}
