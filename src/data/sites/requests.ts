/** Requests, checks and attacks of sites, written briefly. */
import { RequestSchema, type Check, type Expectation, type Exploit, type Request } from "../../core/index.ts";
import { encode } from "../webapps/inputs.ts";
import type { Ctx } from "./ctx.ts";

type Values = Readonly<Record<string, string>>;

const withQuery = (path: string, query: Values): string => {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encode(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
};

export const get = (path: string, query: Values = {}, headers: Values = {}): Request =>
  RequestSchema.parse({ path: withQuery(path, query), headers });

export const post = (path: string, form: Values, headers: Values = {}): Request =>
  RequestSchema.parse({ method: "POST", path, form, headers });

/** A POST whose body is written out, as JSON that no library would write. */
export const postText = (path: string, query: Values, body: string): Request =>
  RequestSchema.parse({
    method: "POST",
    path: withQuery(path, query),
    headers: { "Content-Type": "application/json" },
    body,
  });

/** A sequence of requests; the expectations are those of the last. */
export const sequence = (name: string, requests: readonly Request[], ...expect: Expectation[]): Check => ({
  name,
  steps: requests.map((request, i) => ({ request, expect: i === requests.length - 1 ? expect : [] })),
});

/** How a value reaches a handler: in the query of a GET or in the form of a POST. */
export interface Way {
  readonly method: "GET" | "POST";
  /** The operation that reads it. */
  readonly read: (name: string, otherwise?: string) => string;
  readonly send: (path: string, values: Values, headers?: Values) => Request;
}

export const QUERY: Way = {
  method: "GET",
  read: (name, otherwise = "") => `$query("${name}", ${JSON.stringify(otherwise)})`,
  send: get,
};
export const FORM: Way = {
  method: "POST",
  read: (name, otherwise = "") => `$form("${name}", ${JSON.stringify(otherwise)})`,
  send: post,
};

export const pickWay = ({ rng }: Ctx): Way => (rng.chance(0.65) ? QUERY : FORM);

/** The first two attacks are shown, the others are variants. */
export const shownAndHidden = (
  attacks: readonly Exploit[],
): { exploits: Exploit[]; variants: Exploit[] } => ({
  exploits: attacks.slice(0, 2),
  variants: attacks.slice(2),
});
