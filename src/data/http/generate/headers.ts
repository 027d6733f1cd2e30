/** Twins of HTTP_HEADERS: one or two headers of a sound response are dropped or spoilt. */
import { fieldValue, type ResponseMessage } from "../../../core/index.ts";
import type { Rng } from "../../../util/rng.ts";
import { makeDraft, withHeader, withoutHeader } from "./draft.ts";
import type { MakeTwins } from "./twins.ts";
import { hex } from "./words.ts";

interface Change {
  /** The rule of the policy that the change breaks. */
  readonly rule: string;
  readonly says: string;
  readonly header: string;
  /** Undefined: the header is dropped. */
  readonly value?: (old: string, rng: Rng) => string;
}

const HSTS = "Strict-Transport-Security";
const CSP = "Content-Security-Policy";
const NOSNIFF = "X-Content-Type-Options";
const FRAME = "X-Frame-Options";
const REFERRER = "Referrer-Policy";

const EVERYWHERE: readonly Change[] = [
  { rule: "hsts-missing", header: HSTS, says: "Strict-Transport-Security dropped" },
  {
    rule: "hsts-short",
    header: HSTS,
    says: "max-age shortened",
    value: (_, rng) => `max-age=${rng.pick([0, 300, 3600, 86_400, 2_592_000])}`,
  },
  {
    rule: "hsts-invalid",
    header: HSTS,
    says: "max-age dropped",
    value: (_, rng) => rng.pick(["includeSubDomains", "includeSubDomains; preload", "max-age"]),
  },
  { rule: "nosniff-missing", header: NOSNIFF, says: "X-Content-Type-Options dropped" },
  {
    rule: "nosniff-invalid",
    header: NOSNIFF,
    says: "X-Content-Type-Options misspelt",
    value: (_, rng) => rng.pick(["no-sniff", "sniff", "none", "true"]),
  },
];
const ON_PAGES: readonly Change[] = [
  {
    rule: "csp-unsafe-inline",
    header: CSP,
    says: "'unsafe-inline' added for scripts",
    value: (old) => scripts(old, "'self' 'unsafe-inline'"),
  },
  {
    rule: "csp-wide-source",
    header: CSP,
    says: "scripts allowed from anywhere",
    value: (old, rng) => scripts(old, `'self' ${rng.pick(["*", "https:", "http:", "data:"])}`),
  },
  { rule: "referrer-missing", header: REFERRER, says: "Referrer-Policy dropped" },
  {
    rule: "referrer-leaks",
    header: REFERRER,
    says: "Referrer-Policy weakened",
    value: (_, rng) => rng.pick(["unsafe-url", "no-referrer-when-downgrade"]),
  },
  {
    rule: "referrer-invalid",
    header: REFERRER,
    says: "Referrer-Policy misspelt",
    value: (_, rng) => rng.pick(["none", "strict", "sameorigin"]),
  },
];
const WITHOUT_ANCESTORS: readonly Change[] = [
  { rule: "csp-missing", header: CSP, says: "Content-Security-Policy dropped" },
  { rule: "frame-missing", header: FRAME, says: "X-Frame-Options dropped" },
  {
    rule: "frame-invalid",
    header: FRAME,
    says: "X-Frame-Options spoilt",
    value: (_, rng) => rng.pick(["ALLOWALL", "ALLOW-FROM https://partner.example", "SAME-ORIGIN"]),
  },
];
const WITH_ANCESTORS: readonly Change[] = [
  {
    rule: "frame-ancestors-wide",
    header: CSP,
    says: "frame-ancestors opened",
    value: (old, rng) => old.replace(/frame-ancestors .*/, `frame-ancestors ${rng.pick(["*", "https:"])}`),
  },
  {
    rule: "csp-no-script-src",
    header: CSP,
    says: "only frame-ancestors left of the policy",
    value: (old) => /frame-ancestors .*/.exec(old)![0],
  },
];
const SIGNED_IN: readonly Change[] = [
  { rule: "cache-missing", header: "Cache-Control", says: "Cache-Control dropped" },
  {
    rule: "cache-stored",
    header: "Cache-Control",
    says: "no-store dropped",
    value: (_, rng) => rng.pick(["public, max-age=600", "private", "no-cache", "max-age=86400"]),
  },
];

/** Unusual and sound: each keeps the policy. */
const ALARMING: readonly {
  says: string;
  apply: (response: ResponseMessage, rng: Rng) => ResponseMessage | undefined;
}[] = [
  {
    says: "'unsafe-inline' stands beside a nonce, so browsers ignore it",
    apply: (response, rng) =>
      onPolicy(response, (old) => scripts(old, `'unsafe-inline' 'nonce-${hex(rng, 16)}'`)),
  },
  {
    says: "https: and 'unsafe-inline' are fallbacks that 'strict-dynamic' switches off",
    apply: (response, rng) =>
      onPolicy(response, (old) =>
        scripts(old, `'strict-dynamic' 'nonce-${hex(rng, 16)}' 'unsafe-inline' https:`),
      ),
  },
  {
    says: "'unsafe-inline' is allowed for styles only",
    apply: (response) =>
      onPolicy(response, (old) => `${scripts(old, "'self'")}; style-src 'self' 'unsafe-inline'`),
  },
  {
    says: "the Report-Only policy is lax, and the enforced one is not",
    apply: (response) =>
      onPolicy(
        response,
        (old) => old,
        (one) => withHeader(one, "Content-Security-Policy-Report-Only", "default-src *"),
      ),
  },
  {
    says: "the first Referrer-Policy token is a fallback for old browsers",
    apply: (response) =>
      (fieldValue(response.headers, REFERRER) &&
        withHeader(response, REFERRER, "no-referrer-when-downgrade, strict-origin-when-cross-origin")) ||
      undefined,
  },
  {
    says: "max-age is exactly what the policy asks for",
    apply: (response) => withHeader(response, HSTS, "max-age=15552000"),
  },
  {
    says: "X-XSS-Protection is switched off, which no policy forbids",
    apply: (response) => withHeader(response, "X-XSS-Protection", "0"),
  },
];

export const headerTwins: MakeTwins = (template, rng) => {
  const draft = makeDraft(template, rng);
  let base = draft.response;
  const because: string[] = [];
  if (rng.chance(0.5)) {
    const { says, apply } = rng.pick(ALARMING);
    const changed = apply(base, rng);
    if (changed !== undefined) {
      base = changed;
      because.push(says);
    }
  }
  const page = template.kind === "page";
  const ancestors = /frame-ancestors/.test(fieldValue(base.headers, CSP) ?? "");
  const choices = [
    ...EVERYWHERE,
    ...(page ? [...ON_PAGES, ...(ancestors ? WITH_ANCESTORS : WITHOUT_ANCESTORS)] : []),
    ...(template.signedIn ? SIGNED_IN : []),
  ];
  const first = rng.pick(choices);
  const others = choices.filter(({ header }) => header !== first.header);
  const chosen = rng.chance(0.3) ? [first, rng.pick(others)] : [first];
  let response = base;
  for (const { header, value } of chosen)
    response =
      value === undefined
        ? withoutHeader(response, header)
        : withHeader(response, header, value(fieldValue(response.headers, header) ?? "", rng));
  return {
    vulnerable: { request: draft.request, response, because: chosen.map(({ rule }) => rule) },
    sound: { request: draft.request, response: base, because },
    changes: chosen.map(({ says }) => says),
  };
};

/** The policy with other sources for scripts. */
function scripts(policy: string, sources: string): string {
  const rest = policy
    .split("; ")
    .filter((part) => !part.startsWith("script-src") && !part.startsWith("style-src"));
  const at = rest[0]?.startsWith("default-src") ? 1 : 0;
  return rest.toSpliced(at, 0, `script-src ${sources}`).join("; ");
}

function onPolicy(
  response: ResponseMessage,
  change: (old: string) => string,
  then: (response: ResponseMessage) => ResponseMessage = (one) => one,
): ResponseMessage | undefined {
  const old = fieldValue(response.headers, CSP);
  return old === undefined ? undefined : then(withHeader(response, CSP, change(old)));
}
