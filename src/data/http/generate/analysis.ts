/** Short, correct reasoning about a pair, written from the fact that decided it. */
import type { HttpCategory, HttpFact, RequestMessage, ResponseMessage } from "../../../core/index.ts";
import { fieldValue } from "../../../core/index.ts";
import type { Rng } from "../../../util/rng.ts";

const ASKS: Readonly<Record<HttpCategory, string>> = {
  HTTP_HEADERS: "the security headers that the policy asks for",
  XSS: "code of the request that a browser would run",
  SQL_ERROR: "messages of a database that the request caused",
  OPEN_REDIRECT: "a redirect to a foreign site that the request chose",
  CORS: "whom the response lets read it with the user's credentials",
  COOKIE_FLAGS: "the attributes of the cookies that are set",
  INFO_LEAK: "versions, traces, listings and keys",
};

export function writeAnalysis(
  category: HttpCategory,
  request: RequestMessage,
  response: ResponseMessage,
  /** Every finding of a vulnerable pair; the one fact that settles a sound pair. */
  facts: readonly HttpFact[],
  /** What looks alarming about a sound pair and is not. */
  excuses: readonly string[],
  vulnerable: boolean,
  rng: Rng,
): string {
  const type = fieldValue(response.headers, "content-type")?.split(";")[0] ?? "no type";
  const path = request.target.split("?")[0]!;
  const opening = rng.pick([
    `${request.method} ${path} is answered with ${response.status} and ${type}.`,
    `The answer to ${request.method} ${path} is ${response.status}, ${type}.`,
    `Status ${response.status}, ${type}, for ${request.method} ${path}.`,
  ]);
  const looked = rng.pick([`Looking for ${ASKS[category]}:`, `The question is ${ASKS[category]}.`]);
  const seen = facts.map(({ says, where, evidence }) =>
    evidence === "" ? says : `${says} Evidence in the ${where}: \`${evidence}\`.`,
  );
  const excuse = excuses.map((one) => `What may look alarming is not: ${one}.`);
  const end = vulnerable
    ? rng.pick(["So the finding is real.", "This is a real weakness."])
    : rng.pick(["So there is no finding.", "Nothing here is a weakness of this kind."]);
  return [opening, looked, ...seen, ...excuse, end].join(" ");
}
