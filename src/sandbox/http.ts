/** Sends one request of a check to an application's socket and reads the answer within bounds. */
import { request as httpRequest, type Agent } from "node:http";
import type { Request } from "../core/index.ts";
import { AppFault, type HttpReply } from "./types.ts";

export interface SendOptions {
  readonly socketPath: string;
  readonly agent: Agent;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** Rejects with AppFault when the application answers late, not at all, not in HTTP or too much. */
export function send(request: Request, options: SendOptions): Promise<HttpReply> {
  const { headers, body } = encode(request);
  return exchange(request.method, request.path, headers, body, options);
}

/** The readiness probe, answered by the server without calling the application. */
export function probe(options: SendOptions): Promise<HttpReply> {
  return exchange("OPTIONS", "*", {}, undefined, options);
}

function encode(request: Request): { headers: Record<string, string>; body: string | undefined } {
  const headers: Record<string, string> = { Host: "localhost", ...request.headers };
  const typed = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
  const set = (type: string): void => {
    if (!typed) headers["Content-Type"] = type;
  };
  if (request.form !== undefined) {
    set("application/x-www-form-urlencoded");
    return { headers, body: new URLSearchParams(request.form).toString() };
  }
  if (request.json !== undefined) {
    set("application/json");
    return { headers, body: JSON.stringify(request.json) };
  }
  return { headers, body: request.body };
}

function exchange(
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | undefined,
  { socketPath, agent, timeoutMs, maxBytes }: SendOptions,
): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const payload = body === undefined ? undefined : Buffer.from(body);
    const length = payload === undefined ? {} : { "Content-Length": String(payload.length) };
    const outgoing = httpRequest({
      socketPath,
      agent,
      method,
      path,
      headers: { ...headers, ...length },
      maxHeaderSize: 32 * 1024,
      insecureHTTPParser: false,
    });
    const fail = (kind: AppFault["kind"], message: string): void => {
      clearTimeout(timer);
      reject(new AppFault(kind, message));
      outgoing.destroy();
    };
    const timer = setTimeout(() => fail("timeout", `no answer within ${timeoutMs} ms`), timeoutMs);
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      const malformed = error.code?.startsWith("HPE_") ?? false;
      fail(malformed ? "malformed" : "no-answer", malformed ? "the answer is not HTTP" : "no answer");
    });
    // Also after a switch of protocols, which nobody asked for.
    outgoing.on("close", () => fail("no-answer", "the answer broke off"));
    outgoing.on("response", (reply) => {
      const chunks: Buffer[] = [];
      let size = 0;
      reply.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxBytes) fail("too-large", `the answer is larger than ${maxBytes} bytes`);
      });
      reply.on("error", () => fail("no-answer", "the answer broke off"));
      reply.on("end", () => {
        clearTimeout(timer);
        const ms = performance.now() - started;
        const text = Buffer.concat(chunks).toString("utf8");
        const { "set-cookie": cookies = [], ...rest } = reply.headers;
        const flat = Object.entries(rest).map(([name, value]) => [name, String(value)]);
        resolve({ status: reply.statusCode!, headers: Object.fromEntries(flat), cookies, body: text, ms });
      });
    });
    outgoing.end(payload);
  });
}
