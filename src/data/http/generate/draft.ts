/** A sound request and response made from a template: everything that the policy asks for is there. */
import type { HeaderFields, RequestMessage, ResponseMessage } from "../../../core/index.ts";
import type { Rng } from "../../../util/rng.ts";
import type { SiteTemplate } from "./template.ts";
import { fill, harmlessValue, hex, siteHost } from "./words.ts";

export interface Draft {
  readonly template: SiteTemplate;
  readonly host: string;
  readonly request: RequestMessage;
  readonly response: ResponseMessage;
}

export interface DraftOptions {
  /** Sent as the first parameter, instead of something harmless. */
  readonly value?: string;
  /** Stands where the answer gives the value back: HTML of a page, JSON of an API. */
  readonly echo?: string;
}

const AGENTS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
];
const CLIENTS = [...AGENTS, "curl/8.9.1", "python-requests/2.32.3", "okhttp/4.12.0", "Go-http-client/2.0"];

export function makeDraft(template: SiteTemplate, rng: Rng, options: DraftOptions = {}): Draft {
  const host = siteHost(rng);
  const value = options.value ?? harmlessValue(rng);
  const request = makeRequest(template, host, value, rng);
  const echo = options.echo ?? (template.kind === "api" ? JSON.stringify(value) : "");
  const api = template.kind === "api";
  const body = api
    ? fill(template.body, rng).replace("{echo}", () => echo)
    : page(
        fill(template.title, rng),
        fill(template.body, rng).replace("{echo}", () => echo),
        rng,
      );
  const headers: [string, string][] = [
    ["Content-Type", api ? "application/json" : "text/html; charset=utf-8"],
    [
      "Strict-Transport-Security",
      rng.pick([
        "max-age=31536000",
        "max-age=63072000; includeSubDomains",
        "max-age=31536000; includeSubDomains; preload",
      ]),
    ],
    ["X-Content-Type-Options", "nosniff"],
    ...(api ? [] : documentHeaders(rng)),
    ...(template.signedIn
      ? [
          [
            "Cache-Control",
            rng.pick(["no-store", "private, no-store", "no-cache, no-store, must-revalidate"]),
          ] as [string, string],
        ]
      : rng.chance(0.5)
        ? [["Cache-Control", rng.pick(["public, max-age=300", "no-cache", "max-age=60"])] as [string, string]]
        : []),
    ...incidental(rng),
  ];
  const version = request.version;
  const response = {
    version,
    status: template.method === "POST" && api ? rng.pick([200, 201]) : 200,
    reason: "",
    headers: spelled([["Date", httpDate(rng)], ...rng.shuffle(headers)], version),
    body,
  };
  return { template, host, request, response: withReason(response) };
}

function makeRequest(template: SiteTemplate, host: string, value: string, rng: Rng): RequestMessage {
  const [first, ...others] = template.parameters;
  const kept = others.filter(() => rng.chance(0.6));
  const pairs: [string, string][] = rng.shuffle([
    [first, value] as [string, string],
    ...kept.map((name): [string, string] => [name, harmlessValue(rng)]),
  ]);
  const path = fill(template.path, rng);
  const encoded = new URLSearchParams(pairs).toString();
  const spaced = rng.chance(0.5) ? encoded.replaceAll("+", "%20") : encoded;
  const inBody = template.send !== "query";
  const body = !inBody ? "" : template.send === "form" ? encoded : JSON.stringify(Object.fromEntries(pairs));
  const api = template.kind === "api";
  const version = rng.chance(0.25) ? "2" : "1.1";
  const headers: [string, string][] = [
    ["User-Agent", rng.pick(api ? CLIENTS : AGENTS)],
    ["Accept", api ? "application/json" : "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"],
    ...(rng.chance(0.6)
      ? [
          [
            "Accept-Language",
            rng.pick(["en-US,en;q=0.9", "de-DE,de;q=0.8", "sv-SE", "fr;q=0.9, en;q=0.5"]),
          ] as [string, string],
        ]
      : []),
    ...(rng.chance(0.3) ? [["Referer", `https://${host}/`] as [string, string]] : []),
    ...session(template, rng),
    ...(inBody
      ? [
          [
            "Content-Type",
            template.send === "form" ? "application/x-www-form-urlencoded" : "application/json",
          ] as [string, string],
          ["Content-Length", String(Buffer.byteLength(body))] as [string, string],
        ]
      : []),
  ];
  return {
    method: template.method,
    target: inBody ? path : `${path}?${spaced}`,
    version,
    headers: spelled([["Host", host], ...headers], version),
    body,
  };
}

function session({ kind, signedIn }: SiteTemplate, rng: Rng): [string, string][] {
  if (!signedIn) return rng.chance(0.3) ? [["Cookie", `theme=${rng.pick(["dark", "light"])}`]] : [];
  if (kind === "api" && rng.chance(0.6)) return [["Authorization", `Bearer ${hex(rng, 32)}`]];
  return [
    ["Cookie", `${rng.pick(["session", "sid", "PHPSESSID", "connect.sid", "JSESSIONID"])}=${hex(rng, 24)}`],
  ];
}

function documentHeaders(rng: Rng): [string, string][] {
  const scripts = rng.pick([
    "default-src 'self'",
    "default-src 'none'; script-src 'self'; style-src 'self'",
    "default-src 'self'; img-src 'self' data:; object-src 'none'",
  ]);
  const framed = rng.chance(0.5);
  return [
    [
      "Content-Security-Policy",
      framed ? `${scripts}; frame-ancestors ${rng.pick(["'none'", "'self'"])}` : scripts,
    ],
    ...(framed ? [] : [["X-Frame-Options", rng.pick(["DENY", "SAMEORIGIN"])] as [string, string]]),
    [
      "Referrer-Policy",
      rng.pick(["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"]),
    ],
  ];
}

/** Fields that no rule looks at, or that are sound: they make answers differ as they do outside. */
function incidental(rng: Rng): [string, string][] {
  const fields: [string, string][] = [
    ["Server", rng.pick(["nginx", "Apache", "envoy", "cloudflare", "Caddy"])],
    ["Vary", rng.pick(["Accept-Encoding", "Accept-Encoding, Cookie"])],
    ["X-Request-Id", hex(rng, 16)],
    ["ETag", `"${hex(rng, 10)}"`],
    ["Permissions-Policy", "camera=(), microphone=()"],
    ["Content-Language", rng.pick(["en", "de", "sv"])],
  ];
  return fields.filter(() => rng.chance(0.4));
}

function page(title: string, main: string, rng: Rng): string {
  const name = fill("{adjective} {thing}", rng);
  const nav = rng.pick([
    '<nav><a href="/">Home</a> <a href="/about">About</a></nav>',
    '<header><a class="logo" href="/">Start</a></header>',
    '<ul class="menu"><li><a href="/">Home</a></li><li><a href="/contact">Contact</a></li></ul>',
    "",
  ]);
  const head = `<meta charset="utf-8"><title>${title} - ${name}</title>${rng.chance(0.5) ? '<link rel="stylesheet" href="/static/site.css">' : ""}`;
  const foot = rng.pick([
    `<footer>${name}, since ${1980 + rng.int(40)}</footer>`,
    '<script src="/static/app.js"></script>',
    "",
  ]);
  return `<!doctype html>\n<html lang="en">\n<head>${head}</head>\n<body>\n${nav}\n<main>${main}</main>\n${foot}\n</body>\n</html>\n`;
}

function httpDate(rng: Rng): string {
  return new Date(
    Date.UTC(2025, rng.int(12), 1 + rng.int(28), rng.int(24), rng.int(60), rng.int(60)),
  ).toUTCString();
}

/** HTTP/2 has only lower-case names. */
function spelled(headers: HeaderFields, version: string): HeaderFields {
  return version === "2" ? headers.map(([name, value]) => [name.toLowerCase(), value] as const) : headers;
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  302: "Found",
  303: "See Other",
  307: "Temporary Redirect",
  404: "Not Found",
  500: "Internal Server Error",
};

/** The usual words of the status; HTTP/2 has none. */
export function withReason(response: ResponseMessage): ResponseMessage {
  return { ...response, reason: response.version === "2" ? "" : (REASONS[response.status] ?? "") };
}

export function withHeader(message: ResponseMessage, name: string, value: string): ResponseMessage;
export function withHeader(message: RequestMessage, name: string, value: string): RequestMessage;
/** Replaces a field where it stands, or adds it at the end. */
export function withHeader(
  message: RequestMessage | ResponseMessage,
  name: string,
  value: string,
): RequestMessage | ResponseMessage {
  const at = message.headers.findIndex(([one]) => one.toLowerCase() === name.toLowerCase());
  const field = spelled([[name, value]], message.version)[0]!;
  return { ...message, headers: at < 0 ? [...message.headers, field] : message.headers.with(at, field) };
}

export function withoutHeader(message: ResponseMessage, name: string): ResponseMessage {
  return { ...message, headers: message.headers.filter(([one]) => one.toLowerCase() !== name.toLowerCase()) };
}

export function addHeader(message: ResponseMessage, name: string, value: string): ResponseMessage {
  return { ...message, headers: [...message.headers, spelled([[name, value]], message.version)[0]!] };
}
