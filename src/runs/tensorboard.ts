/** TensorBoard event files: scalars and text, written without a protobuf library; cut back on resume. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readdirSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { maskedCrc32c } from "./crc32c.ts";

const DT_STRING = 7;

export class EventFile {
  readonly path: string;
  readonly #file: number;

  /** Appends to the run's event file when there is one, else starts one. */
  constructor(dir: string) {
    const existing = findEventFile(dir);
    const fresh = `events.out.tfevents.${Math.floor(Date.now() / 1000)}.${hostname()}.${process.pid}.0`;
    this.path = join(dir, existing ?? fresh);
    this.#file = openSync(this.path, "a");
    if (fstatSync(this.#file).size === 0) this.#write(event(0, bytesField(3, text("brain.Event:2"))));
  }

  scalars(step: number, values: Readonly<Record<string, number>>): void {
    const parts = Object.entries(values).map(([tag, value]) =>
      bytesField(1, bytesField(1, text(tag)), floatField(2, value)),
    );
    if (parts.length > 0) this.#write(event(step, bytesField(5, ...parts)));
  }

  /** Markdown shown on TensorBoard's Text page below `tag`. */
  text(step: number, tag: string, markdown: string): void {
    const oneString = bytesField(2, bytesField(2, varintField(1, 1)));
    const tensor = bytesField(8, varintField(1, DT_STRING), oneString, bytesField(8, text(markdown)));
    const metadata = bytesField(9, bytesField(1, bytesField(1, text("text"))));
    const value = bytesField(1, bytesField(1, text(`${tag}/text_summary`)), tensor, metadata);
    this.#write(event(step, bytesField(5, value)));
  }

  sync(): void {
    fsyncSync(this.#file);
  }

  close(): void {
    this.sync();
    closeSync(this.#file);
  }

  #write(payload: Buffer): void {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(payload.length));
    const record = Buffer.concat([length, checksum(length), payload, checksum(payload)]);
    for (let done = 0; done < record.length;) done += writeSync(this.#file, record, done);
  }
}

/** Cuts a run's event file before the first event of a later step, and a torn last record in any case. */
export function truncateEventsAfter(dir: string, step: number): void {
  const name = findEventFile(dir);
  if (name === undefined) return;
  const data = readFileSync(join(dir, name));
  let end = 0;
  while (end + 12 <= data.length) {
    const start = end + 12;
    const stop = start + Number(data.readBigUInt64LE(end));
    if (stop + 4 > data.length) break;
    const payload = data.subarray(start, stop);
    if (data.readUInt32LE(stop) !== maskedCrc32c(payload)) break;
    // The first record is the header and belongs to no step.
    if (end > 0 && stepOf(payload) > step) break;
    end = stop + 4;
  }
  if (end < data.length) truncateSync(join(dir, name), end);
}

function findEventFile(dir: string): string | undefined {
  return readdirSync(dir).find((name) => name.startsWith("events.out.tfevents."));
}

function checksum(data: Uint8Array): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(maskedCrc32c(data));
  return out;
}

function event(step: number, body: Buffer): Buffer {
  const wallTime = Buffer.alloc(9);
  wallTime[0] = 0x09;
  wallTime.writeDoubleLE(Date.now() / 1000, 1);
  return Buffer.concat([wallTime, varintField(2, step), body]);
}

/** Of an event that `event` wrote: the step stands behind the nine bytes of the wall time. */
function stepOf(payload: Buffer): number {
  let step = 0;
  for (let at = 10, scale = 1; ; at++, scale *= 128) {
    const byte = payload[at] ?? 0;
    step += (byte & 0x7f) * scale;
    if (byte < 0x80) return step;
  }
}

function text(value: string): Buffer {
  return Buffer.from(value);
}

function varint(value: number): Buffer {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...out, rest]);
    out.push((rest % 128) | 0x80);
  }
}

function varintField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function bytesField(field: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
}

function floatField(field: number, value: number): Buffer {
  const out = Buffer.alloc(5);
  out[0] = (field << 3) | 5;
  out.writeFloatLE(value, 1);
  return out;
}
