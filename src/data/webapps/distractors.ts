/** Endpoints that look like the vulnerable ones and are safe: the construct decides, not the kind of endpoint. */
import type { WeaknessType } from "../../core/index.ts";
import { check, contains, EMPTY, makeEndpoint, runQuery, status, type Block, type Ctx } from "./blocks.ts";
import { makeFolder } from "./folders.ts";
import { makeInput, send, type InputKind } from "./inputs.ts";
import { plain } from "./lines.ts";
import { buildString, literal, STRING_STYLES, type Part } from "./strings.ts";
import { makeTable, type Table } from "./tables.ts";

/** Tables of other endpoints, which a query may share. */
export interface Shared {
  readonly tables: readonly Table[];
}

type Make = (ctx: Ctx, shared: Shared) => Block;

export function makeDistractor(ctx: Ctx, type: WeaknessType, shared: Shared): Block {
  return ctx.rng.pick(BY_TYPE[type])(ctx, shared);
}

interface Draft {
  readonly body: readonly string[];
  readonly imports: readonly string[];
  readonly converter?: string;
  /** Values a client sends, and what the answer shows. */
  readonly cases: readonly (readonly [value: string, shown: string])[];
  readonly constants?: readonly string[];
  readonly tables?: readonly Table[];
  readonly assets?: Readonly<Record<string, string>>;
  readonly templates?: Readonly<Record<string, readonly string[]>>;
}

/** An endpoint with one input, from a function that writes its body for the input's variable. */
function block(ctx: Ctx, kinds: readonly InputKind[], draft: (variable: string) => Draft): Block {
  const { rng, names, quote } = ctx;
  const route = `/${names.plural()}`;
  const func = rng.chance(0.5) ? names.verb() : `${names.verb()}_${names.noun()}`;
  const input = makeInput(rng, names.noun(), () => names.noun(), quote, { kinds });
  const d = draft(input.variable);
  const converter = d.converter === undefined ? {} : { converter: d.converter };
  const endpoint = makeEndpoint(ctx, { route, func, inputs: [input], body: plain(...d.body), ...converter });
  const checks = d.cases.map(([value, shown]) =>
    check(`${func} answers ${value}`, send(route, [[input, value]]), status(200), contains(shown)),
  );
  const templates = Object.entries(d.templates ?? {}).map(
    ([file, texts]) => [file, plain(...texts)] as const,
  );
  return {
    ...EMPTY,
    route,
    func,
    inputs: [input],
    constants: plain(...(d.constants ?? [])),
    endpoint,
    imports: [...(input.read === null ? [] : ["flask:request"]), ...d.imports],
    tables: d.tables ?? [],
    assets: d.assets ?? {},
    templates: Object.fromEntries(templates),
    visible: checks.slice(0, 1),
    hidden: checks.slice(1),
    benign: checks.flatMap((c) => c.steps.map((s) => s.request)),
  };
}

const ANY: readonly InputKind[] = ["query", "query", "query", "form", "path"];
const PATH: readonly InputKind[] = ["path"];
const SENT: readonly InputKind[] = ["query", "query", "form"];

function tableFor(ctx: Ctx, shared: Shared): { table: Table; tables: Table[] } {
  if (shared.tables.length > 0 && ctx.rng.chance(0.4))
    return { table: ctx.rng.pick(shared.tables), tables: [] };
  const table = makeTable(ctx.rng, ctx.names, false);
  return { table, tables: [table] };
}

const answer = (ctx: Ctx, args: string): string[] => {
  const run = runQuery(ctx, args);
  return [...run.before.map((l) => l.text), `    rows = ${run.call}`, "    return jsonify(rows)"];
};

const parameterised: Make = (ctx, shared) => {
  const { table, tables } = tableFor(ctx, shared);
  const like = ctx.rng.chance(0.35);
  const text = `SELECT ${table.label}, ${table.amount} FROM ${table.name} WHERE ${table.key} ${like ? "LIKE" : "="} ?`;
  const rows = table.rows.filter((r) => !r.key.includes("/"));
  const percent = literal("%", ctx.quote);
  return block(ctx, ANY, (v) => ({
    body: answer(ctx, `${literal(text, ctx.quote)}, (${like ? `${percent} + ${v} + ${percent}` : v},)`),
    imports: ["flask:jsonify"],
    tables,
    cases: [rows[0]!, rows.at(-1)!, rows[2]!].map((r) => [r.key, r.label] as const),
  }));
};

/** The query is put together from a constant; the value is a parameter. */
const fixedTable: Make = (ctx, shared) => {
  const { table, tables } = tableFor(ctx, shared);
  const constant = `${ctx.names.noun().toUpperCase()}_TABLE`;
  const head = `SELECT ${table.label} FROM `;
  const style = ctx.rng.pick(STRING_STYLES);
  const text = buildString(style, [head, { value: constant }, ` WHERE ${table.key} = ?`], ctx.quote);
  const rows = table.rows.filter((r) => !r.key.includes("/"));
  return block(ctx, ANY, (v) => ({
    body: answer(ctx, `${text}, (${v},)`),
    constants: [`${constant} = ${literal(table.name, ctx.quote)}`],
    imports: ["flask:jsonify"],
    tables,
    cases: [rows[0]!, rows.at(-1)!].map((r) => [r.key, r.label] as const),
  }));
};

/** A number by the converter of the route, or by a cast, goes into the query. */
const castNumber: Make = (ctx, shared) => {
  const { table, tables } = tableFor(ctx, shared);
  const converter = ctx.rng.chance(0.5);
  const style = ctx.rng.pick(STRING_STYLES);
  const text = `SELECT ${table.label} FROM ${table.name} WHERE id = `;
  const needsText = style === "concat" || style === "join";
  const value = (v: string): string => {
    const number = converter ? v : `int(${v})`;
    return needsText ? `str(${number})` : number;
  };
  return block(ctx, converter ? PATH : SENT, (v) => ({
    body: answer(ctx, buildString(style, [text, { value: value(v) }], ctx.quote)),
    converter: converter ? "int" : "",
    imports: ["flask:jsonify"],
    tables,
    cases: [table.rows[1]!, table.rows[3]!].map((r) => [String(r.id), r.label] as const),
  }));
};

/** A sort order taken from a list of allowed columns. */
const allowedOrder: Make = (ctx, shared) => {
  const { table, tables } = tableFor(
    { ...ctx },
    { tables: shared.tables.filter((t) => t.hiddenId === null) },
  );
  const style = ctx.rng.pick(["concat", "percent", "format"] as const);
  const [a, b] = [literal(table.label, ctx.quote), literal(table.amount, ctx.quote)];
  const text = `SELECT ${table.label}, ${table.amount} FROM ${table.name} ORDER BY `;
  return block(ctx, SENT, (v) => {
    const parts: Part[] = [text, { value: `(${v} if ${v} in (${a}, ${b}) else ${a})` }];
    return {
      body: answer(ctx, buildString(style, parts, ctx.quote)),
      imports: ["flask:jsonify"],
      tables,
      cases: [table.label, table.amount].map((c) => [c, table.rows[0]!.label] as const),
    };
  });
};

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

const file = (
  ctx: Ctx,
  kinds: readonly InputKind[],
  body: (root: string, v: string) => string[],
  imports: readonly string[],
): Block => {
  const folder = makeFolder(ctx.rng, ctx.names);
  const assets = Object.fromEntries(
    Object.entries(folder.flat).map(([f, text]) => [`${folder.name}/${f}`, text]),
  );
  const constant = ctx.rng.chance(0.5) ? `${ctx.names.noun().toUpperCase()}_DIR` : null;
  const root = literal(folder.name, ctx.quote);
  return block(ctx, kinds, (v) => ({
    body: body(constant ?? root, v),
    constants: constant === null ? [] : [`${constant} = ${root}`],
    imports,
    assets,
    cases: Object.entries(folder.flat)
      .slice(0, 4)
      .map(([f, text]) => [f, text.trim()] as const),
  }));
};

const sendFromDirectory: Make = (ctx) =>
  file(ctx, ANY, (root, v) => [`    return send_from_directory(${root}, ${v})`], [
    "flask:send_from_directory",
  ]);

const baseName: Make = (ctx) => {
  const send = ctx.rng.chance(0.4);
  return file(
    ctx,
    SENT,
    (root, v) => {
      const path = `os.path.join(${root}, os.path.basename(${v}))`;
      return [send ? `    return send_file(${path})` : `    return open(${path}).read()`];
    },
    ["os", ...(send ? ["flask:send_file"] : [])],
  );
};

const safeJoin: Make = (ctx) =>
  file(ctx, SENT, (root, v) => [`    return send_file(safe_join(${root}, ${v}))`], [
    "flask:send_file",
    "safe_join",
  ]);

/** Keys of a fixed table of files. */
const fileTable: Make = (ctx) => {
  const { names, quote } = ctx;
  const folder = makeFolder(ctx.rng, names);
  const [a, b] = Object.entries(folder.flat) as [[string, string], [string, string]];
  const [ka, kb] = [names.noun(), names.noun()];
  const table = `${names.noun().toUpperCase()}_FILES`;
  const path = (f: string): string => literal(`${folder.name}/${f}`, quote);
  return block(ctx, ANY, (v) => ({
    body: [`    return open(${table}[${v}]).read()`],
    constants: [`${table} = {${literal(ka, quote)}: ${path(a[0])}, ${literal(kb, quote)}: ${path(b[0])}}`],
    imports: [],
    assets: { [`${folder.name}/${a[0]}`]: a[1], [`${folder.name}/${b[0]}`]: b[1] },
    cases: [
      [ka, a[1].trim()],
      [kb, b[1].trim()],
    ],
  }));
};

const BY_TYPE: Readonly<Record<WeaknessType, readonly Make[]>> = {
  sql_injection: [parameterised, parameterised, fixedTable, castNumber, allowedOrder],
  xss: [escapedPage, escapedPage, inlineTemplate, templateFile, plainText, numberPage],
  path_traversal: [sendFromDirectory, baseName, baseName, safeJoin, fileTable],
};
