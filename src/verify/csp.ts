/** Content-Security-Policy, level 3: which scripts a browser refuses to run because of it. */
import { createHash } from "node:crypto";

/** Directive name -> its values, in lower case except for nonces and hashes; of a name given twice the first counts. */
export type CspDirectives = ReadonlyMap<string, readonly string[]>;

/** Each member says whether every policy of the page lets such a script run. */
export interface ScriptPolicy {
  /** Text of a script element, or of a `javascript:` address (which has no nonce). */
  inline(nonce: string | undefined, text?: string): boolean;
  /** A script element's foreign or `data:` source. */
  source(url: string, nonce: string | undefined): boolean;
  readonly handlers: boolean;
  /** Frames made of a `data:` address. */
  readonly dataFrames: boolean;
}

export const NO_POLICY: ScriptPolicy = {
  inline: () => true,
  source: () => true,
  handlers: true,
  dataFrames: true,
};

/** The policies in the values of a header; one value may list several, separated by commas. */
export function readCsp(values: readonly string[]): CspDirectives[] {
  return values
    .flatMap((value) => value.split(","))
    .map((text) => {
      const directives = new Map<string, readonly string[]>();
      for (const part of text.split(";")) {
        const [name, ...sources] = part.trim().split(/[\t\n\f\r ]+/);
        if (name !== undefined && name !== "" && !directives.has(name.toLowerCase()))
          directives.set(name.toLowerCase(), sources.map(normalised));
      }
      return directives;
    })
    .filter((directives) => directives.size > 0);
}

/** What `policies`, all at once, allow a page of `page` to run. */
export function scriptPolicy(policies: readonly CspDirectives[], page: URL): ScriptPolicy {
  const every = (allows: (policy: CspDirectives) => boolean): boolean => policies.every(allows);
  return {
    inline: (nonce, text) =>
      every((policy) => scripting(policy) && allowsInline(elementSources(policy), nonce, text)),
    source: (url, nonce) =>
      every((policy) => scripting(policy) && allowsSource(elementSources(policy), url, nonce, page)),
    handlers: every(
      (policy) => scripting(policy) && allowsAllInline(effective(policy, "script-src-attr", "script-src")),
    ),
    dataFrames: every((policy) => {
      const sources = effective(policy, "frame-src", "child-src");
      return sources === undefined || sources.includes("data:");
    }),
  };
}

/** The values of the first directive that is there; `default-src` stands in for all of them. */
export function effective(policy: CspDirectives, ...names: readonly string[]): readonly string[] | undefined {
  const name = [...names, "default-src"].find((one) => policy.has(one));
  return name === undefined ? undefined : policy.get(name);
}

/** `'unsafe-inline'` counts only without nonces, hashes and `'strict-dynamic'`; no directive allows everything. */
export function allowsAllInline(sources: readonly string[] | undefined): boolean {
  if (sources === undefined) return true;
  return (
    sources.includes("'unsafe-inline'") && !sources.some((one) => /^'(?:nonce-|sha\d|strict-)/.test(one))
  );
}

const elementSources = (policy: CspDirectives): readonly string[] | undefined =>
  effective(policy, "script-src-elem", "script-src");

function normalised(source: string): string {
  return /^'(?:nonce|sha(?:256|384|512))-/i.test(source)
    ? source.replace(/^'\w+-/, (start) => start.toLowerCase())
    : source.toLowerCase();
}

/** A sandboxed page runs nothing unless it may. */
function scripting(policy: CspDirectives): boolean {
  const sandbox = policy.get("sandbox");
  return sandbox === undefined || sandbox.includes("allow-scripts");
}

function allowsInline(
  sources: readonly string[] | undefined,
  nonce: string | undefined,
  text: string | undefined,
): boolean {
  if (allowsAllInline(sources)) return true;
  if (nonce !== undefined && nonce !== "" && sources!.includes(`'nonce-${nonce}'`)) return true;
  return text !== undefined && sources!.some((source) => matchesHash(source, text));
}

function matchesHash(source: string, text: string): boolean {
  const [, algorithm, digest] = /^'(sha256|sha384|sha512)-([\w+/=-]+)'$/.exec(source) ?? [];
  if (algorithm === undefined) return false;
  const actual = createHash(algorithm).update(text).digest("base64");
  return actual === digest!.replaceAll("-", "+").replaceAll("_", "/");
}

function allowsSource(
  sources: readonly string[] | undefined,
  url: string,
  nonce: string | undefined,
  page: URL,
): boolean {
  if (sources === undefined) return true;
  if (nonce !== undefined && nonce !== "" && sources.includes(`'nonce-${nonce}'`)) return true;
  if (sources.includes("'strict-dynamic'") || !URL.canParse(url, page.href)) return false;
  const target = new URL(url, page);
  return sources.some((source) => matchesSource(source, target, page));
}

function matchesSource(source: string, target: URL, page: URL): boolean {
  const network = target.protocol === "http:" || target.protocol === "https:";
  if (source === "'self'") return target.origin === page.origin;
  if (source.startsWith("'")) return false;
  if (source === "*") return network;
  if (/^[a-z][a-z0-9+.-]*:$/.test(source))
    return target.protocol === source || (source === "http:" && target.protocol === "https:");
  const [, scheme, host, port, path] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/:]+)(?::(\d+|\*))?(\/.*)?$/.exec(source) ?? [];
  if (host === undefined || !network) return false;
  const wanted = scheme === undefined ? page.protocol : `${scheme}:`;
  if (target.protocol !== wanted && !(wanted === "http:" && target.protocol === "https:")) return false;
  const hostFits = host.startsWith("*.")
    ? target.hostname.endsWith(host.slice(1))
    : host === "*" || target.hostname === host;
  const own = target.port === "" ? (target.protocol === "https:" ? "443" : "80") : target.port;
  const portFits = port === undefined ? target.port === "" : port === "*" || port === own;
  const pathFits =
    path === undefined ||
    path === "/" ||
    (path.endsWith("/") ? target.pathname.startsWith(path) : target.pathname === path);
  return hostFits && portFits && pathFits;
}
