/** Cross-site scripting (CWE-79) in pages that JavaScript puts together. */
import type { Check } from "../../../core/index.ts";
import { check, contains, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Change, type WeakPart } from "../part.ts";
import { pickWay, shownAndHidden } from "../requests.ts";

/** `text`: between tags; `attribute`: in a quoted attribute; `stripped`: script tags are taken out first. */
export type MarkupShape = "text" | "attribute" | "stripped";

export function markupPart(ctx: Ctx, shape: MarkupShape): WeakPart {
  const { rng } = ctx;
  const way = pickWay(ctx);
  const [path, name, param] = [ctx.route(), ctx.func(), ctx.noun()];
  const [func, value, page] = [ctx.func(), ctx.noun(), ctx.noun()];
  const [title, tag] = [ctx.plural(), rng.pick(["p", "h2", "em", "li"])];
  const inAttribute = shape === "attribute";
  const hole = `\${${value}}`;
  const joined = rng.chance(0.4);
  const element = inAttribute
    ? [`<form><input name="${param}" value="`, `"></form>`]
    : [`<${tag}>You asked for `, `.</${tag}>`];
  const shown = joined
    ? `return "<h1>${title}</h1>${element[0]!.replaceAll('"', '\\"')}" + ${value} + "${element[1]!.replaceAll('"', '\\"')}";§`
    : `return \`<h1>${title}</h1>${element[0]}${hole}${element[1]}\`;§`;
  const strip = `${value} = ${value}.replace(/<\\/?script[^>]*>/gi, "");§`;
  const logic = `function ${func}(${value}) {\n  ${shape === "stripped" ? `${strip}\n  ` : ""}${shown}\n}`;
  const before = (text: string): Change => ({ swaps: [[shown, `${text}\n  ${shown}`]] });
  const chain = ESCAPES.map(([sign, written]) => `.replaceAll(${sign}, ${written})`).join("");
  const table = `const ${page.toUpperCase()} = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };`;
  const ask = (text: string) => way.send(path, { [param]: text });
  const shows = (text: string): Check =>
    check(`shows ${text}`, ask(text), status(200), contains(element[0]! + text + element[1]!), {
      kind: "header",
      name: "content-type",
      contains: "text/html",
    });
  const words = [ctx.noun(), `${ctx.noun()} ${10 + rng.int(90)}`, `${ctx.plural()}, ${ctx.plural()}`];
  const attacks = (
    inAttribute ? IN_ATTRIBUTE : shape === "stripped" ? NO_SCRIPT : [...SCRIPT, ...NO_SCRIPT]
  ).map(([what, payload]): Check => check(what, ask(payload), { kind: "script", marker: "{{nonce}}" }));
  return {
    ...NOTHING,
    type: "xss",
    cwe: "CWE-79",
    logic,
    module: ctx.module(),
    exports: [func],
    routes: [{ method: way.method, path, name, body: `$html(${func}(${way.read(param)}))` }],
    visible: [shows(words[0]!)],
    hidden: words.slice(1).map(shows),
    benign: words.map(ask),
    ...shownAndHidden(attacks),
    reference: before(`${value} = ${value}.replace(/[&<>"']/g, (sign) => \`&#\${sign.charCodeAt(0)};\`);`),
    alternatives: {
      "one-sign-after-the-other": before(`${value} = ${value}${chain};`),
      "by-a-table": {
        swaps: [
          [`function ${func}(`, `${table}\n\nfunction ${func}(`],
          [
            shown,
            `${value} = ${value}.replace(/[&<>"']/g, (sign) => ${page.toUpperCase()}[sign]);\n  ${shown}`,
          ],
        ],
      },
      "signs-left-out": before(`${value} = ${value}.replace(/[&<>"'\`]/g, "");`),
    },
    cheats: {
      "no-script-tags": before(`${value} = ${value}.replaceAll("<script>", "").replaceAll("</script>", "");`),
      "handlers-by-name": before(`${value} = ${value}.replace(/on(error|load)=/g, "");`),
      "half-escaped": before(
        `${value} = ${value}${inAttribute ? '.replaceAll("<", "&lt;").replaceAll(">", "&gt;")' : '.replace(/<(?=img|script)/g, "&lt;")'};`,
      ),
      "escaped-twice-over": before(`${value} = encodeURIComponent(${value});`),
      "closed-tags-only": before(`${value} = ${value}.replace(/<[^>]*>/g, "");`),
    },
    constant: `$html(${JSON.stringify(element[0]! + words[0] + element[1]!)})`,
  };
}

/** Signs and what stands for them in markup, as literals; the ampersand first. */
const ESCAPES = [
  ['"&"', '"&amp;"'],
  ['"<"', '"&lt;"'],
  [`'"'`, '"&quot;"'],
  [`"'"`, '"&#39;"'],
] as const;

type Payloads = readonly (readonly [what: string, payload: string])[];

const TELL = "tell('{{nonce}}')";
const SCRIPT: Payloads = [["a script", `<script>${TELL}</script>`]];
const NO_SCRIPT: Payloads = [
  ["an image that fails", `<img src=x onerror=${TELL}>`],
  ["a drawing", `<svg onload=${TELL}>`],
  ["a drawing that is never closed", `<svg onload="${TELL}" `],
  ["capitals and lower case", `<ImG sRc=x OnErRoR=${TELL}>`],
  ["a detail that opens", `<details open ontoggle=${TELL}>`],
  ["a field that takes the focus", `<input autofocus onfocus="${TELL}">`],
  ["a link", `<a href="javascript:${TELL}">more</a>`],
  ["a slash for a space", `<svg/onload=${TELL}>`],
];
const IN_ATTRIBUTE: Payloads = [
  ["the attribute closed", `"><img src=x onerror=${TELL}>`],
  ["a handler beside it", `" autofocus onfocus="${TELL}`],
  ["a handler without quotes", `" onmouseover=${TELL} x="`],
  ["a script behind it", `"><script>${TELL}</script>`],
  ["a drawing behind it", `"><svg onload=${TELL}>`],
  ["a handler in capitals", `" AUTOFOCUS ONFOCUS="${TELL}`],
  ["a handler after a line feed", `"\nonfocus="${TELL}" autofocus x="`],
  ["a drawing that is never closed", `"><svg onload="${TELL}" `],
];
