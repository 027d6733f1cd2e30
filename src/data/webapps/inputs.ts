/** How a handler reads a value from the request, and how a client sends it. */
import { RequestSchema, type Request } from "../../core/index.ts";
import type { Rng } from "../../util/rng.ts";
import { literal, type Quote } from "./strings.ts";

export type InputKind = "query" | "form" | "path";

export interface Input {
  readonly kind: InputKind;
  /** The Python variable that holds the value in the handler. */
  readonly variable: string;
  readonly param: string;
  /** The statement that reads it; none for a path parameter. */
  readonly read: string | null;
}

export interface InputOptions {
  readonly kinds?: readonly InputKind[];
  /** Default value in the code. */
  readonly fallback?: string;
}

const DEFAULT_KINDS: readonly InputKind[] = ["query", "query", "query", "form", "path"];

/** A value under `param`, read into a variable that is mostly named alike. */
export function makeInput(
  rng: Rng,
  param: string,
  other: () => string,
  quote: Quote,
  options: InputOptions = {},
): Input {
  const kind: InputKind = rng.pick(options.kinds ?? DEFAULT_KINDS);
  if (kind === "path") return { kind, variable: param, param, read: null };
  const variable = rng.chance(0.6) ? param : other();
  const source =
    kind === "form"
      ? rng.pick(["request.form", "request.form", "request.values"])
      : rng.pick(["request.args", "request.args", "request.args", "request.values"]);
  const name = literal(param, quote);
  const fallback = literal(options.fallback ?? "", quote);
  const read = rng.chance(0.6) ? `${source}.get(${name}, ${fallback})` : `${source}[${name}]`;
  return { kind, variable, param, read: `${variable} = ${read}` };
}

/** Percent-encodes everything but unreserved characters and the verifier's placeholders. */
export function encode(value: string): string {
  return encodeURIComponent(value)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(
      /%7B%7B((?:nonce|canary%3A[\w-]+))%7D%7D/g,
      (_, inner: string) => `{{${decodeURIComponent(inner)}}}`,
    );
}

/** The request that sends these values to `route`; `raw` values are already percent-encoded. */
export function send(route: string, values: readonly (readonly [Input, string])[], raw = false): Request {
  const enc = raw ? (v: string): string => v : encode;
  let path = route;
  const query: string[] = [];
  const form: Record<string, string> = {};
  for (const [input, value] of values) {
    if (input.kind === "path") path += `/${enc(value)}`;
    else if (input.kind === "query") query.push(`${input.param}=${enc(value)}`);
    else form[input.param] = value;
  }
  if (query.length > 0) path += `?${query.join("&")}`;
  if (Object.keys(form).length === 0) return RequestSchema.parse({ path });
  return RequestSchema.parse({ method: "POST", path, form });
}
