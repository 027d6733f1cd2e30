/** LoRA adapters as models: which there are, and loading more of them while the endpoint runs. */
import { createReadStream, existsSync, realpathSync } from "node:fs";
import { createHash } from "node:crypto";
import { isAbsolute, join, relative, resolve } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { GenerationEngine } from "../../model/generation/engine.ts";
import { ApiError } from "./errors.ts";

export interface ServedAdapter {
  readonly name: string;
  readonly path: string;
  /** SHA-256 of the weights, in hexadecimal digits. */
  readonly sha256: string;
  /** Seconds since 1970. */
  readonly created: number;
}

export interface AdapterTable {
  list(): readonly ServedAdapter[];
  has(name: string): boolean;
  /** From the command line: any folder. Throws InputError. */
  add(name: string, folder: string): Promise<void>;
  /** Over the network: only from the folder that was opened for it. Throws ApiError. */
  load(name: string, path: string, sha256: string | undefined): Promise<void>;
  unload(name: string): Promise<void>;
}

export interface AdapterTableOptions {
  readonly engine: GenerationEngine;
  /** Names that an adapter may not take. */
  readonly taken: readonly string[];
  /** Folders of adapters that may be loaded over the network lie in here; undefined: none may. */
  readonly root?: string | undefined;
  readonly max: number;
}

const WEIGHTS = "adapter_model.safetensors";

export function createAdapterTable({ engine, taken, root, max }: AdapterTableOptions): AdapterTable {
  const table = new Map<string, ServedAdapter>();
  /** Names whose files are being read. */
  const loading = new Set<string>();

  const add = async (name: string, folder: string, expected?: string): Promise<void> => {
    const path = resolve(folder);
    const file = join(path, WEIGHTS);
    if (!existsSync(file)) throw new InputError(`${folder}: expected ${WEIGHTS} in this folder`);
    const sha256 = await hashOf(file);
    if (expected !== undefined && expected !== sha256)
      throw new InputError(`${folder}: ${WEIGHTS} has the SHA-256 ${sha256}, not ${expected}`);
    await engine.loadAdapter(name, path);
    table.set(name, { name, path, sha256, created: Math.floor(Date.now() / 1000) });
  };

  return {
    list: () => [...table.values()],
    has: (name) => table.has(name),
    add: (name, folder) => add(name, folder),

    async load(name, path, sha256) {
      if (root === undefined)
        throw new ApiError(
          403,
          "adapters are not loaded over the network here (--adapter-root)",
          "not_allowed",
        );
      if (taken.includes(name) || table.has(name) || loading.has(name))
        throw new ApiError(400, `lora_name: there is a model ${name} already`, null, "lora_name");
      if (table.size + loading.size >= max)
        throw new ApiError(400, `more than ${max} adapters at once`, "too_many_adapters");
      const folder = inside(root, path);
      if (folder === undefined)
        throw new ApiError(403, "lora_path: not a folder that adapters may be loaded from", "not_allowed");
      loading.add(name);
      try {
        await add(name, folder, sha256);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        throw new ApiError(400, `lora_path: ${error.message}`, null, "lora_path");
      } finally {
        loading.delete(name);
      }
    },

    async unload(name) {
      if (!table.delete(name))
        throw new ApiError(404, `lora_name: there is no adapter ${name}`, "model_not_found", "lora_name");
      await engine.unloadAdapter(name);
    },
  };
}

/** Undefined for what is not there or, behind all links, not below the root. Relative paths start at the root. */
function inside(root: string, path: string): string | undefined {
  try {
    const base = realpathSync(root);
    const real = realpathSync(resolve(base, path));
    const below = relative(base, real);
    // A link inside the folder could still lead the reader elsewhere.
    const files = [WEIGHTS, "adapter_config.json"].map((name) => join(real, name)).filter(existsSync);
    const strays = files.some((file) => leaves(base, realpathSync(file)));
    return below === "" || leaves(base, real) || strays ? undefined : real;
  } catch {
    return undefined;
  }
}

function leaves(base: string, path: string): boolean {
  const below = relative(base, path);
  return below.startsWith("..") || isAbsolute(below);
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  return hash.digest("hex");
}
