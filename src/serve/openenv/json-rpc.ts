/** JSON-RPC 2.0 as OpenEnv speaks it for MCP: for environments that offer no tools, every call has a defined error. */
import { z } from "zod";

const RequestSchema = z.strictObject({
  jsonrpc: z.literal("2.0"),
  method: z.string(),
  params: z.record(z.string(), z.unknown()).default({}),
  id: z.union([z.string(), z.int()]).nullable().default(null),
});

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;
const INTERNAL_ERROR = -32603;

export interface RpcError {
  readonly jsonrpc: "2.0";
  readonly id: string | number | null;
  readonly error: { readonly code: number; readonly message: string; readonly data: null };
}

/** Answer to a body that may not be JSON. */
export function answerText(text: string): RpcError {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return failure(null, PARSE_ERROR, "Parse error");
  }
  return answerCall(raw);
}

export function answerCall(raw: unknown): RpcError {
  const parsed = RequestSchema.safeParse(raw);
  if (!parsed.success) {
    const what = parsed.error.issues.map((issue) => `${issue.path.join(".") || "request"}: ${issue.message}`);
    return failure(null, INVALID_REQUEST, `Invalid request: ${what.join("; ").slice(0, 500)}`);
  }
  const { id, method } = parsed.data;
  if (method === "tools/list" || method === "tools/call")
    return failure(id, INTERNAL_ERROR, "Environment does not support MCP");
  return failure(id, METHOD_NOT_FOUND, `Method not found: ${method.slice(0, 100)}`);
}

function failure(id: RpcError["id"], code: number, message: string): RpcError {
  return { jsonrpc: "2.0", id, error: { code, message, data: null } };
}
