/** What Burp Suite, ZAP and SARIF logs hold, in their own shapes, whole and damaged. */
import { describe, expect, it } from "vitest";
import { InputError } from "../../../core/index.ts";
import { claimOf, REPORT_READERS, type ReportFormat } from "./index.ts";

const ASKED = "POST /find?q=%3Cb%3E HTTP/1.1\r\nHost: shop.example\r\n\r\n a&amp;b ";
const ANSWERED = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<b>  ";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** With the internal subset that the program writes. */
const burp = (body: string): string =>
  `<?xml version="1.0"?>\n<!DOCTYPE items [\n<!ELEMENT items (item*)>\n<!ATTLIST items burpVersion CDATA "">\n]>\n${body}`;
const messages = `<request base64="true"><![CDATA[${base64(ASKED)}]]></request><response base64="true"><![CDATA[${base64(ANSWERED)}]]></response>`;
const item = `<item><url><![CDATA[http://shop.example/find?q=%3Cb%3E]]></url>${messages}</item>`;
const issue = (more: string): string =>
  `<issue><name>Cross-site scripting (reflected)</name><host ip="10.0.0.1">http://shop.example</host><vulnerabilityClassifications><![CDATA[<a href="x">CWE-79: Improper</a> <a>CWE-80</a>]]></vulnerabilityClassifications>${more}</issue>`;

const zap = (instances: readonly object[], cweid = "79"): string =>
  JSON.stringify({
    "@programName": "ZAP",
    site: [{ "@name": "http://shop.example", alerts: [{ name: "XSS", cweid, instances }] }],
  });
const instance = {
  uri: "http://shop.example/find?q=%3Cb%3E",
  "request-header": "POST /find?q=%3Cb%3E HTTP/1.1\r\nHost: shop.example\r\n\r\n",
  "request-body": " a&amp;b ",
  "response-header": "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
  "response-body": "<b>  ",
};

const webRequest = {
  protocol: "HTTP",
  version: "1.1",
  method: "POST",
  target: "http://shop.example/find?q=%3Cb%3E",
  headers: { Host: "shop.example" },
  body: { text: " a&amp;b " },
};
const webResponse = {
  version: "1.1",
  statusCode: 200,
  reasonPhrase: "OK",
  headers: { "Content-Type": "text/html" },
  body: { binary: base64("<b>  ") },
};
const rules = [{ id: "xss", name: "XSS", properties: { tags: ["security", "external/cwe/cwe-079"] } }];
const sarif = (results: readonly object[], more: object = {}): string =>
  JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver: { name: "T", rules } }, results, ...more }] });

const XSS = { cwe: "CWE-79", category: "XSS" };

describe("reading", () => {
  it.each<[string, ReportFormat, string, object | undefined]>([
    ["saved items", "burp", burp(`<items burpVersion="2026.1">${item}</items>`), undefined],
    [
      "a report of issues",
      "burp",
      `<issues>${issue(`<requestresponse>${messages}</requestresponse>`)}</issues>`,
      XSS,
    ],
    ["a report with requests", "zap", `\uFEFF${zap([instance])}`, XSS],
    ["messages in results", "sarif", sarif([{ ruleId: "xss", webRequest, webResponse }]), XSS],
    [
      "messages of the run",
      "sarif",
      sarif([{ ruleIndex: 0, webRequest: { index: 0 }, webResponse: { index: 0 } }], {
        webRequests: [webRequest],
        webResponses: [webResponse],
      }),
      XSS,
    ],
  ])("%s", (_, format, text, claim) => {
    const { exchanges, refused } = REPORT_READERS[format](text, "f");
    expect(refused).toEqual([]);
    expect(exchanges).toHaveLength(1);
    const [{ where, request, response, claim: claimed }] = exchanges as [(typeof exchanges)[0]];
    expect(where).toMatch(/^f: .* 1, POST http:\/\/shop\.example\/find\?q=%3Cb%3E$/);
    expect(request).toMatchObject({
      method: "POST",
      target: "http://shop.example/find?q=%3Cb%3E",
      headers: [["Host", "shop.example"]],
      body: " a&amp;b ",
    });
    expect(response).toMatchObject({
      status: 200,
      reason: "OK",
      headers: [["Content-Type", "text/html"]],
      body: "<b>  ",
    });
    if (claim === undefined) expect(claimed).toBeUndefined();
    else expect(claimed).toMatchObject(claim);
  });

  it.each<[string, ReportFormat, string, string]>([
    [
      "an item without a response",
      "burp",
      `<items><item><request>GET / HTTP/1.1</request></item>${item}</items>`,
      "f: item 1",
    ],
    [
      "an item that is no HTTP",
      "burp",
      `<items><item><request>x</request><response>y</response></item>${item}</items>`,
      "f: item 1",
    ],
    [
      "an issue without an exchange",
      "burp",
      `<issues>${issue("")}${issue(`<requestresponse>${messages}</requestresponse>`)}</issues>`,
      "f: issue 1",
    ],
    ["an instance without messages", "zap", zap([{ uri: "http://a/" }, instance]), "f: alert 1, instance 1"],
    [
      "a finding in a file",
      "sarif",
      sarif([{ ruleId: "xss" }, { webRequest, webResponse }]),
      "f: run 1, result 1",
    ],
    [
      "an answer that never came",
      "sarif",
      sarif([
        { webRequest, webResponse: { noResponseReceived: true } },
        { webRequest, webResponse },
      ]),
      "f: run 1, result 1",
    ],
    [
      "a message that is not in the run",
      "sarif",
      sarif([
        { webRequest: { index: 7 }, webResponse },
        { webRequest, webResponse },
      ]),
      "f: run 1, result 1",
    ],
  ])("names %s and goes on", (_, format, text, where) => {
    const { exchanges, refused } = REPORT_READERS[format](text, "f");
    expect(refused.map((one) => one.where)).toEqual([where]);
    expect(refused[0]!.reason).not.toBe("");
    expect(exchanges).toHaveLength(1);
  });

  /** Ten levels of ten would be ten thousand million. */
  const LAUGHS = `<!DOCTYPE items [<!ENTITY a0 "ha">${Array.from({ length: 10 }, (_, at) => `<!ENTITY a${at + 1} "${`&a${at};`.repeat(10)}">`).join("")}]>`;

  it.each<[ReportFormat, string, string]>([
    ["burp", "no XML <", "f: expected"],
    ["burp", "<items><item></items>", "f: expected XML as Burp Suite saves it"],
    ["burp", "<other/>", "f: expected <items> or <issues>"],
    ["zap", "{", "f: expected a JSON report of ZAP, got no JSON"],
    ["zap", "{}", "expected a JSON report of ZAP"],
    ["sarif", "[]", "expected a SARIF log"],
    ["har", "{}", "f: log.entries: expected the exchanges of a HAR file"],
  ])("refuses another kind of file as %s: %s", (format, text, message) => {
    expect(() => REPORT_READERS[format](text, "f")).toThrow(InputError);
    expect(() => REPORT_READERS[format](text, "f")).toThrow(message);
  });

  it("expands no entities of its own", () => {
    const read = (): unknown =>
      REPORT_READERS.burp(`${LAUGHS}<items><item><url>&a10;</url>${messages}</item></items>`, "f");
    let text = "";
    try {
      text = JSON.stringify(read());
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
    }
    expect(text.length).toBeLessThan(10_000);
  });
});

describe("claims", () => {
  it.each([
    ["79", "CWE-79", "XSS"],
    ["CWE-0601", "CWE-601", "OPEN_REDIRECT"],
    [693, "CWE-693", "HTTP_HEADERS"],
    ["22", "CWE-22", null],
    ["-1", null, null],
    [undefined, null, null],
  ])("of %s are %s, decided as %s", (given, cwe, category) => {
    expect(claimOf("n", given)).toEqual({ name: "n", cwe, category });
  });
});
