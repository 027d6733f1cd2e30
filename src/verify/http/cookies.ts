/** Attributes of the cookies that a response sets, against the written policy. */
import type { HttpFact } from "../../core/index.ts";
import { endOf, readSetCookie, type SetCookie } from "../set-cookie.ts";
import { excerpt, isSessionCookie, type Subject } from "./subject.ts";

/** Stored messages are judged the same on every day. */
const NOW = 0;

export function cookieFindings({ fields, url }: Subject): HttpFact[] {
  return fields("set-cookie").flatMap((line) => {
    const cookie = readSetCookie(line);
    const fault =
      cookie === undefined || isDeletion(cookie) ? undefined : faultOf(cookie, url.protocol === "https:");
    if (fault === undefined) return [];
    const [rule, says] = fault;
    return [{ rule, where: "response header set-cookie", evidence: excerpt(line), says }];
  });
}

function faultOf({ name, attributes }: SetCookie, https: boolean): [string, string] | undefined {
  const site = attributes.get("samesite")?.toLowerCase();
  const secure = attributes.has("secure");
  if (/^__(?:secure|host)-/i.test(name) && !secure)
    return ["cookie-prefix", `Browsers refuse ${name}: its prefix asks for Secure.`];
  if (/^__host-/i.test(name) && (attributes.get("path") !== "/" || attributes.has("domain")))
    return ["cookie-prefix", `Browsers refuse ${name}: its prefix asks for Path=/ and no Domain.`];
  if (https && !secure) return ["cookie-secure", `The cookie ${name} is sent without Secure.`];
  if (!isSessionCookie(name)) return undefined;
  if (!attributes.has("httponly"))
    return ["cookie-httponly", `The session cookie ${name} lacks HttpOnly, so scripts can read it.`];
  if (site === undefined || !["lax", "strict", "none"].includes(site))
    return ["cookie-samesite", `The session cookie ${name} has no valid SameSite.`];
  return undefined;
}

/** A cookie that is being removed carries nothing worth a flag. Its own rules stay silent. */
function isDeletion(cookie: SetCookie): boolean {
  const end = endOf(cookie, NOW);
  if (cookie.attributes.has("max-age")) return end !== undefined && end <= NOW;
  return end !== undefined && end <= Date.UTC(2000, 0, 1) && cookie.value.length < 10;
}
