/** Labelled pairs as a Parquet file: a column per field, fact and provenance as JSON. */
import { parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer, type BasicType } from "hyparquet-writer";
import { InputError, type HttpPair } from "../../core/index.ts";
import { pairsOf, type ReadRows } from "./rows.ts";

const COLUMNS: Readonly<Record<keyof HttpPair, BasicType>> = {
  id: "STRING",
  request: "STRING",
  response: "STRING",
  analysis: "STRING",
  is_vulnerable: "BOOLEAN",
  category: "STRING",
  fact: "JSON",
  provenance: "JSON",
};

/** The bytes of a file. */
export function writeParquet(pairs: readonly HttpPair[]): Uint8Array {
  const columnData = Object.entries(COLUMNS).map(([name, type]) => ({
    name,
    type,
    nullable: true,
    data: pairs.map((pair) => pair[name as keyof HttpPair]),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/** Throws InputError for another kind of file; rows that do not fit are named with the reason. */
export async function readParquet(bytes: Uint8Array, where: string): Promise<ReadRows> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  let rows: Record<string, unknown>[];
  try {
    rows = await parquetReadObjects({ file });
  } catch (error) {
    throw new InputError(`${where}: expected a Parquet file: ${(error as Error).message}`);
  }
  return pairsOf(
    rows.map((row, index) => {
      // An empty cell is a field that is not there.
      const value = Object.fromEntries(
        Object.entries(row).filter(([, cell]) => cell !== null && cell !== undefined),
      );
      return { where: `${where}: row ${index + 1}`, value };
    }),
  );
}
