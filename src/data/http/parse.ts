/** Reads raw HTTP messages, as proxies store and people paste them, into their parts. */
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { HTTPParser, type HTTPParserJS, type ParserType } from "http-parser-js";
import {
  fieldValue,
  InputError,
  type HeaderFields,
  type RequestMessage,
  type ResponseMessage,
} from "../../core/index.ts";

/** A message and what was odd about it without being an error, such as a body that was cut off. */
export interface Parsed<M> {
  readonly message: M;
  readonly notes: readonly string[];
}

/** A larger message is refused; a decompressed body is held to the same. */
const MAX_BYTES = 16 * 1024 * 1024;

/** `where` names the source in errors, for instance `request.txt`. Throws InputError for what is not a request. */
export function parseRequest(raw: string | Uint8Array, where: string): Parsed<RequestMessage> {
  const { startLine, version, headers, body, notes } = parse(raw, HTTPParser.REQUEST, where);
  const [method, target] = startLine.split(" ");
  return { message: { method: method!, target: target!, version, headers, body }, notes };
}

/** Throws InputError for what is not a response. */
export function parseResponse(raw: string | Uint8Array, where: string): Parsed<ResponseMessage> {
  const { startLine, version, headers, body, notes } = parse(raw, HTTPParser.RESPONSE, where);
  const [, status, reason] = /^\S+ (\d{3}) ?(.*)$/.exec(startLine)!;
  return { message: { version, status: Number(status), reason: reason!, headers, body }, notes };
}

interface Parts {
  readonly startLine: string;
  readonly version: string;
  readonly headers: HeaderFields;
  readonly body: string;
  readonly notes: readonly string[];
}

function parse(raw: string | Uint8Array, type: ParserType, where: string): Parts {
  const bytes = typeof raw === "string" ? Buffer.from(raw) : Buffer.from(raw);
  if (bytes.length > MAX_BYTES)
    throw new InputError(`${where}: expected at most ${MAX_BYTES} bytes, got ${bytes.length}`);
  const notes: string[] = [];
  const { head, startLine, version, bodyAt } = readHead(bytes, type, where, notes);
  const fields: string[] = [];
  const chunks: Buffer[] = [];
  let headersDone = false;
  let complete = false;
  const parser: HTTPParserJS = new HTTPParser(type);
  parser.maxHeaderSize = MAX_BYTES;
  parser[HTTPParser.kOnHeadersComplete] = (info) => {
    fields.push(...(info.headers as unknown as string[]));
    headersDone = true;
  };
  parser[HTTPParser.kOnBody] = (chunk, at, length) => void chunks.push(chunk.subarray(at, at + length));
  parser[HTTPParser.kOnMessageComplete] = () => {
    complete = true;
  };
  const run = (part: Buffer): void => {
    const result = parser.execute(part);
    if (result instanceof Error) throw malformed(result, headersDone, where);
  };
  run(head);
  const rest = bytes.subarray(bodyAt);
  if (!complete) {
    const ended = rest.length > 0 ? parser.execute(rest) : 0;
    if (ended instanceof Error) throw malformed(ended, headersDone, where);
    if (!complete && parser.finish() instanceof Error)
      notes.push(isChunked(fields) ? "the last chunk is missing" : "the body is shorter than Content-Length");
  }
  const headers = pairs(fields);
  let body = Buffer.concat(chunks);
  // Editors and proxies change a body without its length, and pasted requests often lack one: what stands there counts.
  if (!isChunked(fields) && body.length < rest.length && statusHasBody(startLine)) {
    if (fieldValue(headers, "content-length") !== undefined)
      notes.push("the body is longer than Content-Length");
    body = Buffer.from(rest);
  }
  // A string has been decoded by whoever read it, whatever charset the header names.
  const charset =
    typeof raw === "string"
      ? undefined
      : /charset\s*=\s*"?([\w.:-]+)/i.exec(fieldValue(headers, "content-type") ?? "")?.[1];
  const text = asText(decompressed(body, headers, where, notes), charset, notes);
  return { startLine, version, headers, body: text, notes };
}

/** The head with version 1.1 and CRLF-free line ends, which is what the parser understands; HTTP/2 has no text form of its own. */
function readHead(
  bytes: Buffer,
  type: ParserType,
  where: string,
  notes: string[],
): { head: Buffer; startLine: string; version: string; bodyAt: number } {
  const text = bytes.toString("latin1");
  const blank = /\r?\n\r?\n/.exec(text);
  if (blank === null)
    throw new InputError(`${where}: expected a blank line after the headers, found none`, {
      hint: "a message without a body ends with an empty line",
    });
  const lines = text.slice(0, blank.index).split(/\r?\n/);
  if (lines.length > 1 && !text.slice(0, blank.index).includes("\r\n"))
    notes.push("lines end in a bare line feed");
  const startLine = lines[0]!;
  const shape =
    type === HTTPParser.REQUEST
      ? /^[A-Z][A-Z-]* \S+ HTTP\/(\d(?:\.\d)?)$/
      : /^HTTP\/(\d(?:\.\d)?) \d{3}(?: .*)?$/;
  const version = shape.exec(startLine)?.[1];
  if (version === undefined) {
    const wanted = type === HTTPParser.REQUEST ? "METHOD TARGET HTTP/1.1" : "HTTP/1.1 STATUS REASON";
    throw new InputError(`${where}:1: expected ${wanted}, got ${JSON.stringify(startLine.slice(0, 60))}`);
  }
  lines.forEach((line, index) => {
    if (index > 0 && !/^(?:[^\s:]+:|[ \t])/.test(line))
      throw new InputError(
        `${where}:${index + 1}: expected a header "Name: value", got ${JSON.stringify(line.slice(0, 60))}`,
      );
  });
  const plain = [startLine.replace(/HTTP\/\d(?:\.\d)?/, "HTTP/1.1"), ...lines.slice(1)];
  return {
    head: Buffer.from(`${plain.join("\n")}\n\n`, "latin1"),
    startLine,
    version,
    bodyAt: blank.index + blank[0].length,
  };
}

function malformed(error: Error, headersDone: boolean, where: string): InputError {
  const what = headersDone ? "expected a body of well-formed chunks" : "expected an HTTP message";
  return new InputError(`${where}: ${what}`, { cause: error });
}

function pairs(fields: readonly string[]): HeaderFields {
  const out: [string, string][] = [];
  // The parser was given latin1; header text that is UTF-8 is read as such.
  const text = (latin: string): string => Buffer.from(latin, "latin1").toString("utf8");
  for (let at = 0; at + 1 < fields.length; at += 2) out.push([fields[at]!, text(fields[at + 1]!)]);
  return out;
}

function isChunked(fields: readonly string[]): boolean {
  return fields.some(
    (name, at) =>
      at % 2 === 0 &&
      name.toLowerCase() === "transfer-encoding" &&
      fields[at + 1]?.toLowerCase() === "chunked",
  );
}

function statusHasBody(startLine: string): boolean {
  return !/^HTTP\/\S+ (?:1\d\d|204|304)\b/.test(startLine);
}

function decompressed(body: Buffer, headers: HeaderFields, where: string, notes: string[]): Buffer {
  const coding = fieldValue(headers, "content-encoding")?.trim().toLowerCase();
  const decode = { gzip: gunzipSync, "x-gzip": gunzipSync, deflate: inflateSync, br: brotliDecompressSync }[
    coding ?? ""
  ];
  if (decode === undefined || body.length === 0) return body;
  try {
    return decode(body, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw new InputError(`${where}: expected a body of at most ${MAX_BYTES} bytes when decompressed`);
    // A proxy that stored the decoded text usually left the header standing.
    notes.push(`the body is not ${coding}, as Content-Encoding says; read as it stands`);
    return body;
  }
}

function asText(body: Buffer, charset: string | undefined, notes: string[]): string {
  try {
    return new TextDecoder(charset ?? "utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    notes.push("the body holds bytes that are no text; they are replaced");
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  }
}
