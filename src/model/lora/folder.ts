/** Adapters from and to PEFT folders. */
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import { keep, openSafetensors, saveSafetensors, tidy, type Tensor } from "../../torch/index.ts";
import type { Weights } from "../weights.ts";
import { adapterParameters, PREFIX, type Adapter, type LoraPair } from "./adapter.ts";
import { CONFIG_FILE, loraConfigJson, readLoraConfig } from "./config.ts";
import { planAdapter } from "./targets.ts";

const WEIGHTS_FILE = "adapter_model.safetensors";

/**
 * Reads a PEFT folder for a model with these weights. Pairs become float32, as PEFT makes them; whole modules take
 * the base's element type. Throws InputError naming file, tensor and expectation when the adapter is for another base.
 */
export function loadAdapter(folder: string, base: Weights): Adapter {
  const config = readLoraConfig(folder);
  // In scopes of their own: a quantised base makes its weights anew whenever it is asked.
  const plan = tidy(() => planAdapter(config, base, join(folder, CONFIG_FILE)));
  const file = join(folder, WEIGHTS_FILE);
  if (!existsSync(file)) throw new InputError(`${folder}: expected ${WEIGHTS_FILE} in this folder`);
  using stored = openSafetensors(file);
  const unread = new Set(stored.names);
  /** `like` has the device, and with `whole` the element type. */
  const read = (name: string, shape: readonly number[], like: Tensor, whole = false): Tensor => {
    const wanted = `[${shape.join(", ")}]`;
    if (!unread.delete(name))
      throw new InputError(
        `${file}: there is no tensor ${name}; the base model needs one of shape ${wanted}`,
      );
    const entry = stored.entry(name);
    if (entry.shape.join() !== shape.join())
      throw new InputError(
        `${file}: tensor ${name}: expected shape ${wanted} for this base model, found [${entry.shape.join(", ")}]`,
      );
    return keep(
      tidy(() => stored.converted(name, whole ? like.dtype : "float32").to({ device: like.device })),
    );
  };
  const pairs = new Map<string, LoraPair>();
  for (const { module, rank, scale, inputs, outputs } of plan.targets) {
    tidy(() => {
      const weight = base.get(`${module}.weight`);
      const a = read(`${PREFIX}${module}.lora_A.weight`, [rank, inputs], weight);
      const b = read(`${PREFIX}${module}.lora_B.weight`, [outputs, rank], weight);
      pairs.set(module, { a, b, scale });
    });
  }
  const replaced = new Map(
    plan.replaced.map((name) => [name, read(PREFIX + name, base.get(name).shape, base.get(name), true)]),
  );
  // PEFT adds a copy of the base's own weight when the head is a target.
  for (const module of pairs.keys())
    for (const part of ["weight", "bias"]) {
      const name = `${PREFIX}${module}.base_layer.${part}`;
      if (unread.has(name))
        read(name, base.get(`${module}.${part}`).shape, base.get(`${module}.${part}`), true).dispose();
    }
  const [extra] = unread;
  if (extra !== undefined)
    throw new InputError(`${file}: tensor ${extra}: the base model or ${CONFIG_FILE} has no such module`);
  return { config, pairs, replaced };
}

/** Writes what PEFT loads. */
export async function saveAdapter(folder: string, adapter: Adapter): Promise<void> {
  await mkdir(folder, { recursive: true });
  saveSafetensors(join(folder, WEIGHTS_FILE), adapterParameters(adapter));
  const file = join(folder, CONFIG_FILE);
  await writeFile(`${file}.part`, `${JSON.stringify(loraConfigJson(adapter.config), null, 2)}\n`);
  await rename(`${file}.part`, file);
}
