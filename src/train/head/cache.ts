/** States of a model on disk: collected once for a model, its data and a pooling, and read again after that. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Pooling } from "../../model/dual/head.ts";
import { dispose, loadSafetensors, saveSafetensors, tensor, tidy } from "../../torch/index.ts";
import { contentHash } from "../../util/hash.ts";

export interface StateKey {
  /** What identifies the weights, an adapter's among them. */
  readonly model: string;
  readonly sequences: readonly (readonly number[])[];
  readonly pooling: Pooling;
}

/**
 * The states of the key's sequences from `folder`, or from `collect`, whose result is kept there as float16: half the
 * bytes, and heads are trained on what they will be given when the file is read again.
 */
export async function cachedStates(
  folder: string,
  key: StateKey,
  collect: () => Promise<readonly Float32Array[]>,
): Promise<Float32Array[]> {
  const path = join(folder, `states-${contentHash(key).slice(0, 24)}.safetensors`);
  if (!existsSync(path)) {
    const states = await collect();
    mkdirSync(folder, { recursive: true });
    const lengths = Int32Array.from(states, ({ length }) => length);
    const all = new Float32Array(lengths.reduce((sum, length) => sum + length, 0));
    let at = 0;
    for (const one of states) {
      all.set(one, at);
      at += one.length;
    }
    tidy(() =>
      saveSafetensors(
        path,
        new Map([
          ["lengths", tensor(lengths)],
          ["states", tensor(all).to("float16")],
        ]),
      ),
    );
  }
  const stored = loadSafetensors(path);
  const [lengths, all] = tidy(() => [
    stored.get("lengths")!.toArray() as number[],
    stored.get("states")!.float().toFloat32Array(),
  ]) as [number[], Float32Array];
  dispose(stored);
  let at = 0;
  return Array.from(lengths, (length) => all.subarray(at, (at += Number(length))));
}
