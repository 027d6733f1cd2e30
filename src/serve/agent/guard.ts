/** What stands before every route that does something: whose page asks, which key, how large, and is it JSON at all. */
import express, { type ErrorRequestHandler, type RequestHandler } from "express";
import { isLegacyJsonRpcMethod, isV1JsonRpcMethod } from "@a2a-js/sdk/compat/v0_3";
import { sameOrigin } from "../origin.ts";
import type { Keys } from "./keys.ts";

/** In this order. The parsed body is left for the handlers behind. */
export function guardMiddleware(
  keys: Keys | undefined,
  maxBytes: number,
): (RequestHandler | ErrorRequestHandler)[] {
  const origin: RequestHandler = ({ headers }, response, next) => {
    if (sameOrigin(headers.origin, headers.host)) return next();
    response.status(403).json({ error: "a page of another site must not use this server" });
  };
  const key: RequestHandler = ({ headers }, response, next) => {
    if (keys === undefined || keys.nameOf(headers) !== undefined) return next();
    response.status(401).set("WWW-Authenticate", "Bearer").json({ error: "expected a key" });
  };
  const json = express.json({
    limit: maxBytes,
    type: ["application/json", "application/a2a+json"],
    strict: false,
  });
  return [origin, key, json, shallow, refuseBody(maxBytes), envelope];
}

/** Deeper values would end the stack of whatever reads them. */
const MAX_DEPTH = 100;

const shallow: RequestHandler = ({ body }, _response, next) => {
  let level = [body as unknown];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++)
    level = level.flatMap((value) =>
      typeof value === "object" && value !== null ? Object.values(value) : [],
    );
  next(level.length === 0 ? undefined : { status: 400, type: "entity.too.deep" });
};

/** JSON-RPC 2.0, section 5.1, wants a code of its own for what is no request at all. */
const envelope: RequestHandler = ({ method, path, body }, response, next) => {
  if (method !== "POST" || path !== "/" || body === undefined) return next();
  const { jsonrpc, method: name, id = null } = Object(body) as Record<string, unknown>;
  const fault =
    jsonrpc !== "2.0"
      ? 'jsonrpc: expected "2.0"'
      : typeof name !== "string"
        ? "method: expected a string"
        : id !== null && !["string", "number"].includes(typeof id)
          ? "id: expected a string, a number or null"
          : undefined;
  // Said here, as the handler of 0.3 takes an unknown method for an invalid request.
  const unknown = fault === undefined && !isLegacyJsonRpcMethod(name) && !isV1JsonRpcMethod(name);
  if (fault === undefined && !unknown) return next();
  const error =
    fault === undefined
      ? { code: METHOD_NOT_FOUND, message: `Method not found: ${String(name).slice(0, 80)}` }
      : { code: INVALID_REQUEST, message: `Invalid request: ${fault}` };
  response.json({ jsonrpc: "2.0", id: ["string", "number"].includes(typeof id) ? id : null, error });
};

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;

/** A body that cannot be read, in the words of the protocol that it came over. */
function refuseBody(maxBytes: number): ErrorRequestHandler {
  return (error: { status?: number; type?: string }, request, response, next) => {
    const { status = 500, type } = error;
    if (status >= 500 || response.headersSent) return next(error);
    const tooLarge = type === "entity.too.large";
    const tooDeep = type === "entity.too.deep";
    const message = tooLarge
      ? `expected at most ${maxBytes} bytes`
      : tooDeep
        ? `expected at most ${MAX_DEPTH} levels of nesting`
        : "Invalid JSON payload.";
    // The rest of a body that is too large is not read.
    if (tooLarge) response.set("Connection", "close");
    if (request.path === "/") {
      const code = tooLarge || tooDeep ? INVALID_REQUEST : PARSE_ERROR;
      response.status(tooLarge ? 413 : 200).json({ jsonrpc: "2.0", id: null, error: { code, message } });
    } else {
      const name = tooLarge ? "OUT_OF_RANGE" : "INVALID_ARGUMENT";
      response.status(status).json({ error: { code: status, status: name, message, details: [] } });
    }
  };
}
