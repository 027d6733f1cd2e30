/** Cuts a stream of bytes into JSON texts without holding more than one of them: lines, or the elements of one array. */

/** One JSON text, or why there is none at this place. */
export type Piece =
  | { readonly text: string; readonly line: number | null }
  | { readonly problem: string; readonly line: number | null };

/** Longer than any record there is; a file that is not what it seems must not fill the memory. */
export const MAX_RECORD_BYTES = 32 * 1024 * 1024;

export type Bytes = AsyncIterable<Buffer>;

/** The whole stream as one text. */
export async function* whole(bytes: Bytes): AsyncGenerator<Piece> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of bytes) {
    size += part.length;
    if (size > MAX_RECORD_BYTES) return yield { problem: tooLong, line: null };
    parts.push(part);
  }
  yield { text: Buffer.concat(parts).toString("utf8"), line: null };
}

/** One text per line that is not blank; the last needs no newline. */
export async function* lines(bytes: Bytes): AsyncGenerator<Piece> {
  let rest: Buffer[] = [];
  let kept = 0;
  let line = 1;
  const take = (end: Buffer): Piece | undefined => {
    const at = line++;
    const size = kept + end.length;
    const content = rest.length === 0 ? end : Buffer.concat([...rest, end]);
    rest = [];
    kept = 0;
    if (size > MAX_RECORD_BYTES) return { problem: tooLong, line: at };
    const text = content.toString("utf8");
    return text.trim() === "" ? undefined : { text, line: at };
  };
  for await (const part of bytes) {
    let start = 0;
    for (let at = part.indexOf(NEWLINE); at >= 0; at = part.indexOf(NEWLINE, start)) {
      const piece = take(part.subarray(start, at));
      start = at + 1;
      if (piece !== undefined) yield piece;
    }
    const open = part.subarray(start);
    // Of a line that is too long anyway, only its length is still of interest.
    if (kept <= MAX_RECORD_BYTES) rest.push(open);
    kept += open.length;
  }
  const piece = take(Buffer.alloc(0));
  if (piece !== undefined) yield piece;
}

/**
 * The objects that are elements of an array at `depth` brackets: 1 for `[{...}]`, 2 for `{"vulnerabilities":[{...}]}`.
 * Only nesting and strings are looked at; whether an element is JSON is for its reader to say.
 */
export async function* elements(bytes: Bytes, depth: number): AsyncGenerator<Piece> {
  let level = 0;
  let inString = false;
  let escaped = false;
  let line = 1;
  let from = 1;
  let parts: Buffer[] = [];
  let kept = 0;
  for await (const part of bytes) {
    let start = kept > 0 ? 0 : -1;
    for (let at = 0; at < part.length; at++) {
      const byte = part[at]!;
      if (byte === NEWLINE) line++;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (level === depth && byte === OPEN_BRACE) [start, from] = [at, line];
        level++;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        level--;
        if (level !== depth || start < 0) continue;
        parts.push(part.subarray(start, at + 1));
        const content = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
        [parts, kept, start] = [[], 0, -1];
        yield { text: content.toString("utf8"), line: from };
      }
    }
    if (start >= 0) {
      parts.push(part.subarray(start));
      kept += part.length - start;
    }
    if (kept > MAX_RECORD_BYTES) return yield { problem: tooLong, line: from };
  }
  if (level > 0)
    yield { problem: `ends inside ${kept > 0 ? "a record" : "the list"}: is it truncated?`, line };
}

const tooLong = `is longer than ${MAX_RECORD_BYTES / 1024 / 1024} MiB; expected one record`;
const [NEWLINE, QUOTE, BACKSLASH] = [10, 34, 92];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [123, 125, 91, 93];

/** Reads enough of the stream to see how it has to be cut, then cuts it. `name` decides where its ending does. */
export async function* pieces(bytes: Bytes, name: string): AsyncGenerator<Piece> {
  const { head, all } = await peek(bytes);
  if (/\.(jsonl|ndjson)(\.gz)?$/i.test(name)) return yield* lines(all);
  const text = head.toString("utf8").replace(/^\uFEFF/, "");
  if (/^\s*\[/.test(text)) return yield* elements(all, 1);
  // An NVD 2.0 feed or page of its API: some numbers and words, then the one long list.
  if (/^\s*\{[^[{]*"vulnerabilities"\s*:\s*\[/.test(text)) return yield* elements(all, 2);
  yield* isLines(text) ? lines(all) : whole(all);
}

const HEAD = 64 * 1024;

async function peek(bytes: Bytes): Promise<{ head: Buffer; all: Bytes }> {
  const iterator = bytes[Symbol.asyncIterator]();
  const seen: Buffer[] = [];
  let size = 0;
  while (size < HEAD) {
    const { value, done } = await iterator.next();
    if (done === true) break;
    seen.push(value);
    size += value.length;
  }
  const all = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* seen;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        yield next.value;
    } finally {
      await iterator.return?.();
    }
  };
  return { head: Buffer.concat(seen), all: all() };
}

/** Whether a first line is a whole object and more follows. */
function isLines(head: string): boolean {
  const end = head.indexOf("\n");
  if (end < 0 || head.slice(end).trim() === "") return false;
  try {
    JSON.parse(head.slice(0, end));
    return true;
  } catch {
    return false;
  }
}
