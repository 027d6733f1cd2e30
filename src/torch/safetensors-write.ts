/** Writes safetensors files that Hugging Face libraries load: beside the target first, then renamed into place. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { noGrad } from "./autograd.ts";
import { dtypeBytes, safetensorsName } from "./dtype.ts";
import { engine } from "./engine.ts";
import type { Handle } from "./handle.ts";
import { INDEX_FILE, SINGLE_FILE } from "./safetensors.ts";
import type { Tensor } from "./tensor.ts";
import { tidy } from "./tidy.ts";

export interface SaveOptions {
  /** Added to `{"format": "pt"}`, without which transformers refuses a file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const CHUNK_BYTES = 8 << 20;

const bytesOf = (tensor: Handle): number => tensor.numel * dtypeBytes(tensor.dtype);

/** Writes one file. On an error nothing is left at `path` that was not there before. */
export function saveSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  options: SaveOptions = {},
): void {
  // Wide elements first keeps every tensor aligned to its element size; names make the order reproducible.
  const sorted = [...tensors].toSorted(
    ([a, x], [b, y]) => dtypeBytes(y.dtype) - dtypeBytes(x.dtype) || (a < b ? -1 : a > b ? 1 : 0),
  );
  const header: Record<string, unknown> = { __metadata__: { format: "pt", ...options.metadata } };
  let end = 0;
  for (const [name, tensor] of sorted) {
    const begin = end;
    end += bytesOf(tensor);
    header[name] = { dtype: safetensorsName(tensor.dtype), shape: tensor.shape, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const text = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));

  writeThenRename(path, (fd) => {
    writeAll(fd, length);
    writeAll(fd, text);
    for (const [, tensor] of sorted) noGrad(() => tidy(() => writeTensor(fd, tensor)));
  });
}

/**
 * Writes a checkpoint folder's weights: `model.safetensors`, or, above `maxShardBytes`, numbered shards and their
 * index with the names transformers uses. Weights of an earlier save in that folder are replaced one file at a
 * time: a caller who needs all or nothing writes a new folder and renames it.
 */
export function saveShardedSafetensors(
  folder: string,
  tensors: ReadonlyMap<string, Tensor>,
  options: SaveOptions & { readonly maxShardBytes?: number } = {},
): void {
  mkdirSync(folder, { recursive: true });
  const shards = shardsOf(tensors, options.maxShardBytes ?? 5e9);
  const names = shards.map((_, i) => shardName(i + 1, shards.length));
  if (shards.length === 1) names[0] = SINGLE_FILE;
  shards.forEach((shard, i) => saveSafetensors(join(folder, names[i]!), shard, options));
  if (shards.length > 1) {
    const weights = shards.flatMap((shard, i) => [...shard.keys()].map((name) => [name, names[i]!] as const));
    const total = [...tensors.values()].reduce((sum, tensor) => sum + bytesOf(tensor), 0);
    const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(weights) };
    writeThenRename(join(folder, INDEX_FILE), (fd) =>
      writeAll(fd, Buffer.from(`${JSON.stringify(index, null, 2)}\n`)),
    );
  }
  const current = new Set(shards.length > 1 ? [...names, INDEX_FILE] : names);
  for (const name of readdirSync(folder))
    if (/^model(-\d{5}-of-\d{5})?\.safetensors(\.index\.json)?$/.test(name) && !current.has(name))
      rmSync(join(folder, name));
}

function shardsOf(tensors: ReadonlyMap<string, Tensor>, maxBytes: number): Map<string, Tensor>[] {
  const shards = [new Map<string, Tensor>()];
  let filled = 0;
  for (const [name, tensor] of tensors) {
    const bytes = bytesOf(tensor);
    if (filled > 0 && filled + bytes > maxBytes) {
      shards.push(new Map());
      filled = 0;
    }
    shards.at(-1)!.set(name, tensor);
    filled += bytes;
  }
  return shards;
}

function shardName(number: number, count: number): string {
  const five = (value: number): string => String(value).padStart(5, "0");
  return `model-${five(number)}-of-${five(count)}.safetensors`;
}

function writeTensor(fd: number, tensor: Tensor): void {
  const dense = tensor.detach().to({ device: "cpu" }).contiguous();
  const total = bytesOf(dense);
  const chunk = new Uint8Array(Math.min(total, CHUNK_BYTES));
  for (let at = 0; at < total; at += chunk.length) {
    const part = chunk.subarray(0, Math.min(chunk.length, total - at));
    engine.readBytes(dense.id, part, at);
    writeAll(fd, part);
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}

function writeThenRename(path: string, write: (fd: number) => void): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  const fd = openSync(temporary, "w");
  try {
    try {
      write(fd);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
