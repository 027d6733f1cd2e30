/** Reads event files back with a parser of its own, written against the protobuf wire format. */
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { projectRoot } from "../util/root.ts";
import { crc32c } from "./crc32c.ts";
import { EventFile, truncateEventsAfter } from "./tensorboard.ts";

const folder = mkdtempSync(join(tmpdir(), "ironbark-tb-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Fields = Map<number, (bigint | Buffer)[]>;

function varint(data: Buffer, at: number): [bigint, number] {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = BigInt(data[at++]!);
    value |= (byte & 127n) << shift;
    if (byte < 128n) return [value, at];
  }
}

function parse(data: Buffer): Fields {
  const fields: Fields = new Map();
  for (let at = 0; at < data.length;) {
    let key: bigint;
    [key, at] = varint(data, at);
    const wire = Number(key & 7n);
    let value: bigint | Buffer;
    if (wire === 0) [value, at] = varint(data, at);
    else {
      let size = wire === 1 ? 8n : 4n;
      if (wire === 2) [size, at] = varint(data, at);
      value = data.subarray(at, (at += Number(size)));
    }
    const field = Number(key >> 3n);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

const bytes = (fields: Fields, field: number): Buffer => fields.get(field)![0] as Buffer;
const sub = (fields: Fields, ...path: number[]): Fields =>
  path.reduce((inner, field) => parse(bytes(inner, field)), fields);

function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated << 15) | (rotated >>> 17)) >>> 0;
}

function events(path: string): Fields[] {
  const data = readFileSync(path);
  const out: Fields[] = [];
  for (let at = 0; at < data.length;) {
    const size = Number(data.readBigUInt64LE(at));
    expect(unmask(data.readUInt32LE(at + 8))).toBe(crc32c(data.subarray(at, at + 8)));
    const payload = data.subarray(at + 12, at + 12 + size);
    expect(unmask(data.readUInt32LE(at + 12 + size))).toBe(crc32c(payload));
    out.push(parse(payload));
    at += 16 + size;
  }
  return out;
}

it("has the checksum of RFC 3720", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 255))).toBe(0x62a8ab43);
});

function writeExample(dir: string): string {
  const file = new EventFile(dir);
  file.scalars(1, { loss: 0.5, "reward/mean": -1.25 });
  file.text(300, "sample", "**fix** é");
  file.scalars(70_000, { loss: NaN });
  file.close();
  return file.path;
}

it("writes scalars and text in TensorBoard's format", () => {
  const [header, scalars, text, late, ...rest] = events(writeExample(mkdtempSync(join(folder, "w-"))));
  expect(rest).toEqual([]);
  expect(bytes(header!, 3).toString()).toBe("brain.Event:2");
  expect(Math.abs(bytes(scalars!, 1).readDoubleLE() - Date.now() / 1000)).toBeLessThan(60);
  expect(scalars!.get(2)).toEqual([1n]);
  const values = (sub(scalars!, 5).get(1) as Buffer[]).map(parse);
  expect(values.map((value) => [bytes(value, 1).toString(), bytes(value, 2).readFloatLE()])).toEqual([
    ["loss", 0.5],
    ["reward/mean", -1.25],
  ]);
  expect(text!.get(2)).toEqual([300n]);
  const value = sub(text!, 5, 1);
  expect(bytes(value, 1).toString()).toBe("sample/text_summary");
  expect(sub(value, 8).get(1)).toEqual([7n]);
  expect(sub(value, 8, 2, 2).get(1)).toEqual([1n]);
  expect(bytes(sub(value, 8), 8).toString()).toBe("**fix** é");
  expect(bytes(sub(value, 9, 1), 1).toString()).toBe("text");
  expect(late!.get(2)).toEqual([70_000n]);
  expect(bytes(sub(late!, 5, 1), 2).readFloatLE()).toBeNaN();
});

it("is cut after a step, loses a torn record, and is continued in the same file", () => {
  const dir = mkdtempSync(join(folder, "c-"));
  const path = writeExample(dir);
  appendFileSync(path, Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 1, 2]));
  truncateEventsAfter(dir, 300);
  expect(events(path).map((event) => event.get(2)?.[0])).toEqual([0n, 1n, 300n]);
  const again = new EventFile(dir);
  again.scalars(301, { loss: 1 });
  again.close();
  expect(again.path).toBe(path);
  expect(events(path).at(-1)!.get(2)).toEqual([301n]);
  truncateEventsAfter(dir, -1);
  expect(events(path)).toHaveLength(1);
});

const python = join(projectRoot(), ".venv/bin/python");
const hasTensorBoard = spawnSync(python, ["-c", "import tensorboard"]).status === 0;
it.skipIf(!hasTensorBoard)("is read by TensorBoard itself", () => {
  const dir = mkdtempSync(join(folder, "t-"));
  writeExample(dir);
  const script = `
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(${JSON.stringify(dir)}); events.Reload()
print([(s.step, s.value) for s in events.Scalars("reward/mean")])`;
  expect(execFileSync(python, ["-c", script], { encoding: "utf8" }).trim()).toBe("[(1, -1.25)]");
});
