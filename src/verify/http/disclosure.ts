/** What a response tells that it should not: database errors, stack traces, exact versions, keys. */
import type { HttpFact } from "../../core/index.ts";
import { excerpt, type Subject } from "./subject.ts";

const SQL_MESSAGES: readonly RegExp[] = [
  /You have an error in your SQL syntax[^<\n]{0,200}/i,
  /ERROR:\s+(?:syntax error at or near|unterminated quoted string|invalid input syntax for)[^<\n]{0,160}/i,
  /\bORA-\d{5}: [^<\n]{0,120}/,
  /SQLSTATE\[\w{5}\][^<\n]{0,200}/,
  /Unclosed quotation mark after the character string[^<\n]{0,120}/i,
  /Incorrect syntax near [^<\n]{0,120}/i,
  /sqlite3\.OperationalError[^<\n]{0,120}|SQLITE_ERROR: [^<\n]{0,120}/,
  /java\.sql\.SQL\w*Exception[^<\n]{0,160}/,
  /psycopg2\.errors\.\w+[^<\n]{0,120}/,
];
const TRACES: readonly RegExp[] = [
  /Traceback \(most recent call last\):/,
  /^\s*at [\w$.<>]+\([\w$]+\.java:\d+\)/m,
  /^\s*at (?:[^\n(]+ \()?(?:\/|[A-Z]:\\|file:\/\/)[^\n()]+\.(?:[cm]?js|ts):\d+:\d+\)?/m,
  /(?:Fatal error|Warning|Notice)(?:<\/b>)?:\s[^\n]{1,200} in (?:<b>)?\/[^\n]+\.php/,
  /^\s*at [\w.<>`]+\([^\n)]*\) in [A-Z]:\\[^\n]+:line \d+/m,
  /^goroutine \d+ \[running\]:/m,
];
const KEYS: readonly RegExp[] = [
  /-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----/,
  /\bAKIA(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}\b/,
];

/** A message counts when the server failed, or when it quotes a value of this very request that breaks a statement. */
export function sqlFindings({ response, values }: Subject): HttpFact[] {
  const message = firstMatch(response.body, SQL_MESSAGES);
  if (message === undefined) return [];
  const plain = unescaped(message);
  const breaking = values.find(({ value }) => /['"`;)\\]/.test(value) && quotes(plain, value));
  if (response.status < 500 && breaking === undefined) return [];
  const because = breaking === undefined ? "" : ` and quotes ${breaking.where}`;
  return [
    {
      rule: "sql-error",
      where: "response body",
      evidence: excerpt(message),
      says: `The body shows a message of the database${because}.`,
    },
  ];
}

export function mentionsSqlError({ response }: Subject): string | undefined {
  return firstMatch(response.body, SQL_MESSAGES);
}

export function leakFindings({ response, fields, document }: Subject): HttpFact[] {
  const out: HttpFact[] = [];
  const add = (rule: string, where: string, evidence: string, says: string): void =>
    void out.push({ rule, where, evidence: excerpt(evidence), says });
  for (const name of ["server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator"]) {
    const value = fields(name).join(", ");
    if (/\d+\.\d/.test(value))
      add("leak-version", `response header ${name}`, value, `The header ${name} names an exact version.`);
  }
  // A page may teach with traces and keys: what it quotes as code while all is well is content.
  const text = document && response.status < 400 ? withoutQuotedCode(response.body) : response.body;
  const trace = firstMatch(text, TRACES);
  if (trace !== undefined)
    add("leak-trace", "response body", trace, "The body shows a stack trace with internal paths.");
  const key = firstMatch(text, KEYS);
  if (key !== undefined) add("leak-key", "response body", key, "The body holds a secret key.");
  const listing = document && /<title>Index of \/[^<]*<\/title>/i.exec(response.body)?.[0];
  if (listing) add("leak-listing", "response body", listing, "The server lists the files of a folder.");
  return out;
}

export function mentionsLeak({ response, fields }: Subject): string | undefined {
  return firstMatch(response.body, [...TRACES, ...KEYS, /AKIA[A-Z0-9]+EXAMPLE/]) ?? fields("server")[0];
}

function firstMatch(text: string, patterns: readonly RegExp[]): string | undefined {
  for (const pattern of patterns) {
    const match = pattern.exec(text)?.[0];
    if (match !== undefined) return match.trim();
  }
  return undefined;
}

/** Databases quote from the place where they stumbled: a tail of the value of at least three characters will do. */
function quotes(message: string, value: string): boolean {
  const from = value.search(/['"`;)\\]/);
  const tail = value.slice(from + 1).trim();
  return message.includes(value) || (tail.length >= 3 && message.includes(tail.slice(0, 20)));
}

function withoutQuotedCode(html: string): string {
  return html.replace(/<(pre|code)\b[^>]*>[^]*?<\/\1\s*>/gi, "");
}

function unescaped(text: string): string {
  return text
    .replace(/&#0?39;|&#x27;|&apos;/gi, "'")
    .replace(/&quot;|\\"/gi, '"')
    .replace(/&lt;/gi, "<")
    .replace(/&gt;/gi, ">")
    .replace(/&amp;/gi, "&");
}
