/** Does the client's own input decide to which foreign site a response sends it? */
import type { HttpFact } from "../../core/index.ts";
import { excerpt, sameSite, type Subject } from "./subject.ts";

export function redirectFindings(subject: Subject): HttpFact[] {
  const target = foreignTarget(subject);
  if (target === undefined) return [];
  const { location, url } = target;
  const value = subject.values.find((one) => one.value.toLowerCase().includes(url.hostname));
  if (value === undefined) return [];
  return [
    {
      rule: "redirect-foreign",
      where: "response header location",
      evidence: excerpt(location),
      says: `Location leads to ${url.hostname}, a foreign site that ${value.where} named.`,
    },
  ];
}

/** Resolved as browsers do: backslashes, missing slashes, user names and control characters included. */
function foreignTarget({ response, url, fields }: Subject): { location: string; url: URL } | undefined {
  const location = fields("location")[0];
  if (location === undefined || response.status < 300 || response.status > 399) return undefined;
  if (!URL.canParse(location, url.href)) return undefined;
  const target = new URL(location, url);
  const web = target.protocol === "http:" || target.protocol === "https:";
  return web && !sameSite(target.hostname, url.hostname) ? { location, url: target } : undefined;
}
