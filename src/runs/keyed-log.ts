/** A file of finished work by key, one JSON line each: what a killed process had done is found again. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { InputError } from "../core/errors.ts";

export interface KeyedLog<T> {
  get(key: string): T | undefined;
  entries(): Iterable<readonly [key: string, value: T]>;
  /** On its way to the disk when this returns; a later value of a key replaces the earlier one. */
  put(key: string, value: T): void;
  close(): void;
}

/**
 * A torn last line, which a killed writer leaves, is cut off. Throws InputError naming the line for anything else
 * that is not an entry.
 */
export function openKeyedLog<T>(path: string): KeyedLog<T> {
  mkdirSync(dirname(path), { recursive: true });
  const entries = new Map<string, T>();
  if (existsSync(path)) {
    const bytes = readFileSync(path);
    const whole = bytes.lastIndexOf(0x0a) + 1;
    if (whole < bytes.length) truncateSync(path, whole);
    const lines = bytes.subarray(0, whole).toString("utf8").split("\n").slice(0, -1);
    lines.forEach((line, index) => {
      const entry = readEntry<T>(line);
      if (entry === undefined)
        throw new InputError(`${path}:${index + 1}: expected {"key": ..., "value": ...}`, {
          hint: "this file is written by Ironbark; move it away to start anew",
        });
      entries.set(entry.key, entry.value);
    });
  }
  const file = openSync(path, "a");
  return {
    get: (key) => entries.get(key),
    entries: () => entries.entries(),
    put: (key, value) => {
      const line = Buffer.from(`${JSON.stringify({ key, value })}\n`);
      for (let done = 0; done < line.length;) done += writeSync(file, line, done);
      entries.set(key, value);
    },
    close: () => closeSync(file),
  };
}

function readEntry<T>(line: string): { key: string; value: T } | undefined {
  try {
    const entry = JSON.parse(line) as { key?: unknown; value?: unknown } | null;
    return typeof entry?.key === "string" && entry.value !== undefined
      ? (entry as { key: string; value: T })
      : undefined;
  } catch {
    return undefined;
  }
}
