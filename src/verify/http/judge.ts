/** The oracle of HTTP triage: decides by rules, without a model, whether a pair shows a weakness of one category. */
import type { HttpCategory, HttpFact, RequestMessage, ResponseMessage } from "../../core/index.ts";
import { cookieFindings } from "./cookies.ts";
import { corsFindings, corsInert } from "./cors.ts";
import { leakFindings, mentionsLeak, mentionsSqlError, sqlFindings } from "./disclosure.ts";
import { headerFindings } from "./headers.ts";
import { redirectFindings } from "./redirect.ts";
import { excerpt, subjectOf, type Subject } from "./subject.ts";
import { scriptVerdict } from "./xss.ts";

export interface HttpVerdict {
  readonly category: HttpCategory;
  /** null: the pair does not hold what decides it. */
  readonly vulnerable: boolean | null;
  /** What decided: the first finding, or why there is none. */
  readonly fact: HttpFact;
  /** Every finding of the category; empty unless vulnerable. */
  readonly findings: readonly HttpFact[];
}

/** Says what the pair itself proves; it does not speak of what another request might show. */
export function judgeHttp(
  request: RequestMessage,
  response: ResponseMessage,
  category: HttpCategory,
): HttpVerdict {
  const subject = subjectOf(request, response);
  if (category === "XSS") {
    const { vulnerable, fact } = scriptVerdict(subject);
    return { category, vulnerable, fact, findings: vulnerable === true ? [fact] : [] };
  }
  const findings = FINDERS[category](subject);
  const fact = findings[0] ?? soundFact(subject, category);
  return { category, vulnerable: findings.length > 0, fact, findings };
}

const FINDERS: Readonly<Record<Exclude<HttpCategory, "XSS">, (subject: Subject) => HttpFact[]>> = {
  HTTP_HEADERS: headerFindings,
  COOKIE_FLAGS: cookieFindings,
  CORS: corsFindings,
  OPEN_REDIRECT: redirectFindings,
  SQL_ERROR: sqlFindings,
  INFO_LEAK: leakFindings,
};

function soundFact(subject: Subject, category: Exclude<HttpCategory, "XSS">): HttpFact {
  const fact = (rule: string, where: string, evidence: string, says: string): HttpFact => ({
    rule,
    where,
    evidence: excerpt(evidence),
    says,
  });
  switch (category) {
    case "HTTP_HEADERS":
      return fact(
        "headers-sound",
        "response headers",
        "",
        "Every header that the policy asks of this response is there and valid.",
      );
    case "COOKIE_FLAGS":
      return fact(
        "cookies-sound",
        "response header set-cookie",
        subject.fields("set-cookie")[0] ?? "",
        "No cookie that this response sets lacks an attribute it needs.",
      );
    case "CORS":
      return {
        where: "response header access-control-allow-origin",
        ...(corsInert(subject) ?? {
          rule: "cors-absent",
          evidence: "",
          says: "The response lets no other origin read it.",
        }),
      };
    case "OPEN_REDIRECT":
      return fact(
        "redirect-own",
        "response header location",
        subject.fields("location")[0] ?? "",
        "The response sends the client to no foreign site that the request named.",
      );
    case "SQL_ERROR":
      return fact(
        "sql-none",
        "response body",
        mentionsSqlError(subject) ?? "",
        "The body shows no database message that this request caused.",
      );
    case "INFO_LEAK":
      return fact(
        "leak-none",
        "response",
        mentionsLeak(subject) ?? "",
        "Neither headers nor body give away versions, traces, listings or keys.",
      );
  }
}
