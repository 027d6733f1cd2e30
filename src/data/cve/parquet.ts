/** Rows as a Parquet file: one column per field, lists and provenance as JSON columns or columns of their own. */
import { rmSync } from "node:fs";
import { fileWriter, ParquetWriter, schemaFromColumnData, type BasicType } from "hyparquet-writer";
import { finishFile, unfinishedName } from "../../runs/files.ts";
import type { CveRow } from "./row.ts";
import type { RowWriter } from "./write.ts";

interface Column {
  readonly name: string;
  readonly type: BasicType;
  readonly read: (row: CveRow) => unknown;
}

const COLUMNS: readonly Column[] = [
  { name: "cve_id", type: "STRING", read: (row) => row.cve_id },
  { name: "year", type: "INT32", read: (row) => row.year },
  { name: "state", type: "STRING", read: (row) => row.state },
  { name: "date_published", type: "STRING", read: (row) => row.date_published },
  { name: "description", type: "STRING", read: (row) => row.description },
  { name: "lang", type: "STRING", read: (row) => row.lang },
  { name: "cwe", type: "STRING", read: (row) => row.cwe },
  { name: "cwe_source", type: "STRING", read: (row) => row.cwe_source },
  { name: "cwe_all", type: "JSON", read: (row) => row.cwe_all },
  { name: "mentions", type: "JSON", read: (row) => row.mentions },
  { name: "assigner", type: "STRING", read: (row) => row.assigner },
  { name: "cvss", type: "DOUBLE", read: (row) => row.cvss },
  { name: "exploitation", type: "STRING", read: (row) => row.exploitation },
  { name: "source_format", type: "STRING", read: (row) => row.provenance.format },
  { name: "source_schema", type: "STRING", read: (row) => row.provenance.schema },
  { name: "source_file", type: "STRING", read: (row) => row.provenance.file },
  { name: "source_line", type: "INT32", read: (row) => row.provenance.line },
  { name: "source_updated", type: "STRING", read: (row) => row.provenance.updated },
];

/** Rows held in memory until they are written together. */
const ROW_GROUP = 10_000;

export function parquetWriter(path: string): RowWriter {
  const beside = unfinishedName(path);
  const columns = (rows: readonly CveRow[]) =>
    COLUMNS.map(({ name, type, read }) => ({ name, type, nullable: true, data: rows.map(read) }));
  const parquet = new ParquetWriter({
    writer: fileWriter(beside),
    schema: schemaFromColumnData({ columnData: columns([]) }),
    createdBy: "ironbark",
  });
  let waiting: CveRow[] = [];
  const flush = (): void => {
    // The library appends to the file before it returns; only other writers make it wait.
    if (waiting.length > 0)
      void parquet.write({
        columnData: columns(waiting).map(({ name, data }) => ({ name, data })),
        rowGroupSize: ROW_GROUP,
      });
    waiting = [];
  };
  return {
    write: (row) => {
      waiting.push(row);
      if (waiting.length >= ROW_GROUP) flush();
    },
    finish: () => {
      flush();
      void parquet.finish();
      finishFile(beside, path);
    },
    discard: () => rmSync(beside, { force: true }),
  };
}
