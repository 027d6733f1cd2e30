/** What a Content-Security-Policy lets run, by the rules of level 3, and that the script oracle obeys it. */
import { describe, expect, it } from "vitest";
import { readCsp, scriptPolicy } from "./csp.ts";
import { findScript } from "./script-oracle.ts";

const PAGE = new URL("https://shop.example/search");
const found = (csp: string, body: string): string | undefined =>
  findScript(
    { status: 200, headers: { "content-type": "text/html" }, body },
    "m4rk",
    scriptPolicy(readCsp([csp]), PAGE),
  );

const INLINE = "<script>tell('m4rk')</script>";
const NONCED = "<script nonce=Ab1>tell('m4rk')</script>";
const HANDLER = "<img src=x onerror=tell('m4rk')>";
const LINK = "<a href=\"javascript:tell('m4rk')\">x</a>";
const FOREIGN = "<script src=//m4rk.example/x.js></script>";
const DATA = "<iframe src=\"data:text/html,<script>tell('m4rk')</script>\"></iframe>";
const SRCDOC = "<iframe srcdoc=\"<script>tell('m4rk')</script>\"></iframe>";

describe("a policy", () => {
  it.each([
    ["frame-ancestors 'none'", INLINE],
    ["script-src 'unsafe-inline'", INLINE],
    ["script-src 'unsafe-inline'", HANDLER],
    ["script-src 'unsafe-inline'", LINK],
    ["DEFAULT-SRC 'self' 'Unsafe-Inline'", INLINE],
    ["script-src 'nonce-Ab1'", NONCED],
    ["script-src *", FOREIGN],
    ["script-src https:", FOREIGN],
    ["script-src https://*.example", FOREIGN],
    ["script-src m4rk.example", FOREIGN],
    ["default-src 'self'; script-src 'unsafe-inline' data:; frame-src data:", DATA],
    ["script-src-attr 'unsafe-inline'; script-src 'self'", HANDLER],
    ["sandbox allow-scripts", INLINE],
  ])("lets run: %s", (csp, body) => expect(found(csp, body)).toBeDefined());

  it.each([
    ["default-src 'self'", INLINE],
    ["default-src 'self'", HANDLER],
    ["default-src 'self'", LINK],
    ["default-src 'self'", FOREIGN],
    ["default-src 'self'", SRCDOC],
    ["script-src 'none'", INLINE],
    ["script-src 'unsafe-inline' 'nonce-Ab1'", INLINE],
    ["script-src 'nonce-ab1'", NONCED],
    ["script-src 'nonce-Ab1'", HANDLER],
    ["script-src 'unsafe-inline', default-src 'self'", INLINE],
    ["script-src 'self'; script-src 'unsafe-inline'", INLINE],
    ["script-src-attr 'none'; script-src 'unsafe-inline'", HANDLER],
    ["script-src 'unsafe-inline' 'strict-dynamic'", INLINE],
    ["script-src * 'strict-dynamic'", FOREIGN],
    ["script-src https://cdn.example", FOREIGN],
    ["script-src 'unsafe-inline'; frame-src 'self'", DATA],
    ["sandbox", INLINE],
  ])("refuses: %s", (csp, body) => expect(found(csp, body)).toBeUndefined());
});
