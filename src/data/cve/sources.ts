/** Where records come from: one file (plain or gzip), a zip archive, or a folder tree of files. */
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { createGunzip } from "node:zlib";
import * as yauzl from "yauzl";
import { InputError } from "../../core/errors.ts";
import { pieces, type Bytes, type Piece } from "./split-stream.ts";

/** A piece and the file that it came from: a path below the input, or the input's own name. */
export type SourcePiece = Piece & { readonly file: string };

export interface RecordSource {
  /** What `total` and `done` count. */
  readonly unit: "bytes" | "files";
  readonly total: number;
  done(): number;
  /** In a fixed order: that of the file, of the archive, of the sorted paths. */
  read(): AsyncGenerator<SourcePiece>;
}

const RECORDS = /\.(json|jsonl|ndjson)(\.gz)?$/i;
/** Beside the records in the CVE list repository: what changed lately, once more. */
const NO_RECORDS = /^(delta|deltaLog|recent_activities)\.json$/;
/** Smaller files are read at once, which is several times as fast as a stream for each. */
const SMALL = 4 * 1024 * 1024;

/** Throws InputError when there is nothing that could hold records. */
export async function openRecords(path: string): Promise<RecordSource> {
  const info = await stat(path).catch(() => {
    throw new InputError(`${path}: no such file or folder`);
  });
  if (info.isDirectory()) return openFolder(path);
  if (/\.zip$/i.test(path)) return openZip(path);
  return openFile(path, info.size);
}

function openFile(path: string, size: number): RecordSource {
  let done = 0;
  const bytes = async function* (): AsyncGenerator<Buffer> {
    for await (const part of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      done += part.length;
      yield part;
    }
  };
  return {
    unit: "bytes",
    total: size,
    done: () => done,
    read: () => named(path.endsWith(".gz") ? gunzip(bytes()) : bytes(), basename(path)),
  };
}

async function openFolder(root: string): Promise<RecordSource> {
  const files = await walk(root, "");
  if (files.length === 0) throw new InputError(`${root}: holds no .json, .jsonl or .ndjson file`);
  let done = 0;
  return {
    unit: "files",
    total: files.length,
    done: () => done,
    async *read() {
      for (const file of files) {
        yield* named(fileBytes(join(root, file)), file);
        done++;
      }
    },
  };
}

async function walk(root: string, below: string): Promise<string[]> {
  const entries = await readdir(join(root, below), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== ".git") found.push(...(await walk(root, path)));
    else if (entry.isFile() && RECORDS.test(entry.name) && !NO_RECORDS.test(entry.name)) found.push(path);
  }
  return found;
}

async function* fileBytes(path: string): AsyncGenerator<Buffer> {
  const plain = async function* (): AsyncGenerator<Buffer> {
    if ((await stat(path)).size <= SMALL) yield await readFile(path);
    else yield* createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
  };
  yield* path.endsWith(".gz") ? gunzip(plain()) : plain();
}

async function openZip(path: string): Promise<RecordSource> {
  const refuse = (cause: unknown): never => {
    throw new InputError(`${path}: expected a zip archive (${(cause as Error).message})`, { cause });
  };
  const count = await yauzl.openPromise(path, { autoClose: false }).catch(refuse);
  const total = count.entryCount;
  count.close();
  let done = 0;
  return {
    unit: "files",
    total,
    done: () => done,
    async *read() {
      const archive = await yauzl.openPromise(path, { autoClose: false }).catch(refuse);
      try {
        for await (const entry of archive.eachEntry()) {
          const file = entry.fileName;
          if (/\.zip$/i.test(file))
            yield { file, line: null, problem: "is a zip archive inside the archive; unpack the outer one" };
          else if (RECORDS.test(file) && !NO_RECORDS.test(basename(file))) {
            const content = (await archive.openReadStreamPromise(entry)) as AsyncIterable<Buffer>;
            yield* named(file.endsWith(".gz") ? gunzip(content) : content, file);
          }
          done++;
        }
      } finally {
        archive.close();
      }
    },
  };
}

async function* gunzip(bytes: Bytes): AsyncGenerator<Buffer> {
  const unzip = createGunzip();
  const feed = (async () => {
    for await (const part of bytes)
      if (!unzip.write(part)) await new Promise<void>((resume) => void unzip.once("drain", resume));
    unzip.end();
  })().catch((error: Error) => void unzip.destroy(error));
  try {
    yield* unzip as AsyncIterable<Buffer>;
  } finally {
    unzip.destroy();
  }
  await feed;
}

/** Adds the name of the file; a failure while reading becomes a piece, so that the next file can be tried. */
async function* named(bytes: Bytes, file: string): AsyncGenerator<SourcePiece> {
  try {
    for await (const piece of pieces(bytes, file)) yield { ...piece, file };
  } catch (error) {
    yield { file, line: null, problem: `cannot be read (${(error as Error).message})` };
  }
}
