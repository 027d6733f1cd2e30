/** Reads one HTTP/1.1 answer, as it arrives, from a peer that may send anything. RFC 9112, strictly and bounded. */
import { AppFault, type HttpReply } from "./types.ts";

const MAX_HEAD = 32 * 1024;
const MAX_CHUNK_LINE = 1024;
const STATUS = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/;
const HEAD_END = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");

type State = "head" | "length" | "chunk-line" | "chunk" | "chunk-end" | "trailer" | "until-close" | "done";

export class ReplyReader {
  readonly #maxBytes: number;
  readonly #bodiless: boolean;
  #state: State = "head";
  #pending: Buffer = Buffer.alloc(0);
  #status = 0;
  #headers: Record<string, string> = {};
  #cookies: string[] = [];
  #body: Buffer[] = [];
  #size = 0;
  /** Bytes of the body or chunk that are still to come. */
  #left = 0;
  #keepAlive = true;

  /** `bodiless`: the answer to HEAD has headers about a body that does not come. */
  constructor(maxBytes: number, bodiless: boolean) {
    this.#maxBytes = maxBytes;
    this.#bodiless = bodiless;
  }

  get done(): boolean {
    return this.#state === "done";
  }

  /** Whether the connection can carry another request. Bytes behind the answer belong to nobody: it cannot. */
  get reusable(): boolean {
    return this.done && this.#keepAlive && this.#pending.length === 0;
  }

  /** Takes what has arrived. Throws AppFault when it is not HTTP or too much. */
  push(data: Buffer): void {
    this.#pending = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data]);
    while (this.#advance());
  }

  /** The peer has closed. Throws AppFault when the answer is not whole. */
  end(): void {
    if (this.#state === "until-close") this.#state = "done";
    if (!this.done) throw new AppFault("no-answer", "the answer broke off");
  }

  reply(ms: number): HttpReply {
    const body = Buffer.concat(this.#body).toString("utf8");
    return { status: this.#status, headers: this.#headers, cookies: this.#cookies, body, ms };
  }

  /** One step; false when more data are needed or nothing is left to do. */
  #advance(): boolean {
    switch (this.#state) {
      case "head": {
        const head = this.#take(HEAD_END, MAX_HEAD);
        return head !== undefined && this.#readHead(head);
      }
      case "length":
      case "chunk":
        return this.#readBody();
      case "chunk-line": {
        const line = this.#take(LINE_END, MAX_CHUNK_LINE);
        const size = line === undefined ? undefined : /^([0-9A-Fa-f]{1,8})[\t ]*(?:;.*)?$/.exec(line);
        if (size === undefined) return false;
        if (size === null) throw malformed();
        this.#left = Number.parseInt(size[1]!, 16);
        this.#state = this.#left === 0 ? "trailer" : "chunk";
        return true;
      }
      case "chunk-end": {
        const line = this.#take(LINE_END, LINE_END.length);
        if (line !== undefined && line !== "") throw malformed();
        if (line === "") this.#state = "chunk-line";
        return line === "";
      }
      case "trailer": {
        const line = this.#take(LINE_END, MAX_HEAD);
        if (line !== undefined && line !== "" && !HEADER.test(line)) throw malformed();
        if (line === "") this.#state = "done";
        return line !== undefined && line !== "";
      }
      case "until-close":
        this.#left = this.#pending.length;
        if (this.#left > 0) this.#keep();
        return false;
      case "done":
        return false;
    }
  }

  /** Text up to `mark`, which is dropped; undefined when it has not come yet. */
  #take(mark: Buffer, most: number): string | undefined {
    const at = this.#pending.indexOf(mark);
    if (at > most || (at < 0 && this.#pending.length >= most + mark.length)) throw malformed();
    if (at < 0) return undefined;
    const text = this.#pending.toString("latin1", 0, at);
    this.#pending = this.#pending.subarray(at + mark.length);
    return text;
  }

  #readHead(head: string): true {
    const [first, ...lines] = head.split("\r\n");
    const status = STATUS.exec(first!);
    if (status === null) throw malformed();
    this.#status = Number(status[2]);
    const headers = new Map<string, string>();
    for (const line of lines) {
      const header = HEADER.exec(line);
      if (header === null) throw malformed();
      const name = header[1]!.toLowerCase();
      const value = header[2]!;
      if (name === "set-cookie") this.#cookies.push(value);
      else headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
    }
    if (this.#status === 101) throw malformed(); // nobody asked for another protocol
    if (this.#status < 200) {
      this.#cookies = [];
      return true;
    }
    this.#headers = Object.fromEntries(headers);
    const connection = headers.get("connection")?.toLowerCase() ?? "";
    this.#keepAlive = status[1] === "1" ? !connection.includes("close") : connection.includes("keep-alive");
    this.#state = this.#framing(headers.get("content-length"), headers.get("transfer-encoding"));
    return true;
  }

  /** RFC 9112, section 6.3; two ways to tell the length are one too many. */
  #framing(length: string | undefined, encoding: string | undefined): State {
    if (length !== undefined && (encoding !== undefined || !/^\d{1,12}$/.test(length))) throw malformed();
    if (encoding !== undefined && encoding.toLowerCase() !== "chunked") throw malformed();
    if (this.#bodiless || this.#status === 204 || this.#status === 304) return "done";
    if (encoding !== undefined) return "chunk-line";
    if (length === undefined) {
      this.#keepAlive = false;
      return "until-close";
    }
    this.#left = Number(length);
    if (this.#left > this.#maxBytes) throw this.#tooLarge();
    return this.#left === 0 ? "done" : "length";
  }

  #readBody(): boolean {
    if (this.#pending.length === 0) return false;
    this.#keep();
    if (this.#left > 0) return false;
    this.#state = this.#state === "chunk" ? "chunk-end" : "done";
    return true;
  }

  /** Moves up to `#left` bytes into the body. */
  #keep(): void {
    const part = this.#pending.subarray(0, this.#left);
    this.#pending = this.#pending.subarray(part.length);
    this.#left -= part.length;
    this.#size += part.length;
    if (this.#size > this.#maxBytes) throw this.#tooLarge();
    this.#body.push(part);
  }

  #tooLarge(): AppFault {
    return new AppFault("too-large", `the answer is larger than ${this.#maxBytes} bytes`);
  }
}

function malformed(): AppFault {
  return new AppFault("malformed", "the answer is not HTTP");
}
