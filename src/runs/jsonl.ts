/** JSON Lines files that survive `kill -9`: one write per line, torn ends repaired, later steps dropped on resume. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { InputError } from "../core/errors.ts";

/** A line of metrics.jsonl, timings.jsonl or rollouts.jsonl: the step it belongs to, then anything JSON. */
export interface StepRecord {
  readonly step: number;
  readonly [key: string]: unknown;
}

/** After a power cut at most this many milliseconds of lines are lost; after `kill -9` of the process, none. */
const SYNC_EVERY_MS = 2000;

export class JsonlAppender {
  readonly path: string;
  readonly #file: number;
  #synced = Date.now();
  #step = -Infinity;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, "a");
  }

  /** Steps may repeat and never go back: that is what lets a resume cut the file in one place. */
  append(record: StepRecord): void {
    if (!Number.isInteger(record.step) || record.step < this.#step)
      throw new RangeError(`${this.path}: step ${record.step} after step ${this.#step}`);
    this.#step = record.step;
    const line = Buffer.from(JSON.stringify(record, spellNonFinite) + "\n");
    for (let done = 0; done < line.length;) done += writeSync(this.#file, line, done);
    if (Date.now() - this.#synced >= SYNC_EVERY_MS) this.sync();
  }

  /** Returns when every line is on disk; called before a checkpoint that counts on them. */
  sync(): void {
    fsyncSync(this.#file);
    this.#synced = Date.now();
  }

  close(): void {
    this.sync();
    closeSync(this.#file);
  }
}

/** JSON has no NaN, and null would say "no signal": a diverged loss keeps its name. */
function spellNonFinite(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/**
 * Every whole record, in order; a torn last line is left out, as a reader may look while a writer writes.
 * Throws InputError naming file and line for anything else that is not a record.
 */
export function* readJsonl(path: string): Generator<StepRecord> {
  for (const line of wholeLines(path)) yield line.record;
}

/** Cuts the file before the first line of a later step than `step`, and a torn last line in any case. */
export function truncateAfter(path: string, step: number): void {
  if (!existsSync(path)) return;
  let end = 0;
  for (const line of wholeLines(path)) {
    if (line.record.step > step) break;
    end = line.end;
  }
  if (end < statSync(path).size) truncateSync(path, end);
}

interface WholeLine {
  readonly record: StepRecord;
  /** Offset in the file behind its newline. */
  readonly end: number;
}

function* wholeLines(path: string): Generator<WholeLine> {
  if (!existsSync(path)) return;
  const file = openSync(path, "r");
  try {
    const size = fstatSync(file).size;
    let number = 0;
    for (const { text, end } of terminatedLines(file)) {
      number++;
      const record = parseRecord(text);
      if (record === undefined) {
        // A power cut can leave a last line that ends in a newline and is nevertheless garbage.
        if (end >= size) return;
        throw new InputError(`${path}:${number}: expected a JSON object with a whole number "step"`);
      }
      yield { record, end };
    }
  } finally {
    closeSync(file);
  }
}

/** Reads in pieces: a long run's rollouts do not fit into one buffer. */
function* terminatedLines(file: number): Generator<{ readonly text: string; readonly end: number }> {
  const piece = Buffer.alloc(1 << 20);
  let rest = Buffer.alloc(0);
  let end = 0;
  for (let got = readSync(file, piece); got > 0; got = readSync(file, piece)) {
    const data = Buffer.concat([rest, piece.subarray(0, got)]);
    let start = 0;
    for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, start)) {
      end += at + 1 - start;
      yield { text: data.toString("utf8", start, at), end };
      start = at + 1;
    }
    rest = data.subarray(start);
  }
}

function parseRecord(text: string): StepRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const step = (value as { step?: unknown } | null)?.step;
    return Number.isInteger(step) ? (value as StepRecord) : undefined;
  } catch {
    return undefined;
  }
}
