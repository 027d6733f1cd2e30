/** Writes rows as JSON Lines or Parquet, beside the final file until it is whole. */
import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { InputError } from "../../core/errors.ts";
import { finishFile, unfinishedName } from "../../runs/files.ts";
import type { CveRow } from "./row.ts";

export interface RowWriter {
  write(row: CveRow): void;
  /** The file is now whole at its place. */
  finish(): void;
  /** Nothing unfinished is left behind; a file that is whole stays. */
  discard(): void;
}

/** The ending of `path` decides: .jsonl, .ndjson or .parquet. Throws InputError for any other. */
export async function openWriter(path: string): Promise<RowWriter> {
  if (statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new InputError(`--out ${path}: no folder ${dirname(path)}`);
  if (/\.(jsonl|ndjson)$/.test(path)) return jsonlWriter(path);
  if (path.endsWith(".parquet")) return (await import("./parquet.ts")).parquetWriter(path);
  throw new InputError(`--out ${path}: expected a name that ends in .jsonl or .parquet`);
}

const PIECE = 1 << 20;

function jsonlWriter(path: string): RowWriter {
  const beside = unfinishedName(path);
  const file = openSync(beside, "w");
  let waiting = "";
  let open = true;
  const close = (): void => {
    if (open) closeSync(file);
    open = false;
  };
  const flush = (): void => {
    const data = Buffer.from(waiting);
    for (let done = 0; done < data.length;) done += writeSync(file, data, done);
    waiting = "";
  };
  return {
    write: (row) => {
      waiting += `${JSON.stringify(row)}\n`;
      if (waiting.length >= PIECE) flush();
    },
    finish: () => {
      flush();
      close();
      finishFile(beside, path);
    },
    discard: () => {
      close();
      rmSync(beside, { force: true });
    },
  };
}
