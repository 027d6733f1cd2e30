/** The HTTP oracle against tables: one change makes a sound response break one rule, and look-alikes stay sound. */
import { describe, expect, it } from "vitest";
import type { HeaderFields, HttpCategory, RequestMessage, ResponseMessage } from "../../core/index.ts";
import { judgeHttp } from "./judge.ts";

const GET: RequestMessage = {
  method: "GET",
  target: "/search?q=x",
  version: "1.1",
  headers: [
    ["Host", "shop.example.com"],
    ["Cookie", "session=abc"],
  ],
  body: "",
};
const SOUND: HeaderFields = [
  ["Content-Type", "text/html; charset=utf-8"],
  ["Strict-Transport-Security", "max-age=31536000"],
  ["Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"],
  ["X-Content-Type-Options", "nosniff"],
  ["Referrer-Policy", "same-origin"],
  ["Cache-Control", "no-store"],
];
const page = (headers: HeaderFields, body = "<p>hi</p>", status = 200): ResponseMessage => {
  return { version: "1.1", status, reason: "", headers, body };
};
const without = (name: string): HeaderFields => SOUND.filter(([one]) => one !== name);
const having = (name: string, value: string): HeaderFields => [...without(name), [name, value]];
const rules = (category: HttpCategory, response: ResponseMessage, request = GET): string[] =>
  judgeHttp(request, response, category).findings.map(({ rule }) => rule);

describe("headers", () => {
  const CSP = "Content-Security-Policy";
  it.each<[string, HeaderFields]>([
    ["hsts-missing", without("Strict-Transport-Security")],
    ["hsts-invalid", having("Strict-Transport-Security", "includeSubDomains")],
    ["hsts-short", having("Strict-Transport-Security", "max-age=300")],
    ["nosniff-missing", without("X-Content-Type-Options")],
    ["nosniff-invalid", having("X-Content-Type-Options", "sniff")],
    ["referrer-missing", without("Referrer-Policy")],
    ["referrer-invalid", having("Referrer-Policy", "always")],
    ["referrer-leaks", having("Referrer-Policy", "unsafe-url")],
    ["cache-missing", without("Cache-Control")],
    ["cache-stored", having("Cache-Control", "private, max-age=60")],
    ["csp-unsafe-inline", having(CSP, "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'")],
    ["csp-wide-source", having(CSP, "script-src *; frame-ancestors 'none'")],
    ["csp-no-script-src", having(CSP, "frame-ancestors 'none'")],
    ["frame-ancestors-wide", having(CSP, "default-src 'self'; frame-ancestors *")],
    ["frame-missing", having(CSP, "default-src 'self'")],
    ["frame-invalid", [...having(CSP, "default-src 'self'"), ["X-Frame-Options", "ALLOWALL"]]],
    ["csp-missing", [...without(CSP), ["X-Frame-Options", "DENY"]]],
  ])("breaks %s", (rule, headers) => expect(rules("HTTP_HEADERS", page(headers))).toEqual([rule]));

  it.each<[string, ResponseMessage, RequestMessage]>([
    ["the sound page", page(SOUND), GET],
    ["other spellings", page([...having("Referrer-Policy", "never, ORIGIN")]), GET],
    [
      "an inline policy with a nonce",
      page(having(CSP, "script-src 'unsafe-inline' 'nonce-x'; frame-ancestors 'self'")),
      GET,
    ],
    [
      "no store needed for strangers",
      page(without("Cache-Control")),
      { ...GET, headers: [["Host", "a.example"]] },
    ],
    [
      "no document rules for JSON",
      page([...SOUND.slice(3), ["Content-Type", "application/json"], SOUND[1]!], "{}"),
      GET,
    ],
    [
      "no HSTS over HTTP",
      page(without("Strict-Transport-Security")),
      { ...GET, target: "http://a.example/" },
    ],
    [
      "a style sheet may be kept",
      page([["Content-Type", "text/css"], ["Cache-Control", "public"], SOUND[1]!, SOUND[3]!], "b{}"),
      GET,
    ],
  ])("accepts %s", (_, response, request) => expect(rules("HTTP_HEADERS", response, request)).toEqual([]));
});

describe("cookies", () => {
  const GOOD = "sid=a; Path=/; Secure; HttpOnly; SameSite=Lax";
  it.each([
    ["cookie-secure", "theme=dark; Path=/"],
    ["cookie-httponly", "sid=a; Secure; SameSite=Lax"],
    ["cookie-samesite", "sid=a; Secure; HttpOnly"],
    ["cookie-samesite", "sid=a; Secure; HttpOnly; SameSite=Often"],
    ["cookie-prefix", "__Host-sid=a; Secure; HttpOnly; SameSite=Lax; Path=/; Domain=a.example"],
    ["cookie-prefix", "__Secure-sid=a; HttpOnly; SameSite=Lax"],
  ])("breaks %s: %s", (rule, line) => {
    const headers: HeaderFields = [
      ["Set-Cookie", GOOD],
      ["Set-Cookie", line],
    ];
    expect(rules("COOKIE_FLAGS", page(headers))).toEqual([rule]);
  });

  it.each([
    GOOD,
    "csrftoken=a; Secure; SameSite=Strict",
    "sid=; Max-Age=0",
    "sid=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    "theme=dark; Secure",
  ])("accepts %s", (line) => expect(rules("COOKIE_FLAGS", page([["Set-Cookie", line]]))).toEqual([]));
});

describe("other origins", () => {
  it.each([
    ["cors-reflected", "https://evil.example.net", "https://evil.example.net", "true"],
    ["cors-reflected", "https://shop.example.com.evil.net", "https://shop.example.com.evil.net", "true"],
    ["cors-null", "null", "null", "true"],
    ["cors-insecure", "http://shop.example.com", "http://shop.example.com", "true"],
    [undefined, "https://evil.example.net", "*", "true"],
    [undefined, "https://evil.example.net", "https://evil.example.net", "false"],
    [undefined, "https://evil.example.net", "https://evil.example.net", "TRUE"],
    [undefined, "https://evil.example.net", "https://www.example.com", "true"],
    [undefined, "https://www.example.com", "https://www.example.com", "true"],
  ])("%s: %s gets %s, %s", (rule, origin, allowed, credentials) => {
    const request = { ...GET, headers: [...GET.headers, ["Origin", origin] as const] };
    const response = page([
      ["Access-Control-Allow-Origin", allowed],
      ["Access-Control-Allow-Credentials", credentials],
    ]);
    expect(rules("CORS", response, request)).toEqual(rule === undefined ? [] : [rule]);
  });
});

describe("redirects", () => {
  it.each([
    ["https://evil.net/", "https://evil.net/", true],
    ["//evil.net", "//evil.net", true],
    ["/\\evil.net", "/\\evil.net", true],
    ["https:evil.net", "https:evil.net", false],
    ["https://shop.example.com@evil.net/", "https://shop.example.com@evil.net/", true],
    ["https://shop.example.com.evil.net/", "https://shop.example.com.evil.net/", true],
    ["https://evil.net/", "/login?next=https%3A%2F%2Fevil.net%2F", false],
    ["https://evil.net/", "/", false],
    ["https://www.example.com/a", "https://www.example.com/a", false],
    ["/a", "https://partner.net/", false],
  ])("next=%s, Location: %s: %s", (next, location, found) => {
    const request = { ...GET, target: `/out?next=${encodeURIComponent(next)}` };
    expect(rules("OPEN_REDIRECT", page([["Location", location]], "", 302), request).length > 0).toBe(found);
  });
});

describe("what a body gives away", () => {
  const asked = (q: string): RequestMessage => ({ ...GET, target: `/?q=${encodeURIComponent(q)}` });
  const mysql = "You have an error in your SQL syntax; check the manual ... near &#39;zebra&#39; at line 1";
  it.each<[HttpCategory, string, number, RequestMessage, string[]]>([
    ["SQL_ERROR", mysql, 200, asked("'zebra"), ["sql-error"]],
    ["SQL_ERROR", mysql, 200, asked("zebra"), []],
    ["SQL_ERROR", mysql, 500, asked("zebra"), ["sql-error"]],
    ["SQL_ERROR", "SELECT your seat", 500, asked("'"), []],
    ["INFO_LEAK", "Traceback (most recent call last):\n File", 500, GET, ["leak-trace"]],
    ["INFO_LEAK", "<p>x</p><pre>Traceback (most recent call last):</pre>", 200, GET, []],
    ["INFO_LEAK", "key AKIAIOSFODNN7ABCDEFG", 200, GET, ["leak-key"]],
    ["INFO_LEAK", "key AKIAIOSFODNN7EXAMPLE", 200, GET, []],
    ["INFO_LEAK", "<title>Index of /backup</title>", 200, GET, ["leak-listing"]],
  ])("%s %s %i", (category, body, status, request, wanted) =>
    expect(rules(category, page(SOUND, body, status), request)).toEqual(wanted),
  );

  it.each([
    ["Apache/2.4.49 (Ubuntu)", ["leak-version"]],
    ["nginx", []],
  ])("Server: %s", (server, wanted) =>
    expect(rules("INFO_LEAK", page([...SOUND, ["Server", server]]))).toEqual(wanted),
  );
});

describe("script", () => {
  const asked = (q: string): RequestMessage => ({ ...GET, target: `/?q=${encodeURIComponent(q)}` });
  const HTML: HeaderFields = [["Content-Type", "text/html"]];
  const SCRIPT = "<script>alert('x')</script>";
  it.each<[string, RequestMessage, ResponseMessage, string]>([
    ["a script", asked(SCRIPT), page(HTML, `<p>${SCRIPT}</p>`), "script-runs"],
    [
      "a string left",
      asked("';alert(1)//"),
      page(HTML, "<script>var q='';alert(1)//'</script>"),
      "script-runs",
    ],
    [
      "half of the payload",
      asked("<b><img src=x onerror=alert(1)>"),
      page(HTML, "<img src=x onerror=alert(1)>"),
      "script-runs",
    ],
    [
      "a foreign source",
      asked("<script src=//evil.net/x.js></script>"),
      page(HTML, "<script src=//evil.net/x.js></script>"),
      "script-runs",
    ],
    [
      "a form",
      {
        ...GET,
        method: "POST",
        headers: [["Content-Type", "application/x-www-form-urlencoded"]],
        body: "n=%3Csvg+onload%3Dalert(1)%3E",
      },
      page(HTML, "<svg onload=alert(1)>"),
      "script-runs",
    ],
    [
      "JSON",
      {
        ...GET,
        method: "POST",
        headers: [["Content-Type", "application/json"]],
        body: '{"a":[{"n":"<svg onload=alert(1)>"}]}',
      },
      page(HTML, "<svg onload=alert(1)>"),
      "script-runs",
    ],
    [
      "a user agent",
      { ...GET, headers: [["User-Agent", "<svg onload=alert(1)>"]] },
      page(HTML, "<svg onload=alert(1)>"),
      "script-runs",
    ],
    [
      "encoded",
      asked(SCRIPT),
      page(HTML, "<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;</p>"),
      "inert-encoded",
    ],
    [
      "in a quoted attribute",
      asked("x onfocus=alert(1)"),
      page(HTML, '<input value="x onfocus=alert(1)">'),
      "inert-encoded",
    ],
    [
      "escaped in a string",
      asked("';alert(1)//"),
      page(HTML, "<script>var q='\\';alert(1)//'</script>"),
      "inert-encoded",
    ],
    [
      "JSON out",
      asked(SCRIPT),
      page([["Content-Type", "application/json"]], `{"q":"${SCRIPT}"}`),
      "inert-type",
    ],
    ["plain text", asked(SCRIPT), page([["Content-Type", "text/plain"]], SCRIPT), "inert-type"],
    [
      "refused",
      asked(SCRIPT),
      page([...HTML, ["Content-Security-Policy", "script-src 'self'"]], SCRIPT),
      "inert-csp",
    ],
    ["not there", asked(SCRIPT), page(HTML, "<p>nothing</p><script>alert('y')</script>"), "not-reflected"],
    [
      "a page's own script from where the visitor came",
      { ...GET, headers: [["Referer", "https://cdn.net/"]] },
      page(HTML, "<script src=//cdn.net/a.js></script>"),
      "not-reflected",
    ],
    [
      "a policy in the document",
      asked(SCRIPT),
      page(HTML, `<meta http-equiv=Content-Security-Policy content="script-src 'self'">${SCRIPT}`),
      "unclear-meta-policy",
    ],
  ])("%s", (_, request, response, rule) => {
    const verdict = judgeHttp(request, response, "XSS");
    expect(verdict.fact.rule).toBe(rule);
    const vulnerable = { "script-runs": true, "unclear-meta-policy": null }[rule];
    expect(verdict.vulnerable).toBe(vulnerable === undefined ? false : vulnerable);
  });
});
