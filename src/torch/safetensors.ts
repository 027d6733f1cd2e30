/** Reads tensors from safetensors files: one file, or shards under an index, as Hugging Face checkpoints have them. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../core/errors.ts";
import { noGrad } from "./autograd.ts";
import { type DType, dtypeCode } from "./dtype.ts";
import { engine } from "./engine.ts";
import { wrap } from "./handle.ts";
import { readHeader, type SafetensorsHeader, type TensorEntry } from "./safetensors-header.ts";
import type { Tensor } from "./tensor.ts";

export const SINGLE_FILE = "model.safetensors";
export const INDEX_FILE = "model.safetensors.index.json";

/**
 * One open file. Tensors are pages of the file mapped privately: nothing is read before it is used, writing to a
 * tensor never changes the file, and a tensor stays valid after `close`.
 */
export class SafetensorsFile implements Disposable {
  readonly path: string;
  readonly #header: SafetensorsHeader;
  #mapping: number | null = null;
  #closed = false;

  /** Throws InputError when the file is missing, truncated or corrupt. */
  constructor(path: string) {
    this.path = path;
    this.#header = readHeader(path);
  }

  get names(): string[] {
    return [...this.#header.entries.keys()];
  }
  get metadata(): Readonly<Record<string, string>> {
    return this.#header.metadata;
  }
  has(name: string): boolean {
    return this.#header.entries.has(name);
  }
  /** Type and shape without touching the data. Throws InputError when there is no such tensor. */
  entry(name: string): TensorEntry {
    const entry = this.#header.entries.get(name);
    if (entry === undefined) throw new InputError(`${this.path}: there is no tensor ${name}`);
    return entry;
  }
  tensor(name: string): Tensor {
    if (this.#closed) throw new Error(`${this.path} has been closed`);
    const entry = this.entry(name);
    this.#mapping ??= this.#enough(name, () => engine.mapFile(this.path));
    return wrap(engine.mapTensor(this.#mapping, entry.offset, dtypeCode(entry.dtype), entry.shape));
  }

  /**
   * A copy in memory of its own, converted to `dtype`. The file's pages are given back at once, so that converting a
   * checkpoint tensor by tensor never holds more of the file than its largest tensor.
   */
  converted(name: string, dtype: DType): Tensor {
    const entry = this.entry(name);
    return this.#enough(name, () => {
      const mapping = engine.mapFile(this.path);
      try {
        using mapped = wrap(engine.mapTensor(mapping, entry.offset, dtypeCode(entry.dtype), entry.shape));
        return noGrad(() => (entry.dtype === dtype ? mapped.clone() : mapped.to({ dtype })));
      } finally {
        engine.unmap(mapping);
      }
    });
  }

  /** Says which tensor there was no memory for. */
  #enough<T>(name: string, body: () => T): T {
    try {
      return body();
    } catch (cause) {
      if (!/annot allocate memory|can't allocate memory|not enough memory/.test(String(cause))) throw cause;
      const { dtype, shape } = this.entry(name);
      throw new InputError(
        `${this.path}: tensor ${name}: expected enough memory to read ${dtype} of shape [${shape.join(", ")}], and there is not`,
        { cause },
      );
    }
  }

  close(): void {
    if (this.#mapping !== null) engine.unmap(this.#mapping);
    this.#mapping = null;
    this.#closed = true;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

/** All tensors of a checkpoint by name, whichever shard they are in. */
export class Checkpoint implements Disposable {
  readonly path: string;
  readonly #fileOf: ReadonlyMap<string, SafetensorsFile>;

  constructor(path: string, fileOf: ReadonlyMap<string, SafetensorsFile>) {
    this.path = path;
    this.#fileOf = fileOf;
  }

  get names(): string[] {
    return [...this.#fileOf.keys()];
  }
  has(name: string): boolean {
    return this.#fileOf.has(name);
  }
  entry(name: string): TensorEntry {
    return this.#file(name).entry(name);
  }
  tensor(name: string): Tensor {
    return this.#file(name).tensor(name);
  }
  /** As `tensor`, in memory of its own and with elements of `dtype`. */
  converted(name: string, dtype: DType): Tensor {
    return this.#file(name).converted(name, dtype);
  }
  /** The file that a tensor is in, for messages. */
  fileOf(name: string): string {
    return this.#file(name).path;
  }
  /** Metadata of the file that holds the first tensor (`format` is `pt` in Hugging Face checkpoints). */
  get metadata(): Readonly<Record<string, string>> {
    return this.#fileOf.values().next().value?.metadata ?? {};
  }
  #file(name: string): SafetensorsFile {
    const file = this.#fileOf.get(name);
    if (file === undefined) throw new InputError(`${this.path}: there is no tensor ${name}`);
    return file;
  }

  close(): void {
    for (const file of new Set(this.#fileOf.values())) file.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Opens a .safetensors file, an index (.index.json), or a folder with `model.safetensors` or its index.
 * Throws InputError naming the file and what was expected.
 */
export function openSafetensors(path: string): Checkpoint {
  if (!existsSync(path)) throw new InputError(`${path}: no such file or folder`);
  if (statSync(path).isDirectory()) {
    for (const name of [SINGLE_FILE, INDEX_FILE])
      if (existsSync(join(path, name))) return openSafetensors(join(path, name));
    throw new InputError(`${path}: expected ${SINGLE_FILE} or ${INDEX_FILE} in this folder`);
  }
  if (path.endsWith(".json")) return openIndex(path);
  const file = new SafetensorsFile(path);
  return new Checkpoint(path, new Map(file.names.map((name) => [name, file])));
}

function openIndex(path: string): Checkpoint {
  const map = weightMap(path);
  const files = new Map<string, SafetensorsFile>();
  const fileOf = new Map<string, SafetensorsFile>();
  for (const [name, shard] of Object.entries(map)) {
    if (typeof shard !== "string" || /[/\\]/.test(shard))
      throw new InputError(
        `${path}: weight_map[${JSON.stringify(name)}] must be the name of a file beside it`,
      );
    const beside = join(dirname(path), shard);
    if (!files.has(shard) && !existsSync(beside))
      throw new InputError(`${beside}: this shard is missing; ${path} expects tensor ${name} in it`);
    const file = files.get(shard) ?? new SafetensorsFile(beside);
    files.set(shard, file);
    if (!file.has(name))
      throw new InputError(`${file.path}: there is no tensor ${name}, which ${path} promises`);
    fileOf.set(name, file);
  }
  return new Checkpoint(path, fileOf);
}

function weightMap(path: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new InputError(`${path}: expected a JSON index of safetensors shards`, { cause });
  }
  const map = (parsed as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map))
    throw new InputError(`${path}: expected an object weight_map from tensor names to files`);
  return map as Record<string, unknown>;
}

/** Every tensor of a checkpoint, owned by the current scope. Throws InputError as `openSafetensors`. */
export function loadSafetensors(path: string): Map<string, Tensor> {
  using checkpoint = openSafetensors(path);
  return new Map(checkpoint.names.map((name) => [name, checkpoint.tensor(name)]));
}
