/** A pair prepared for the rules: address, values that the client chose, who is signed in, what kind of body. */
import { fieldValue, fieldValues, type RequestMessage, type ResponseMessage } from "../../core/index.ts";
import { rendersAsMarkup } from "../media-type.ts";

export interface RequestValue {
  /** `query parameter q`, `request header referer`. */
  readonly where: string;
  /** Decoded. */
  readonly value: string;
}

export interface Subject {
  readonly request: RequestMessage;
  readonly response: ResponseMessage;
  /** The address of the page; `https` unless the request says otherwise. */
  readonly url: URL;
  readonly values: readonly RequestValue[];
  /** The request names a session or an authorization. */
  readonly signedIn: boolean;
  /** A browser shows the response as a document that may run scripts. */
  readonly document: boolean;
  /** Essence of the media type in lower case, empty without one. */
  readonly type: string;
  /** Values of a response field. */
  fields(name: string): string[];
}

const SESSION_NAME = /sess|sid\b|(?:^|[._-])sid|auth|token|jwt|login|remember/i;

/** Names that by common use hold a session; a token against forged requests is none. */
export function isSessionCookie(name: string): boolean {
  return SESSION_NAME.test(name) && !/csrf|xsrf/i.test(name);
}

export function subjectOf(request: RequestMessage, response: ResponseMessage): Subject {
  const fields = (name: string): string[] => fieldValues(response.headers, name);
  const type = (fields("content-type").at(-1) ?? "").split(";")[0]!.trim().toLowerCase();
  const cookies = cookiesOf(request);
  return {
    request,
    response,
    url: urlOf(request),
    values: valuesOf(request, cookies),
    signedIn:
      fieldValue(request.headers, "authorization") !== undefined ||
      cookies.some(([name]) => isSessionCookie(name)),
    document: rendersAsMarkup(replyOf(response)),
    type,
    fields,
  };
}

/** The response in the shape that the checks of applications use. */
export function replyOf({ status, headers, body }: ResponseMessage): {
  status: number;
  headers: Record<string, string>;
  body: string;
} {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  return {
    status,
    headers: Object.fromEntries([...names].map((name) => [name, fieldValue(headers, name)!])),
    body,
  };
}

function urlOf({ target, headers }: RequestMessage): URL {
  const host = fieldValue(headers, "host") ?? "host.invalid";
  const scheme = host.endsWith(":80") ? "http" : "https";
  const base = `${scheme}://${host}`;
  if (/^https?:\/\//i.test(target) && URL.canParse(target)) return new URL(target);
  const url = `${base}${target.startsWith("/") ? target : "/"}`;
  return new URL(URL.canParse(url) ? url : "https://host.invalid/");
}

function cookiesOf({ headers }: RequestMessage): [string, string][] {
  return fieldValues(headers, "cookie")
    .flatMap((value) => value.split(";"))
    .map((pair) => {
      const [name, ...rest] = pair.trim().split("=");
      return [name!, rest.join("=")];
    });
}

function valuesOf(request: RequestMessage, cookies: readonly [string, string][]): RequestValue[] {
  const out: RequestValue[] = [];
  const add = (where: string, value: string): void => {
    if (value !== "") out.push({ where, value });
  };
  const [path, ...query] = request.target.split("?");
  for (const segment of path!.split("/")) add("the path", percentDecoded(segment));
  for (const [name, value] of new URLSearchParams(query.join("?"))) {
    add(`query parameter ${name}`, value);
    add("the name of a query parameter", name);
  }
  const type = fieldValue(request.headers, "content-type") ?? "";
  if (/^\s*application\/x-www-form-urlencoded/i.test(type))
    for (const [name, value] of new URLSearchParams(request.body)) add(`form field ${name}`, value);
  else if (/[/+]json\b/i.test(type)) addJson(request.body, add);
  else if (/^\s*multipart\//i.test(type))
    for (const [, name, value] of request.body.matchAll(/;\s*name="([^"]*)"[^]*?\r?\n\r?\n([^]*?)\r?\n--/g))
      add(`form field ${name}`, value!);
  else add("the request body", request.body);
  for (const [name, value] of request.headers)
    if (/^(?:referer|user-agent|origin|x-forwarded-\w+|accept-language)$/i.test(name))
      add(`request header ${name.toLowerCase()}`, value);
  for (const [name, value] of cookies) add(`cookie ${name}`, percentDecoded(value));
  return out;
}

function addJson(body: string, add: (where: string, value: string) => void): void {
  let root: unknown;
  try {
    root = JSON.parse(body);
  } catch {
    return add("the request body", body);
  }
  const stack: [string, unknown][] = [["", root]];
  while (stack.length > 0) {
    const [key, value] = stack.pop()!;
    if (typeof value === "string") add(`JSON field ${key || "(root)"}`, value);
    else if (typeof value === "object" && value !== null)
      for (const [name, inner] of Object.entries(value))
        stack.push([key === "" ? name : `${key}.${name}`, inner]);
  }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Long evidence shortened around its middle; control characters go. */
export function excerpt(text: string, limit = 120): string {
  // oxlint-disable-next-line no-control-regex
  const flat = text.replace(/[\0-\x1f\x7f]+/g, " ").trim();
  return flat.length <= limit ? flat : `${flat.slice(0, limit - 1)}…`;
}

/**
 * Whether two hosts belong to one site: equal last two labels, or three where the second level is one under which
 * names are registered (`co.uk`). The public suffix list knows more; this is the policy's written approximation.
 */
export function sameSite(a: string, b: string): boolean {
  return site(a) === site(b);
}

function site(host: string): string {
  if (/^[\d.]+$|:/.test(host)) return host;
  const labels = host.toLowerCase().split(".");
  const deep = /^(?:ac|co|com|edu|gov|net|org)$/.test(labels.at(-2) ?? "") && labels.at(-1)!.length === 2;
  return labels.slice(deep ? -3 : -2).join(".");
}
