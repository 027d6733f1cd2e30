/** Writes rows as JSON Lines or Parquet, beside the final file until it is whole. */
import { InputError } from "../../core/errors.ts";
import { checkFolderOf, jsonlWriter, type LineWriter } from "../jsonl-writer.ts";
import type { CveRow } from "./row.ts";

export type RowWriter = LineWriter<CveRow>;

/** The ending of `path` decides: .jsonl, .ndjson or .parquet. Throws InputError for any other. */
export async function openWriter(path: string): Promise<RowWriter> {
  checkFolderOf(path);
  if (/\.(jsonl|ndjson)$/.test(path)) return jsonlWriter(path);
  if (path.endsWith(".parquet")) return (await import("./parquet.ts")).parquetWriter(path);
  throw new InputError(`--out ${path}: expected a name that ends in .jsonl or .parquet`);
}
