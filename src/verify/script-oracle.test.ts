/** The script oracle against a table: what a browser would run, and what it would only show. */
import { describe, expect, it } from "vitest";
import { findScript } from "./script-oracle.ts";

const HTML = { "content-type": "text/html; charset=utf-8" };
const page = (body: string, headers: Readonly<Record<string, string>> = HTML, status = 200) =>
  findScript({ status, headers, body }, "m4rk");

const RUNS: readonly string[] = [
  "<script>tell('m4rk')</script>",
  '<SCRIPT >tell( "m4rk" )</SCRIPT>',
  "<script>tell`m4rk`</script>",
  "<script>alert(m4rk)</script>",
  "<script>a.b('x', 'm4rk')</script>",
  "<script>`${tell('m4rk')}`</script>",
  '<script>var q = ""; tell(\'m4rk\');//";</script>',
  "<script>x = /'/; tell('m4rk')</script>",
  "<script type=module>tell('m4rk')</script>",
  "<script type='text/javascript; charset=x' language=vbscript></script><script language=JavaScript>tell('m4rk')</script>",
  "<script type='Text/JavaScript'>tell('m4rk')</script>",
  "<script><!--\ntell('m4rk')\n--></script>",
  "<script src='//evil.example/m4rk.js'></script>",
  "<script src='data:text/javascript,tell(%27m4rk%27)'></script>",
  "<img src=x onerror=tell('m4rk')>",
  "<img/src/oNeRRoR=tell`m4rk`>",
  "<svg/onload=tell('m4rk')>",
  "<svg><script>tell&#40;'m4rk')</script></svg>",
  "<body onpageshow=tell('m4rk')>",
  "<p>text<body onload=tell('m4rk')>",
  "<input autofocus\nonfocus\n=\n\"tell('m4rk')\">",
  "<img src='x' onerror='tell(&quot;m4rk&quot;)'>",
  "<textarea></textarea><b onclick=tell('m4rk')>",
  "<textarea>a</textarea onx><img src onerror=tell('m4rk')>",
  "<title>a</title><script>tell('m4rk')</script>",
  "<a href=\"javascript:tell('m4rk')\">x</a>",
  "<a href=\" \tJaVa\nScRiPt:tell('m4rk')\">x</a>",
  "<a href='javascript:tell(%27m4rk%27)'>x</a>",
  "<a href='javascript&colon;tell(`m4rk`)'>x</a>",
  "<svg><a xlink:href=\"javascript:tell('m4rk')\"><text>x</text></a></svg>",
  "<form action=\"javascript:tell('m4rk')\"><input type=submit></form>",
  "<form><button formaction=\"javascript:tell('m4rk')\">x</button></form>",
  "<iframe src=\"javascript:tell('m4rk')\"></iframe>",
  "<iframe srcdoc=\"<script>tell('m4rk')</script>\"></iframe>",
  "<iframe srcdoc='&lt;img src=x onerror=tell(&quot;m4rk&quot;)&gt;'></iframe>",
  "<iframe srcdoc=\"<script>tell('m4rk')</script>\" sandbox='allow-scripts'></iframe>",
  "<iframe src=\"data:text/html,<script>tell('m4rk')</script>\"></iframe>",
  `<iframe src="data:text/html;base64,${Buffer.from("<script>tell('m4rk')</script>").toString("base64")}"></iframe>`,
  "<object data=\"javascript:tell('m4rk')\"></object>",
  "<embed src=\"javascript:tell('m4rk')\">",
  "<meta http-equiv=refresh content=\"0;url=javascript:tell('m4rk')\">",
  "<svg><a><animate attributeName=href values=\"javascript:tell('m4rk')\" /><text>x</text></a></svg>",
  "<svg><a><set attributeName='xlink:href' to=\"javascript:tell('m4rk')\" /></a></svg>",
  "<div><template shadowrootmode=open><img src onerror=tell('m4rk')></template></div>",
  "<math><mtext><script>tell('m4rk')</script></mtext></math>",
  "<noscript><p title=\"</noscript><img src=x onerror=tell('m4rk')>\"></noscript>",
  "<!-- a --!><script>tell('m4rk')</script>",
  "<!--><script>tell('m4rk')</script>",
  "<select><option>a<script>tell('m4rk')</script></select>",
  "<table><tr onclick=tell('m4rk')><td>x</table>",
  "<p>m4rk</p>".repeat(2000) + "<script>tell('m4rk')</script>",
];

const INERT: readonly string[] = [
  "<img/src=x/oNeRRoR=tell`m4rk`>",
  "<a title=`x`onclick=tell('m4rk')>",
  "<p>&lt;script&gt;tell('m4rk')&lt;/script&gt;</p>",
  "<p>tell('m4rk')</p>",
  "<textarea><script>tell('m4rk')</script></textarea>",
  "<title><script>tell('m4rk')</script></title>",
  "<style><script>tell('m4rk')</script></style>",
  "<xmp><script>tell('m4rk')</script></xmp>",
  "<plaintext><script>tell('m4rk')</script>",
  "<noscript><script>tell('m4rk')</script></noscript>",
  "<iframe><script>tell('m4rk')</script></iframe>",
  "<!-- <script>tell('m4rk')</script> -->",
  "<input value=\"<script>tell('m4rk')</script>\">",
  "<input value=\"x&quot; onfocus=tell('m4rk')\">",
  "<a title='x onclick=tell(m4rk)'>x</a>",
  "<script>var q = \"tell('m4rk')\";</script>",
  "<script>var q = \"<\\/script><script>tell('m4rk')<\\/script>\";</script>",
  "<script>var q = 'm4rk';</script>",
  "<script>var q = `tell('m4rk')`;</script>",
  "<script>// tell('m4rk')\nok()</script>",
  "<script>/* tell('m4rk') */ ok()</script>",
  "<script>x = /tell('m4rk')/</script>",
  '<script>var q = "x"tell(\'m4rk\')"";</script>',
  "<script type='application/json'>tell('m4rk')</script>",
  "<script type='text/template'><img onerror=tell('m4rk')></script>",
  "<script type=importmap>tell('m4rk')</script>",
  "<script src=/app.js>tell('m4rk')</script>",
  "<script src='/m4rk.js'></script>",
  "<script nomodule>tell('m4rk')</script>",
  "<script language=vbscript>tell('m4rk')</script>",
  "<img src=x onerror=tell('m4rk>",
  '<img src=x onerror=tell(`m4rk`)/autofocus="">',
  "<img data-onerror=tell('m4rk')>",
  "<img src=x><p onerror/x=tell('m4rk')>",
  "<a href=\"/search?q=javascript:tell('m4rk')\">x</a>",
  "<a href=\"https://x.example/#tell('m4rk')\">x</a>",
  "<img src=\"javascript:tell('m4rk')\">",
  "<p href=\"javascript:tell('m4rk')\">x</p>",
  "<a href=\"data:text/html,<script>tell('m4rk')</script>\">x</a>",
  "<iframe srcdoc=\"<script>tell('m4rk')</script>\" sandbox></iframe>",
  "<iframe srcdoc=\"<p>tell('m4rk')</p>\"></iframe>",
  "<template><script>tell('m4rk')</script></template>",
  "<svg><style>x</style><text>tell('m4rk')</text></svg>",
  "<svg><a><animate attributeName=fill values=\"javascript:tell('m4rk')\" /></a></svg>",
  "<meta http-equiv=refresh content=\"0;url=/x?tell('m4rk')\">",
  "<meta content=\"0;url=javascript:tell('m4rk')\">",
  "<textarea>" + "<div>".repeat(100) + "<script>tell('m4rk')</script>",
  "<script>tell('other')</script><p>m4rk</p>",
];

describe("a page", () => {
  it.each(RUNS)("runs: %s", (body) => expect(page(body)).toBeTypeOf("string"));
  it.each(INERT)("only shows: %s", (body) => expect(page(body)).toBeUndefined());

  it("may nest deeper than the stack", () => {
    expect(page(`${"<div>".repeat(50_000)}<script>tell('m4rk')</script>`)).toBe("a script element");
  });

  it("may hold frames in frames, to a limit", () => {
    const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    let body = "<script>tell('m4rk')</script>";
    for (let depth = 0; depth < 3; depth++) body = `<iframe srcdoc="${escape(body)}"></iframe>`;
    expect(page(body)).toBe("srcdoc of iframe");
    for (let depth = 0; depth < 20; depth++) body = `<iframe srcdoc="${escape(body)}"></iframe>`;
    expect(page(body)).toBeUndefined();
  });
});

describe("the answer around it", () => {
  const body = "<script>tell('m4rk')</script>";
  const svg = `<svg xmlns="http://www.w3.org/2000/svg"><script>tell('m4rk')</script></svg>`;

  it.each([
    ["upper case", { "content-type": "TEXT/HTML" }, body, 200],
    ["the last of two types", { "content-type": "text/plain, text/html; charset=utf-8" }, body, 200],
    ["the first of two types", { "content-type": "text/html, text/plain" }, body, 200],
    ["an error page", HTML, body, 500],
    ["no type", {}, body, 200],
    ["an unknown type", { "content-type": "unknown/unknown" }, ` \n${body}`, 200],
    ["a type without a slash", { "content-type": "html" }, body, 200],
    ["SVG", { "content-type": "image/svg+xml" }, svg, 200],
    ["XML with a namespace", { "content-type": "application/xml" }, svg, 200],
    ["a redirect without a target", HTML, body, 302],
    ["shown inline", { ...HTML, "content-disposition": "inline" }, body, 200],
  ])("is parsed: %s", (_, headers, text, status) => {
    expect(page(text, headers, status)).toBeTypeOf("string");
  });

  it.each([
    ["JSON", { "content-type": "application/json" }, body, 200],
    ["text", { "content-type": "text/plain" }, body, 200],
    ["an image", { "content-type": "image/png" }, body, 200],
    ["XML without a namespace", { "content-type": "text/xml" }, body, 200],
    ["no type, told not to guess", { "x-content-type-options": "nosniff" }, body, 200],
    ["no type, not like HTML", {}, `x ${body}`, 200],
    ["a redirect", { ...HTML, location: "/" }, body, 302],
    ["a download", { ...HTML, "content-disposition": "attachment; filename=x" }, body, 200],
    ["no content", HTML, body, 204],
  ])("is not parsed: %s", (_, headers, text, status) => {
    expect(page(text, headers, status)).toBeUndefined();
  });
});
