/** A pair as the short text that models read: what decides, in an order that does not depend on the server. */
import type { HeaderFields, HttpCategory, RequestMessage, ResponseMessage } from "../../core/index.ts";

/** What a model is shown of a pair. */
export interface RenderedPair {
  readonly request: string;
  readonly response: string;
}

/** Fields that no rule of any category looks at. */
const DROPPED: ReadonlySet<string> = new Set(
  `user-agent accept accept-language accept-encoding connection content-length date etag x-request-id vary
   content-language last-modified age via permissions-policy sec-fetch-site sec-fetch-mode sec-fetch-dest
   sec-fetch-user upgrade-insecure-requests dnt priority`.split(/\s+/),
);
/** Characters of a body that are shown: what decides the others is in the head. */
const BODY: Readonly<Record<HttpCategory, number>> = {
  HTTP_HEADERS: 60,
  CORS: 60,
  COOKIE_FLAGS: 60,
  OPEN_REDIRECT: 60,
  XSS: 700,
  SQL_ERROR: 500,
  INFO_LEAK: 500,
};
const REQUEST_BODY = 400;
/** Characters of one field or parameter. */
const VALUE = 300;
/** Before and behind a value of the request that a long body gives back. */
const AROUND = 120;
/** Shorter values stand in any page. */
const SHORT_VALUE = 6;

/**
 * Names in lower case and sorted, parameters decoded as a server does, long hexadecimal tokens as `#`. A long body is
 * shown around the values of the request that it gives back as they are, else at its beginning. Nothing here knows
 * the policy: it shortens, and does not judge.
 */
export function renderPair(
  request: RequestMessage,
  response: ResponseMessage,
  category: HttpCategory,
): RenderedPair {
  const { path, parameters } = target(request);
  const given = parameters.map(([, value]) => value);
  return {
    request: [
      `${request.method} ${path}`,
      ...parameters.map(([name, value]) => `${name}=${cut(value, VALUE)}`),
      ...fields(request.headers),
      ...(isForm(request) ? [] : shown(request.body, [], REQUEST_BODY)),
    ].join("\n"),
    response: [
      String(response.status),
      ...fields(response.headers),
      ...shown(response.body, given, BODY[category]),
    ].join("\n"),
  };
}

function target(request: RequestMessage): { path: string; parameters: [string, string][] } {
  const [path, query = ""] = request.target.split(/\?(.*)/s) as [string, string?];
  const pairs = [...new URLSearchParams(query)];
  if (isForm(request)) pairs.push(...new URLSearchParams(request.body));
  return { path: path.replace(/#.*/s, ""), parameters: pairs };
}

const isForm = ({ headers }: RequestMessage): boolean =>
  headers.some(([name, value]) => /^content-type$/i.test(name) && /x-www-form-urlencoded/i.test(value));

function fields(headers: HeaderFields): string[] {
  return headers
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !DROPPED.has(name))
    .map(([name, value]) => `${name}: ${cut(tokens(value), VALUE)}`)
    .sort();
}

function shown(body: string, values: readonly string[], most: number): string[] {
  const flat = tokens(body).replace(/\s+/g, " ").trim();
  if (flat === "") return [];
  if (flat.length <= most) return [flat];
  const places = values
    .filter((value) => value.length >= SHORT_VALUE)
    .map((value) => ({ at: flat.indexOf(value), length: value.length }))
    .filter(({ at }) => at >= 0);
  if (places.length === 0) return [cut(flat, most)];
  const pieces = places.map(({ at, length }) =>
    flat.slice(Math.max(0, at - AROUND), Math.min(at + length + AROUND, at + most)),
  );
  return [cut(pieces.join(" ... "), most)];
}

const tokens = (text: string): string => text.replace(/\b[0-9a-f]{16,}\b/gi, "#");
const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most)}...`;
