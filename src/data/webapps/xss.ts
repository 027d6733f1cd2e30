/** Reflected XSS shapes: where HTML is put together and how the value gets into it. */
import { check, contains, EMPTY, makeEndpoint, status, type Ctx, type VulnerableBlock } from "./blocks.ts";
import { encode, makeInput, send, type Input, type InputOptions } from "./inputs.ts";
import { insertAfter, line, marked, plain, type Line } from "./lines.ts";
import { buildString, literal, mergeText, type Part, type StringStyle } from "./strings.ts";
import { xssExploits, type XssContext } from "./xss-exploits.ts";

export type XssShape =
  | "page"
  | "attr"
  | "variable"
  | "helper"
  | "module"
  | "inline"
  | "markup"
  | "template"
  | "strip"
  | "loop"
  | "replace";
/** How a template file, or a template in the code, comes to show a value as it is. */
export type TemplateStyle = "safe" | "autoescape";
export type XssStyle = StringStyle | TemplateStyle;

const isTemplateStyle = (style: XssStyle): style is TemplateStyle =>
  style === "safe" || style === "autoescape";

const INTROS = [
  "Hello ",
  "Results for ",
  "No match for ",
  "Welcome, ",
  "You asked for ",
  "Searching ",
  "Topic: ",
  "Dear ",
];
const TAGS = ["h1", "h2", "h3", "p", "div", "b", "em", "li", "strong", "span"];

/** Text around the value, before and after it. */
interface Frame {
  readonly before: string;
  readonly after: string;
  readonly context: XssContext;
}

interface Lines {
  readonly body: Line[];
  readonly constants?: Line[];
  readonly helpers?: Line[][];
  readonly module?: NonNullable<VulnerableBlock["module"]>;
  readonly templates?: Record<string, Line[]>;
  readonly imports?: string[];
  readonly reference?: { app?: string[]; module?: string[] };
  readonly alternatives?: string[];
}

export function xssBlock(ctx: Ctx, shape: XssShape, style: XssStyle): VulnerableBlock {
  const { rng, names, quote } = ctx;
  const route = `/${names.plural()}`;
  const func = rng.chance(0.5) ? names.verb() : `${names.verb()}_${names.noun()}`;
  const options: InputOptions = shape === "strip" ? { kinds: ["query", "form"] } : {};
  const drawn = makeInput(rng, names.noun(), () => names.noun(), quote, options);
  const input: Input = shape === "strip" ? { ...drawn, read: drawn.read + STRIP } : drawn;
  const v = input.variable;
  const frame = makeFrame(ctx, shape);
  const made = shapeLines(ctx, shape, style, frame, v);
  const endpoint = makeEndpoint(ctx, { route, func, inputs: [input], body: made.body });
  const template = shape === "inline" && !isTemplateStyle(style);
  guardAlternatives(endpoint.entry, v, template);
  if (shape === "strip") endpoint.entry.changes.set("reference", { search: STRIP, replace: "" });
  const request = (value: string, extra = "") => {
    const plainRequest = send(route, [[input, value]]);
    if (extra === "") return plainRequest;
    const { path } = plainRequest;
    return { ...plainRequest, path: `${path}${path.includes("?") ? "&" : "?"}zz=${encode(extra)}` };
  };
  const values = rng.shuffle(["maple", "cedar", "willow", "rowan", "hazel", "aspen"]);
  const shown = (value: string): string => `${frame.before}${value}${frame.after}`;
  const shows = (value: string, text = shown(value)) =>
    check(`shows ${value}`, request(value), status(200), contains(text));
  return {
    ...EMPTY,
    ...xssExploits({
      context: frame.context,
      canSlash: input.kind !== "path",
      stripped: shape === "strip",
      template,
      request,
    }),
    constants: made.constants ?? [],
    route,
    func,
    inputs: [input],
    helpers: made.helpers ?? [],
    ...(made.module === undefined ? {} : { module: made.module }),
    templates: made.templates ?? {},
    endpoint,
    imports: [...(input.read === null ? [] : ["flask:request"]), ...(made.imports ?? [])],
    visible: [shows(values[0]!)],
    hidden: [
      shows(values[1]!),
      shows("Select committee"),
      shows("javascript: onload script alert"),
      shows("a..b.txt -- union"),
      shows("5 < 6", "5 "),
      shows("O'Brien", "Brien"),
      shows("AT&T", "AT"),
      shows("Zoë and Åsa", "Zoë and Åsa"),
    ],
    benign: [values[2]!, values[3]!, "two words", "a-b_c.d"].map((x) => request(x)),
    alternatives: ["html-module", "replaced", ...(made.alternatives ?? ["translated"])],
    patchImports: { reference: made.reference ?? { app: ["escape"] }, "html-module": { app: ["html"] } },
    guards: xssGuards(v),
    expected: shown(values[0]!),
    outside: {},
  };
}

/** A filter that a nested tag, another case or another element passes. */
const STRIP = `.replace("<script>", "")`;

function makeFrame(ctx: Ctx, shape: XssShape): Frame {
  const { rng, names } = ctx;
  const intro = rng.pick(INTROS);
  if (shape !== "attr") {
    const tag = shape === "loop" ? "li" : rng.pick(TAGS);
    return { before: `<${tag}>${intro}`, after: `</${tag}>`, context: { kind: "text" } };
  }
  const quote = rng.chance(0.7) ? '"' : "'";
  const id = names.noun();
  const start = rng.pick([
    `<input name=${quote}${id}${quote} value=`,
    `<div title=`,
    `<img src=${quote}/${id}.png${quote} alt=`,
    `<span class=`,
  ]);
  const tag = /^<(div|span)/.exec(start)?.[1];
  const end = tag === undefined ? ">" : `>ok</${tag}>`;
  return { before: start + quote, after: quote + end, context: { kind: "attribute", quote } };
}

function shapeLines(ctx: Ctx, shape: XssShape, style: XssStyle, frame: Frame, v: string): Lines {
  if (isTemplateStyle(style)) return templateLines(ctx, shape, style, frame, v);
  const { rng, names, quote } = ctx;
  const text = (value: string): string => buildString(style, [frame.before, { value }, frame.after], quote);
  switch (shape) {
    case "variable": {
      const name = rng.pick(["page", "body", "out", "content"]);
      return { body: [escaped(`    ${name} = @`, text, v), marked(`    return ${name}`, {})] };
    }
    case "helper":
    case "module":
      return helperLines(ctx, shape, text, v);
    case "inline":
      return inlineLines(ctx, style, frame, v);
    case "markup": {
      const slot = names.noun();
      const wrap = literal(`<div>{{ ${slot} }}</div>`, quote);
      const show = marked(`    return render_template_string(${wrap}, ${slot}=${slot})`, {});
      return {
        body: [escaped(`    ${slot} = Markup(@)`, text, v), show],
        imports: ["flask:render_template_string", "Markup"],
      };
    }
    case "loop":
      return loopLines(ctx, text, v);
    case "replace":
      return replaceLines(ctx, frame, v);
    default:
      return { body: [escaped("    return @", text, v)] };
  }
}

/** A line with HTML in place of `@`, that a call of escape around the value repairs. */
const escaped = (at: string, text: (value: string) => string, v: string): Line =>
  marked(
    at.replace("@", () => text(v)),
    { reference: at.replace("@", () => text(`escape(${v})`)) },
  );

function helperLines(
  ctx: Ctx,
  shape: "helper" | "module",
  text: (value: string) => string,
  v: string,
): Lines {
  const { rng, names } = ctx;
  const helper = `${names.verb()}_${names.noun()}`;
  const value = rng.chance(0.5) ? v : names.noun();
  const body = [line(`    return ${helper}(${v})`)];
  if (shape === "helper")
    return { body, helpers: [[line(`def ${helper}(${value}):`), escaped("    return @", text, value)]] };
  const lines = [line(`def ${helper}(${value}):`), escaped("    return make_response(@)", text, value)];
  const name = rng.pick(["pages", "views", "html_parts", "layout"]);
  const module = { name, imports: ["flask:make_response"], exports: [helper], constants: [], lines };
  return { body, module, reference: { module: ["escape"] } };
}

/** The value becomes template source; only passing it as a variable is a whole fix. */
function inlineLines(ctx: Ctx, style: StringStyle, frame: Frame, v: string): Lines {
  const { quote } = ctx;
  const call = (args: string): string => `    return render_template_string(${args})`;
  const old = buildString(style, [frame.before, { value: v }, frame.after], quote);
  // A template in an f-string would need its braces doubled: the fix is a plain string.
  const fixedStyle = style === "fstring" ? "concat" : style;
  const fixed = (name: string): string => {
    const parts: Part[] = mergeText([frame.before, `{{ ${name} }}`, frame.after]);
    return call(`${buildString(fixedStyle, parts, quote)}, ${name}=${v}`);
  };
  return {
    body: [marked(call(old), { reference: fixed(v), "other-name": fixed("shown") })],
    imports: ["flask:render_template_string"],
    reference: {},
    alternatives: ["other-name"],
  };
}

function templateLines(ctx: Ctx, shape: XssShape, style: TemplateStyle, frame: Frame, v: string): Lines {
  const { rng, names, quote } = ctx;
  const name = rng.chance(0.6) ? v : names.noun();
  const show = (value: string): string => `${frame.before}{{ ${value} }}${frame.after}`;
  const lines =
    style === "safe"
      ? [marked(show(`${name}|safe`), { reference: show(name), filter: show(`${name}|e`) })]
      : [
          marked("{% autoescape false %}", { reference: "{% autoescape true %}" }),
          marked(show(name), { filter: show(`${name}|e`) }),
          line("{% endautoescape %}"),
        ];
  const common = { reference: {}, alternatives: ["filter"] };
  if (shape === "inline") {
    const call = (value: string): string =>
      `    return render_template_string(${literal(show(value), quote)}, ${name}=${v})`;
    const body = [marked(call(`${name}|safe`), { reference: call(name), filter: call(`${name}|e`) })];
    return { ...common, body, imports: ["flask:render_template_string"] };
  }
  const file = `${names.noun()}.html`;
  const body = plain(`    return render_template(${literal(file, quote)}, ${name}=${v})`);
  const head = rng.chance(0.6) ? plain(`<title>${names.noun()}</title>`) : [];
  const foot = rng.chance(0.6) ? plain(`<a href="/">${names.noun()}</a>`) : [];
  return {
    ...common,
    body,
    templates: { [`templates/${file}`]: [...head, ...lines, ...foot] },
    imports: ["flask:render_template"],
  };
}

function loopLines(ctx: Ctx, text: (value: string) => string, v: string): Lines {
  const part = ctx.names.noun();
  return {
    body: [
      ...plain(
        `    items = ${literal("", ctx.quote)}`,
        `    for ${part} in ${v}.split(${literal(",", ctx.quote)}):`,
      ),
      escaped("        items += @", text, part),
      ...plain("    return items"),
    ],
  };
}

/** A page whose place holder is replaced by the value. */
function replaceLines(ctx: Ctx, frame: Frame, v: string): Lines {
  const { names, quote } = ctx;
  const page = `${names.noun().toUpperCase()}_PAGE`;
  const hole = names.noun().toUpperCase();
  const call = (value: string): string => `    return ${page}.replace(${literal(hole, quote)}, ${value})`;
  return {
    constants: plain(`${page} = ${literal(frame.before + hole + frame.after, quote)}`),
    body: [marked(call(v), { reference: call(`escape(${v})`) })],
  };
}

const REPLACED = [
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ["'", "&#39;"],
]
  .map(([from, to]) => `.replace("${from}", "${to}")`)
  .concat(`.replace('"', "&quot;")`)
  .join("");

/** The same by number of character, as `str.translate` takes it. */
const TABLE = `38: "&amp;", 60: "&lt;", 62: "&gt;", 39: "&#39;", 34: "&quot;"`;

function guardAlternatives(entry: Line, v: string, template: boolean): void {
  const braces = template ? '.replace("{", "&#123;")' : "";
  insertAfter(entry, "html-module", [`${v} = html.escape(${v})${braces}`]);
  insertAfter(entry, "replaced", [`${v} = ${v}${REPLACED}${braces}`]);
  insertAfter(entry, "translated", [
    `${v} = ${v}.translate({${template ? `${TABLE}, 123: "&#123;"` : TABLE}})`,
  ]);
}

function xssGuards(v: string): Record<string, string[]> {
  return {
    "swallow-literal": [`if "<script>" in ${v}:`, '    return "blocked", 400'],
    "swallow-case": [`if "<script" in ${v}.lower() or "onerror" in ${v}:`, '    return "blocked", 400'],
    "strip-script": [`${v} = ${v}.replace("<script>", "").replace("</script>", "")`],
    "length-limit": [`${v} = ${v}[:120]`],
  };
}
