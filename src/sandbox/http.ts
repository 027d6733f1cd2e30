/**
 * Sends the requests of checks over an application's socket, one after the other on one connection. Node's own client
 * takes five times the processor time per request, which would be half of a verification.
 */
import { connect, type Socket } from "node:net";
import { InfraError, type Request } from "../core/index.ts";
import { ReplyReader } from "./http-reply.ts";
import { AppFault, type HttpReply } from "./types.ts";

export interface HttpLimits {
  readonly timeoutMs: number;
  /** Of an answer's body. */
  readonly maxBytes: number;
}

export class HttpConnection {
  readonly #socketPath: string;
  #socket: Socket | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Rejects with AppFault when the application answers late, not at all, not in HTTP or too much. */
  send(request: Request, limits: HttpLimits): Promise<HttpReply> {
    const bytes = encode(request);
    return this.#inTurn(() => this.#exchange(bytes, request.method === "HEAD", limits));
  }

  /** The readiness probe, answered by the server without calling the application. */
  probe(limits: HttpLimits): Promise<HttpReply> {
    const bytes = Buffer.from("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return this.#inTurn(() => this.#exchange(bytes, false, limits));
  }

  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
  }

  #inTurn(exchange: () => Promise<HttpReply>): Promise<HttpReply> {
    const mine = this.#last.then(exchange);
    this.#last = mine.catch(() => {});
    return mine;
  }

  #exchange(bytes: Buffer, bodiless: boolean, { timeoutMs, maxBytes }: HttpLimits): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new AppFault("no-answer", "no answer");
      const started = performance.now();
      const reader = new ReplyReader(maxBytes, bodiless);
      const socket = this.#open();
      const settle = (): void => {
        clearTimeout(timer);
        socket.removeAllListeners("data").removeAllListeners("close");
        if (reader.reusable) this.#idle(socket);
        else this.#drop(socket);
      };
      const attempt = (action: () => void): void => {
        try {
          action();
        } catch (error) {
          settle();
          reject(error as Error);
          return;
        }
        if (!reader.done) return;
        settle();
        resolve(reader.reply(performance.now() - started));
      };
      const late = (): never => {
        throw new AppFault("timeout", `no answer within ${timeoutMs} ms`);
      };
      const timer = setTimeout(() => attempt(late), timeoutMs);
      socket.on("data", (data: Buffer) => attempt(() => reader.push(data)));
      const broken = (): never => {
        throw new AppFault("no-answer", "no answer");
      };
      socket.on("close", (failed: boolean) => attempt(failed ? broken : () => reader.end()));
      socket.write(bytes);
    });
  }

  #open(): Socket {
    if (this.#socket !== undefined) {
      this.#socket.removeAllListeners("data").removeAllListeners("close");
      return this.#socket;
    }
    const socket = connect(this.#socketPath);
    socket.on("error", () => {}); // "close" follows and says it
    this.#socket = socket;
    return socket;
  }

  /** Between requests nothing may come: an answer to a question that was not asked ends the connection. */
  #idle(socket: Socket): void {
    socket.once("data", () => this.#drop(socket));
    socket.once("close", () => this.#drop(socket));
  }

  #drop(socket: Socket): void {
    socket.destroy();
    if (this.#socket === socket) this.#socket = undefined;
  }
}

/** Throws InfraError when a check's request cannot be sent as it is. */
function encode({ method, path, headers, form, json, body }: Request): Buffer {
  const all = new Map(Object.entries({ Host: "localhost", ...headers }));
  const typed = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
  const typeOf = (type: string): void => void (typed || all.set("Content-Type", type));
  let payload = body;
  if (form !== undefined) {
    typeOf("application/x-www-form-urlencoded");
    payload = new URLSearchParams(form).toString();
  } else if (json !== undefined) {
    typeOf("application/json");
    payload = JSON.stringify(json);
  }
  const bytes = Buffer.from(payload ?? "");
  if (payload !== undefined || method === "POST" || method === "PUT")
    all.set("Content-Length", String(bytes.length));
  if (!/^[\x21-\xff]+$/.test(path)) throw unsendable("path", path);
  for (const [name, value] of all)
    if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
      throw unsendable("header", `${name}: ${value}`);
  const lines = [...all].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), bytes]);
}

function unsendable(what: string, text: string): InfraError {
  return new InfraError(
    "grader",
    `a request's ${what} holds characters that HTTP forbids: ${JSON.stringify(text)}`,
  );
}
