/** Security headers of a response against the written policy, `docs/http-policy.md`. */
import type { HttpFact } from "../../core/index.ts";
import { allowsAllInline, effective, readCsp } from "../csp.ts";
import { excerpt, type Subject } from "./subject.ts";

/** Half a year in seconds: the least for Strict-Transport-Security. */
export const HSTS_LEAST = 15_552_000;
const STATIC =
  /^(?:text\/css|(?:text|application)\/javascript|image\/|font\/|audio\/|video\/|application\/wasm)/;
const REFERRER = new Set([
  "no-referrer",
  "no-referrer-when-downgrade",
  "origin",
  "origin-when-cross-origin",
  "same-origin",
  "strict-origin",
  "strict-origin-when-cross-origin",
  "unsafe-url",
]);
/** Send the whole address to other sites. */
const REFERRER_LEAKS = new Set(["no-referrer-when-downgrade", "unsafe-url"]);

type Rule = (subject: Subject) => HttpFact | undefined;

/** Every rule that the response breaks, in the order of the policy. */
export function headerFindings(subject: Subject): HttpFact[] {
  return [hsts, csp, contentTypeOptions, frames, referrer, caching].flatMap((rule) => rule(subject) ?? []);
}

function broken(rule: string, header: string, values: readonly string[], says: string): HttpFact {
  return { rule, where: `response header ${header}`, evidence: excerpt(values.join(", ")), says };
}

const hsts: Rule = ({ url, fields }) => {
  if (url.protocol !== "https:") return undefined;
  const name = "strict-transport-security";
  const values = fields(name);
  if (values.length === 0)
    return broken(
      "hsts-missing",
      name,
      [],
      "The response comes over HTTPS without Strict-Transport-Security.",
    );
  // The first field counts.
  const age = /(?:^|;)\s*max-age\s*=\s*"?(\d+)"?\s*(?:;|$)/i.exec(values[0]!)?.[1];
  if (age === undefined)
    return broken(
      "hsts-invalid",
      name,
      values,
      "Strict-Transport-Security has no valid max-age, so browsers ignore it.",
    );
  if (Number(age) < HSTS_LEAST)
    return broken(
      "hsts-short",
      name,
      values,
      `Strict-Transport-Security ends after ${age} s; the policy asks for ${HSTS_LEAST} s.`,
    );
  return undefined;
};

const csp: Rule = ({ document, fields }) => {
  if (!document) return undefined;
  const name = "content-security-policy";
  const values = fields(name);
  const policies = readCsp(values);
  if (policies.length === 0)
    return broken("csp-missing", name, [], "The document has no enforced Content-Security-Policy.");
  // Policies add up: one that restricts scripts well is enough.
  const faults = policies.map((policy) => scriptFault(effective(policy, "script-src")));
  if (faults.includes(undefined)) return undefined;
  const [rule, says] = faults[0]!;
  return broken(rule, name, values, says);
};

function scriptFault(sources: readonly string[] | undefined): [string, string] | undefined {
  if (sources === undefined)
    return [
      "csp-no-script-src",
      "The Content-Security-Policy restricts no scripts: neither script-src nor default-src is there.",
    ];
  if (allowsAllInline(sources))
    return ["csp-unsafe-inline", "The Content-Security-Policy allows every inline script."];
  const wide = sources.find((source) => /^(?:\*|https?:|data:)$/.test(source));
  if (wide !== undefined && !sources.includes("'strict-dynamic'"))
    return [
      "csp-wide-source",
      `The Content-Security-Policy allows scripts from ${wide}, so from any attacker.`,
    ];
  return undefined;
}

const contentTypeOptions: Rule = ({ response, fields }) => {
  if (response.body === "") return undefined;
  const name = "x-content-type-options";
  const values = fields(name);
  if (values.length === 0)
    return broken(
      "nosniff-missing",
      name,
      [],
      "X-Content-Type-Options is missing, so browsers may guess the type of the body.",
    );
  if (values.join(",").split(",")[0]!.trim().toLowerCase() !== "nosniff")
    return broken(
      "nosniff-invalid",
      name,
      values,
      "X-Content-Type-Options is not nosniff, so browsers ignore it.",
    );
  return undefined;
};

const frames: Rule = ({ document, fields }) => {
  if (!document) return undefined;
  const name = "x-frame-options";
  const policies = readCsp(fields("content-security-policy"));
  const ancestors = policies.flatMap((policy) =>
    policy.has("frame-ancestors") ? [policy.get("frame-ancestors")!] : [],
  );
  // Where frame-ancestors is there, browsers ignore X-Frame-Options.
  if (ancestors.length > 0)
    return ancestors.every((sources) => sources.some((one) => /^(?:\*|https?:)$/.test(one)))
      ? broken(
          "frame-ancestors-wide",
          "content-security-policy",
          fields("content-security-policy"),
          "frame-ancestors lets any site frame the document.",
        )
      : undefined;
  const values = fields(name);
  if (values.length === 0)
    return broken(
      "frame-missing",
      name,
      [],
      "Neither X-Frame-Options nor frame-ancestors is there, so any site may frame the document.",
    );
  const tokens = new Set(
    values
      .join(",")
      .split(",")
      .map((one) => one.trim().toLowerCase()),
  );
  if (tokens.size !== 1 || !(tokens.has("deny") || tokens.has("sameorigin")))
    return broken(
      "frame-invalid",
      name,
      values,
      "X-Frame-Options is neither DENY nor SAMEORIGIN, so browsers ignore it.",
    );
  return undefined;
};

const referrer: Rule = ({ document, fields }) => {
  if (!document) return undefined;
  const name = "referrer-policy";
  const values = fields(name);
  // Browsers take the last token that they know.
  const token = values
    .join(",")
    .split(",")
    .map((one) => one.trim().toLowerCase())
    .findLast((one) => REFERRER.has(one));
  if (token === undefined)
    return broken(
      values.length === 0 ? "referrer-missing" : "referrer-invalid",
      name,
      values,
      "The document sets no valid Referrer-Policy.",
    );
  if (REFERRER_LEAKS.has(token))
    return broken(
      "referrer-leaks",
      name,
      values,
      `Referrer-Policy ${token} sends whole addresses to other sites.`,
    );
  return undefined;
};

/** Sensitive: an answer with a body to a signed-in client, other than scripts, styles, images and fonts. */
const caching: Rule = ({ response, signedIn, type, fields }) => {
  if (!signedIn || response.body === "" || response.status >= 300 || STATIC.test(type)) return undefined;
  const name = "cache-control";
  const values = fields(name);
  const directives = values
    .join(",")
    .split(",")
    .map((one) => one.trim().toLowerCase());
  if (directives.includes("no-store")) return undefined;
  return broken(
    values.length === 0 ? "cache-missing" : "cache-stored",
    name,
    values,
    "The body belongs to a signed-in user and Cache-Control lacks no-store, so caches may keep it.",
  );
};
