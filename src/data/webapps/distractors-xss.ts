/** Pages that are safe: escaped values, templates that escape, plain text, numbers. */
import type { Ctx } from "./blocks.ts";
import { ANY, block, PATH, type Make } from "./distractor-block.ts";
import { buildString, literal, STRING_STYLES } from "./strings.ts";

const INTROS = [
  "Hello ",
  "Results for ",
  "No match for ",
  "Welcome, ",
  "You asked for ",
  "Searching ",
  "Topic: ",
];
const TAGS = ["h1", "h2", "h3", "p", "div", "b", "em", "li", "strong", "span"];

const frame = (ctx: Ctx): [string, string] => {
  const tag = ctx.rng.pick(TAGS);
  return [`<${tag}>${ctx.rng.pick(INTROS)}`, `</${tag}>`];
};

const words = (before: string, after: string): [string, string][] =>
  ["lagoon", "Select committee"].map((w) => [w, before + w + after]);

const escapedPage: Make = (ctx) => {
  const [before, after] = frame(ctx);
  const styles = STRING_STYLES.filter((s) => ctx.escapeFrom === "html" || s !== "concat");
  const style = ctx.rng.pick(styles);
  return block(ctx, ANY, (v) => ({
    body: [`    return ${buildString(style, [before, { value: `escape(${v})` }, after], ctx.quote)}`],
    imports: ["escape"],
    cases: words(before, after),
  }));
};

const inlineTemplate: Make = (ctx) => {
  const [before, after] = frame(ctx);
  return block(ctx, ANY, (v) => ({
    body: [
      `    return render_template_string(${literal(`${before}{{ ${v} }}${after}`, ctx.quote)}, ${v}=${v})`,
    ],
    imports: ["flask:render_template_string"],
    cases: words(before, after),
  }));
};

const templateFile: Make = (ctx) => {
  const [before, after] = frame(ctx);
  const file = `${ctx.names.noun()}.html`;
  return block(ctx, ANY, (v) => ({
    body: [`    return render_template(${literal(file, ctx.quote)}, ${v}=${v})`],
    templates: { [`templates/${file}`]: [`${before}{{ ${v} }}${after}`] },
    imports: ["flask:render_template"],
    cases: words(before, after),
  }));
};

const plainText: Make = (ctx) => {
  const intro = ctx.rng.pick(INTROS);
  const style = ctx.rng.pick(STRING_STYLES);
  return block(ctx, ANY, (v) => ({
    body: [
      `    return Response(${buildString(style, [intro, { value: v }], ctx.quote)}, mimetype=${literal("text/plain", ctx.quote)})`,
    ],
    imports: ["flask:Response"],
    cases: words(intro, ""),
  }));
};

const numberPage: Make = (ctx) => {
  const [before, after] = frame(ctx);
  const style = ctx.rng.pick(["fstring", "percent", "format"] as const);
  return block(ctx, PATH, (v) => ({
    body: [`    return ${buildString(style, [before, { value: v }, after], ctx.quote)}`],
    converter: "int",
    imports: [],
    cases: [
      ["7", `${before}7${after}`],
      ["12", `${before}12${after}`],
    ],
  }));
};

export const SAFE_XSS: readonly Make[] = [
  escapedPage,
  escapedPage,
  inlineTemplate,
  templateFile,
  plainText,
  numberPage,
];
