/** Does a response let scripts of a foreign site read what only the signed-in user should see? */
import { fieldValue, type HttpFact } from "../../core/index.ts";
import { excerpt, sameSite, type Subject } from "./subject.ts";

export function corsFindings({ request, url, fields }: Subject): HttpFact[] {
  const name = "access-control-allow-origin";
  const allowed = fields(name);
  // Browsers take the credentials flag in exactly this spelling and refuse several origins.
  const credentials = fields("access-control-allow-credentials").join(",") === "true";
  const origin = fieldValue(request.headers, "origin");
  if (allowed.length !== 1 || !credentials || origin === undefined || allowed[0] !== origin) return [];
  const found = (rule: string, says: string): HttpFact[] => [
    { rule, where: `response header ${name}`, evidence: excerpt(allowed[0]!), says },
  ];
  if (origin === "null")
    return found(
      "cors-null",
      "The origin null, which any sandboxed frame has, may read the answer with the user's credentials.",
    );
  if (!URL.canParse(origin)) return [];
  const { hostname, protocol } = new URL(origin);
  if (!sameSite(hostname, url.hostname))
    return found(
      "cors-reflected",
      `The foreign origin ${excerpt(origin, 60)} is echoed and may read the answer with the user's credentials.`,
    );
  return protocol === "http:" && url.protocol === "https:"
    ? found("cors-insecure", "An origin without encryption may read the answer with the user's credentials.")
    : [];
}

/** Why permissive headers do no harm here; undefined when there are none. */
export function corsInert({ fields }: Subject): Omit<HttpFact, "where"> | undefined {
  const allowed = fields("access-control-allow-origin");
  if (allowed.length === 0) return undefined;
  const credentials = fields("access-control-allow-credentials").join(",") === "true";
  const evidence = excerpt(allowed.join(", "));
  if (allowed.join() === "*" && credentials)
    return {
      rule: "inert-wildcard-credentials",
      evidence,
      says: "Browsers refuse a wildcard together with credentials.",
    };
  if (!credentials)
    return {
      rule: "inert-no-credentials",
      evidence,
      says: "Without Access-Control-Allow-Credentials: true other origins read only what anyone can.",
    };
  return {
    rule: "inert-own-origin",
    evidence,
    says: "The allowed origin is not a foreign one that was echoed.",
  };
}
