/** What the four agents are asked, and how what they wrote is read. */
import type { HttpCategory, HttpFact } from "../../../core/index.ts";
import type { RawPair } from "../template-file.ts";

const FORM = `Write both messages raw and whole, request line or status line, headers, blank line, body, as
<request>
...
</request>
<response>
...
</response>
and nothing else.`;

const shown = ({ request, response }: RawPair): string =>
  `<request>\n${request}\n</request>\n<response>\n${response}\n</response>`;

/** What a vulnerable twin of the category shows. */
const WEAKNESSES: Readonly<Record<HttpCategory, string>> = {
  HTTP_HEADERS:
    "one or two security headers of the response are missing or do not protect (Strict-Transport-Security, Content-Security-Policy, X-Content-Type-Options, X-Frame-Options, Referrer-Policy, Cache-Control of an answer for a signed-in user)",
  XSS: "a value of the request carries script code, and the response gives it back where a browser runs it; the Content-Security-Policy does not forbid it",
  SQL_ERROR:
    "a value of the request holds a quote, and the response shows the message of a database with status 500",
  OPEN_REDIRECT:
    "a parameter of the request names a foreign site, and the response redirects there by its Location header",
  CORS: "the request has the Origin of a foreign site, and the response allows exactly that origin with Access-Control-Allow-Credentials: true",
  COOKIE_FLAGS: "the response sets a session cookie that lacks Secure, HttpOnly or SameSite",
  INFO_LEAK: "the response gives away an exact version of the server's software or a stack trace",
};

/** Mutates what has nothing to do with security. */
export const contentPrompt = (pair: RawPair, category: HttpCategory): string =>
  `Here is a request and the response to it, from a sound web application. Make another such pair of the same kind: change the host, the path, the user agent, the names and values of parameters, the texts of the body, and headers that have nothing to do with security. Keep everything that protects, and add no sign of a weakness of the kind ${category}.\n\n${shown(pair)}\n\n${FORM}`;

/** Checks what the first agent wrote. */
export const checkPrompt = (pair: RawPair): string =>
  `Is this a realistic request with a realistic response, with correct syntax, and nothing in it that contradicts itself? If so answer <result>1</result>, if not <result>0</result>, and nothing else.\n\n${shown(pair)}`;

/** Puts the weakness in. */
export const weaknessPrompt = (pair: RawPair, category: HttpCategory): string =>
  `For training a detector we need a vulnerable twin of this pair: ${WEAKNESSES[category]}. Make one or two precise changes and leave everything else as it is.\n\n${shown(pair)}\n\n${FORM}`;

/** Writes why, from what a rule has found. */
export const reasonPrompt = (
  pair: RawPair,
  category: HttpCategory,
  fact: HttpFact,
  vulnerable: boolean,
): string =>
  `A rule has judged this pair for the category ${category}: it is ${vulnerable ? "vulnerable" : "sound"}. ${fact.says}${fact.evidence === "" ? "" : ` Evidence in the ${fact.where}: ${fact.evidence}`}\n\nWrite the analysis that leads there, as an expert who looks at the messages: at most five sentences, no list. Answer as <analysis>...</analysis> and nothing else.\n\n${shown(pair)}`;

/** Undefined without both tags, each once. The line ends around a message are not part of it. */
export function readPair(text: string): RawPair | undefined {
  const request = inTags(text, "request");
  const response = inTags(text, "response");
  return request === undefined || response === undefined ? undefined : { request, response };
}

export function readAnalysis(text: string): string | undefined {
  const analysis = inTags(text, "analysis")?.trim().replace(/\s+/g, " ");
  return analysis === "" ? undefined : analysis;
}

/** Undefined where the answer is not the one asked for. */
export function readCheck(text: string): boolean | undefined {
  const found = /^\s*<result>\s*([01])\s*<\/result>\s*$/.exec(text)?.[1];
  return found === undefined ? undefined : found === "1";
}

function inTags(text: string, tag: string): string | undefined {
  const parts = [...text.matchAll(new RegExp(`<${tag}>\\r?\\n?([^]*?)\\r?\\n?</${tag}>`, "g"))];
  return parts.length === 1 ? parts[0]![1] : undefined;
}
