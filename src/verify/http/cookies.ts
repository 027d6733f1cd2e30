/** Attributes of the cookies that a response sets, against the written policy. */
import type { HttpFact } from "../../core/index.ts";
import { excerpt, isSessionCookie, type Subject } from "./subject.ts";

interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** Lower-case name -> value, empty for flags. */
  readonly attributes: ReadonlyMap<string, string>;
}

export function cookieFindings({ fields, url }: Subject): HttpFact[] {
  return fields("set-cookie").flatMap((line) => {
    const cookie = read(line);
    const fault = isDeletion(cookie) ? undefined : faultOf(cookie, url.protocol === "https:");
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

function read(line: string): SetCookie {
  const [pair, ...rest] = line.split(";");
  const [name, ...value] = pair!.split("=");
  const attributes = rest.map((part): [string, string] => {
    const [key, ...text] = part.split("=");
    return [key!.trim().toLowerCase(), text.join("=").trim()];
  });
  return { name: name!.trim(), value: value.join("=").trim(), attributes: new Map(attributes) };
}

/** A cookie that is being removed carries nothing worth a flag. Its own rules stay silent. */
function isDeletion({ value, attributes }: SetCookie): boolean {
  const age = attributes.get("max-age");
  if (age !== undefined) return Number(age) <= 0;
  const expires = attributes.get("expires");
  return expires !== undefined && Date.parse(expires) <= Date.UTC(2000, 0, 1) && value.length < 10;
}
