/** The header of a safetensors file, read and checked; every error names the file, the tensor and what was expected. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError } from "../core/errors.ts";
import { DTYPES, type DType, dtypeBytes, dtypeOfSafetensors, safetensorsName } from "./dtype.ts";

export interface TensorEntry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** From the beginning of the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** As in the reference implementation: a larger header is taken for a corrupt length. */
const MAX_HEADER_BYTES = 100_000_000;

/** Reads the header and checks that the entries tile the rest of the file exactly. Throws InputError. */
export function readHeader(path: string): SafetensorsHeader {
  const fail = (what: string, cause?: unknown): never => {
    throw new InputError(`${path}: ${what}`, cause === undefined ? {} : { cause });
  };
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (cause) {
    return fail("cannot be opened as a safetensors file", cause);
  }
  try {
    const size = fstatSync(fd).size;
    const length = Buffer.alloc(8);
    if (size < 8 || readSync(fd, length, 0, 8, 0) !== 8)
      return fail(`expected a safetensors file, found only ${size} bytes`);
    const headerBytes = length.readBigUInt64LE();
    if (headerBytes > BigInt(MAX_HEADER_BYTES) || headerBytes < 2n)
      return fail(
        `expected a safetensors header of 2 to ${MAX_HEADER_BYTES} bytes, its length says ${headerBytes}`,
      );
    const count = Number(headerBytes);
    if (8 + count > size) return fail(`truncated: the header needs ${8 + count} bytes, the file has ${size}`);
    const text = Buffer.alloc(count);
    readSync(fd, text, 0, count, 8);
    return checkHeader(path, text.toString("utf8"), 8 + count, size);
  } finally {
    closeSync(fd);
  }
}

function checkHeader(path: string, text: string, dataStart: number, fileSize: number): SafetensorsHeader {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${path}: the safetensors header is not JSON`, { cause });
  }
  if (!isRecord(parsed)) throw new InputError(`${path}: the safetensors header must be a JSON object`);
  const { __metadata__: metadata = {}, ...tensors } = parsed;
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string"))
    throw new InputError(`${path}: __metadata__ must map strings to strings`);
  const entries = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(tensors))
    entries.set(name, checkEntry(path, name, value, dataStart));
  let end = dataStart;
  for (const [name, entry] of [...entries].toSorted(
    ([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes,
  )) {
    if (entry.offset !== end)
      throw new InputError(
        `${path}: tensor ${name}: expected its data at byte ${end}, found ${entry.offset}`,
      );
    end += entry.bytes;
    if (end > fileSize)
      throw new InputError(
        `${path}: tensor ${name}: truncated, its data ends at byte ${end}, the file at ${fileSize}`,
      );
  }
  if (end !== fileSize)
    throw new InputError(`${path}: expected ${end} bytes as the header says, the file has ${fileSize}`);
  return { entries, metadata: metadata as Record<string, string> };
}

function checkEntry(path: string, name: string, value: unknown, dataStart: number): TensorEntry {
  const fail = (what: string): never => {
    throw new InputError(`${path}: tensor ${name}: ${what}`);
  };
  if (!isRecord(value)) return fail("expected an object with dtype, shape and data_offsets");
  const dtype = typeof value["dtype"] === "string" ? dtypeOfSafetensors(value["dtype"]) : undefined;
  if (dtype === undefined) {
    const known = DTYPES.map(safetensorsName).join(", ");
    return fail(`element type ${JSON.stringify(value["dtype"])} is not supported; expected one of ${known}`);
  }
  const shape = value["shape"];
  if (!isSizes(shape)) return fail("shape must be a list of whole numbers");
  const offsets = value["data_offsets"];
  if (!isSizes(offsets) || offsets.length !== 2) return fail("data_offsets must be two whole numbers");
  const bytes = shape.reduce((product, dim) => product * dim, dtypeBytes(dtype));
  const [begin, end] = offsets as [number, number];
  if (end - begin !== bytes)
    return fail(
      `${dtype} of shape [${shape.join(", ")}] needs ${bytes} bytes, data_offsets give ${end - begin}`,
    );
  return { dtype, shape, offset: dataStart + begin, bytes };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
