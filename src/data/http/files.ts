/** Labelled pairs in files; the name's ending says in which format. */
import { InputError, type HttpPair } from "../../core/index.ts";
import { readParquet, writeParquet } from "./parquet.ts";
import { readRows, writeRows, type ReadRows } from "./rows.ts";
import { readSqlite, writeSqlite } from "./sqlite.ts";

interface PairFormat {
  readonly read: (bytes: Buffer, where: string) => ReadRows | Promise<ReadRows>;
  readonly write: (pairs: readonly HttpPair[]) => string | Uint8Array | Promise<Uint8Array>;
}

const rows: PairFormat = {
  read: (bytes, where) => readRows(bytes.toString("utf8"), where),
  write: writeRows,
};
const sqlite: PairFormat = { read: readSqlite, write: writeSqlite };
const FORMATS: ReadonlyMap<string, PairFormat> = new Map([
  ["jsonl", rows],
  ["parquet", { read: readParquet, write: writeParquet }],
  ["db", sqlite],
  ["sqlite", sqlite],
]);

/** By the ending of `path`, which `where` names in the InputError for one that is unknown. */
export function pairFormat(path: string, where: string): PairFormat {
  const format = FORMATS.get(/\.(\w+)$/.exec(path)?.[1] ?? "");
  if (format === undefined)
    throw new InputError(
      `${where}: expected a name that ends in .jsonl, .parquet or .db, got ${JSON.stringify(path)}`,
    );
  return format;
}
