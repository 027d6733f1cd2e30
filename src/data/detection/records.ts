/** Records of a set, whatever it was published as: JSON in any wrapping, Parquet, or a Hugging Face data set on disk. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../cve/json.ts";
import { openRecords } from "../cve/sources.ts";

/** A record or what is wrong in its place; `place` is for people: file and line, or file and row. */
export type SourceRecord =
  | { readonly record: JsonObject; readonly place: string }
  | { readonly problem: string; readonly place: string };

export interface RecordFile {
  /** What `total` and `done` count; the total is 0 where nobody knows. */
  readonly unit: "bytes" | "files" | "rows";
  readonly total: number;
  done(): number;
  read(): AsyncGenerator<SourceRecord>;
}

/** Throws InputError when there is nothing that could hold records. */
export async function openSet(path: string): Promise<RecordFile> {
  if (/\.parquet$/i.test(path)) return openParquet(path);
  if (/\.arrow$/i.test(path)) return openArrow([path]);
  const shards = existsSync(path) && statSync(path).isDirectory() ? arrowFiles(path) : [];
  if (shards.length > 0) return openArrow(shards);
  const source = await openRecords(path);
  return {
    unit: source.unit,
    total: source.total,
    done: source.done,
    async *read() {
      for await (const piece of source.read()) {
        const file = piece.file === basename(path) ? path : `${path}: ${piece.file}`;
        const place = piece.line === null ? file : `${file}:${piece.line}`;
        if ("problem" in piece) yield { problem: piece.problem, place };
        else yield parse(piece.text, place);
      }
    },
  };
}

function parse(text: string, place: string): SourceRecord {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (error) {
    return { problem: `expected JSON (${(error as Error).message})`, place };
  }
  return isObject(record) ? { record, place } : { problem: "expected a JSON object", place };
}

/** Shards of one split, or of every split below the folder, in the order of their names. */
function arrowFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return arrowFiles(path);
      return entry.name.endsWith(".arrow") ? [path] : [];
    });
}

/** What `datasets` saves: streams in Arrow's IPC format, one shard in memory at a time. */
function openArrow(paths: readonly string[]): RecordFile {
  let done = 0;
  return {
    unit: "files",
    total: paths.length,
    done: () => done,
    async *read() {
      const { tableFromIPC } = await import("@uwdata/flechette");
      for (const path of paths) {
        let table: ReturnType<typeof tableFromIPC> | undefined;
        try {
          table = tableFromIPC(readFileSync(path), { useBigInt: false });
        } catch (error) {
          yield {
            problem: `expected a stream of Arrow record batches (${(error as Error).message})`,
            place: path,
          };
        }
        for (let row = 0; row < (table?.numRows ?? 0); row++)
          yield { record: table!.at(row) as JsonObject, place: `${path}:${row + 1}` };
        done++;
      }
    },
  };
}

/** Row group by row group. */
async function openParquet(path: string): Promise<RecordFile> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import("hyparquet");
  if (!existsSync(path)) throw new InputError(`${path}: no such file or folder`);
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file).catch((cause: Error) => {
    throw new InputError(`${path}: expected a Parquet file (${cause.message})`, { cause });
  });
  let done = 0;
  return {
    unit: "rows",
    total: Number(metadata.num_rows),
    done: () => done,
    async *read() {
      for (const group of metadata.row_groups) {
        const [rowStart, rowEnd] = [done, done + Number(group.num_rows)];
        for (const record of await parquetReadObjects({ file, metadata, rowStart, rowEnd }))
          yield { record, place: `${path}:${++done}` };
      }
    },
  };
}
