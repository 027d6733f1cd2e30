/** Writes JSON Lines beside the final file until it is whole. */
import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { InputError } from "../core/errors.ts";
import { finishFile, unfinishedName } from "../runs/files.ts";

export interface LineWriter<T> {
  write(row: T): void;
  /** The file is now whole at its place. */
  finish(): void;
  /** Nothing unfinished is left behind; a file that is whole stays. */
  discard(): void;
}

/** Throws InputError when there is no folder for `path`. */
export function checkFolderOf(path: string): void {
  if (statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new InputError(`--out ${path}: no folder ${dirname(path)}`);
}

const PIECE = 1 << 20;

export function jsonlWriter<T>(path: string): LineWriter<T> {
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
