/** SQL injection shapes: where the query is built and what part of it the value is. */
import {
  check,
  contains,
  EMPTY,
  lacks,
  makeEndpoint,
  runQuery,
  status,
  type Ctx,
  type VulnerableBlock,
} from "./blocks.ts";
import { makeInput, send, type Input, type InputOptions } from "./inputs.ts";
import { insertAfter, line, marked, plain, type Line } from "./lines.ts";
import { orderExploits, sqlExploits } from "./sql-exploits.ts";
import { buildString, literal, mergeText, type Part, type StringStyle } from "./strings.ts";
import { makeSecrets, makeTable, type Row, type Table } from "./tables.ts";

export type SqlShape =
  | "where"
  | "like"
  | "number"
  | "login"
  | "order"
  | "variable"
  | "helper"
  | "module"
  | "in"
  | "backslash";

/** A query with its value(s) in place, and the same query with parameters. */
interface Query {
  readonly old: string;
  readonly fixed: string;
  readonly named: string;
  readonly args: string;
  readonly namedArgs: string;
}

export function sqlBlock(ctx: Ctx, shape: SqlShape, style: StringStyle): VulnerableBlock {
  if (shape === "order") return orderBlock(ctx, style);
  if (shape === "login") return loginBlock(ctx, style);
  return lookupBlock(ctx, shape, style);
}

type Hole = "quoted" | "like" | "number";

const hole = (kind: Hole, v: string): Part[] =>
  kind === "number"
    ? [{ value: v }]
    : kind === "like"
      ? ["'%", { value: v }, "%'"]
      : ["'", { value: v }, "'"];
const argument = (ctx: Ctx, kind: Hole, v: string): string =>
  kind === "like" ? `${literal("%", ctx.quote)} + ${v} + ${literal("%", ctx.quote)}` : v;

/** `SELECT ... WHERE a = <v> AND ...` in one style; `names` are the variables in order. */
function makeQuery(
  ctx: Ctx,
  style: StringStyle,
  texts: readonly string[],
  kind: Hole,
  names: readonly string[],
): Query {
  const build = (slot: (v: string, i: number) => Part[]): string =>
    buildString(
      style,
      mergeText([...names.flatMap((v, i) => [texts[i]!, ...slot(v, i)]), ...texts.slice(names.length)]),
      '"',
    );
  const args = names.map((v) => argument(ctx, kind, v));
  const keys = names.length === 1 ? ["value"] : names.map((_, i) => `value${i + 1}`);
  return {
    old: build((v) => hole(kind, v)),
    fixed: build(() => ["?"]),
    named: build((_, i) => [`:${keys[i]}`]),
    args: args.length === 1 ? `(${args[0]},)` : `(${args.join(", ")})`,
    namedArgs: `{${args.map((a, i) => `${literal(keys[i]!, ctx.quote)}: ${a}`).join(", ")}}`,
  };
}

/** A line that holds the query and runs it. */
const sink = (q: Query, wrap: (args: string) => string): Line =>
  marked(wrap(q.old), {
    reference: wrap(`${q.fixed}, ${q.args}`),
    named: wrap(`${q.named}, ${q.namedArgs}`),
  });

/** Columns to show: the label first, so that every way of returning rows shows it. */
function columnsOf(ctx: Ctx, t: Table): string[] {
  return ctx.rng.pick([[t.label], [t.label], [t.label, t.amount], [t.label, t.key]]);
}

function lookupBlock(
  ctx: Ctx,
  shape: Exclude<SqlShape, "order" | "login">,
  style: StringStyle,
): VulnerableBlock {
  const { rng, names } = ctx;
  const table = makeTable(rng, names, true);
  const secrets = makeSecrets(rng, names);
  const kind: Hole = shape === "like" ? "like" : shape === "number" ? "number" : "quoted";
  const route = `/${rng.chance(0.5) ? table.name : names.plural()}`;
  const func = `${names.verb()}_${rng.chance(0.6) ? table.name : names.noun()}`;
  const columns = shape === "in" ? [table.label] : columnsOf(ctx, table);
  const input = lookupInput(ctx, shape, table);
  const field = kind === "number" ? "id" : table.key;
  const relation = kind === "like" ? "LIKE" : "=";
  const extra = rng.chance(0.15) ? `${table.amount} > 0 AND ` : "";
  const text = `SELECT ${columns.join(", ")} FROM ${table.name} WHERE ${extra}${field} ${relation} `;
  const parts = lookupLines(ctx, shape, style, { text, kind, input, table, field, func });
  const endpoint = makeEndpoint(ctx, { route, func, inputs: [input], body: parts.body });
  if (shape === "backslash") backslashPatches(endpoint.entry);
  else addAlternatives(endpoint.entry, kind, input.variable);
  const request = (value: string) => send(route, [[input, value]]);
  const keyOf = (row: Row): string => (kind === "number" ? String(row.id) : row.key);
  const usable = table.rows.filter((r) => input.kind !== "path" || !keyOf(r).includes("/"));
  const [first, second, third] = usable as [Row, Row, Row];
  const find = (row: Row) => check(`finds ${row.key}`, request(keyOf(row)), contains(row.label));
  const attack = sqlExploits({
    context: kind,
    table,
    secrets,
    columns: columns.length,
    hit: keyOf(second),
    hitText: second.label,
    tail: parts.tail,
    oneQuote: shape === "backslash",
    noComma: shape === "in",
    ...(shape === "in" ? { close: "')" } : {}),
    hitId: second.id,
    canSlash: input.kind !== "path",
    request,
  });
  const missing = kind === "number" ? "999" : "nobody at all";
  return {
    ...EMPTY,
    ...attack,
    route,
    func,
    inputs: [input],
    helpers: parts.helpers,
    ...(parts.module === undefined ? {} : { module: parts.module }),
    endpoint,
    imports: ["flask:jsonify", "flask:request", ...parts.imports],
    tables: [table],
    visible: [find(first)],
    hidden: [
      ...usable.slice(1).map(find),
      check("finds nothing", request(missing), status(200, 404), lacks(first.label), lacks(second.label)),
    ],
    benign: [first, second, third].map((r) => request(keyOf(r))),
    alternatives: ["named", kind === "number" ? "cast" : "doubled"],
    patchImports: {},
    guards: sqlGuards(input.variable, kind),
    expected: first.label,
    secrets,
    outside: {},
  };
}

function lookupInput(ctx: Ctx, shape: SqlShape, table: Table): Input {
  const { rng, names, quote } = ctx;
  const param = shape !== "number" && rng.chance(0.4) ? table.key : names.noun(8);
  const options: InputOptions = shape === "in" || shape === "backslash" ? { kinds: ["query", "form"] } : {};
  const input = makeInput(rng, param, () => names.noun(8), quote, options);
  if (shape !== "backslash") return input;
  return { ...input, read: input.read + BACKSLASH };
}

/** An escape that means nothing to SQLite. */
const BACKSLASH = `.replace("'", "\\\\'")`;

function backslashPatches(entry: Line): void {
  entry.changes.set("reference", { search: BACKSLASH, replace: "" });
  entry.changes.set("named", { search: BACKSLASH, replace: "" });
  entry.changes.set("doubled", { search: BACKSLASH, replace: `.replace("'", "''")` });
}

interface Parts {
  readonly body: Line[];
  readonly helpers: Line[][];
  readonly module?: VulnerableBlock["module"] & {};
  readonly imports: string[];
  /** More of the query follows the value. */
  readonly tail: boolean;
}

interface Lookup {
  readonly text: string;
  readonly kind: Hole;
  readonly input: Input;
  readonly table: Table;
  readonly field: string;
  readonly func: string;
}

function lookupLines(ctx: Ctx, shape: SqlShape, style: StringStyle, l: Lookup): Parts {
  const { rng, names } = ctx;
  const v = l.input.variable;
  const result = rng.pick(["rows", "rows", "found", "result"]);
  const answer = answerLines(ctx, result, l.kind);
  const base = { helpers: [], imports: answer.imports, tail: false };
  if (shape === "in") return { ...base, body: [...inLines(ctx, l, result), ...answer.lines], tail: true };
  if (shape === "helper" || shape === "module") {
    const helper = `${names.verb()}_${names.noun()}`;
    const value = rng.chance(0.5) ? v : names.noun(8);
    const query = makeQuery(ctx, style, [l.text], l.kind, [value]);
    const own: Ctx = shape === "module" ? { ...ctx, db: "inline" } : ctx;
    const run = runQuery(own, "@");
    const lines = [
      line(`def ${helper}(${value}):`),
      ...run.before,
      sink(query, (args) => `    return ${run.call.replace("@", () => args)}`),
    ];
    const body = [...plain(`    ${result} = ${helper}(${v})`), ...answer.lines];
    if (shape === "helper") return { ...base, body, helpers: [lines], tail: false };
    const name = rng.pick(["store", "db", "queries", "models"]);
    return { ...base, body, module: { name, imports: ["sqlite3"], exports: [helper], constants: [], lines } };
  }
  const query = makeQuery(ctx, style, [l.text], l.kind, [v]);
  if (shape !== "variable") {
    const run = runQuery(ctx, "@");
    return {
      ...base,
      body: [
        ...run.before,
        sink(query, (args) => `    ${result} = ${run.call.replace("@", () => args)}`),
        ...answer.lines,
      ],
    };
  }
  return { ...base, body: [...variableLines(ctx, query, result), ...answer.lines] };
}

/** The query in a variable, run on another line. */
function variableLines(ctx: Ctx, q: Query, result: string): Line[] {
  const name = ctx.rng.pick(["sql", "query", "statement"]);
  const run = runQuery(ctx, "@");
  const call = (args: string): string => `    ${result} = ${run.call.replace("@", () => args)}`;
  return [
    marked(`    ${name} = ${q.old}`, {
      reference: `    ${name} = ${q.fixed}`,
      named: `    ${name} = ${q.named}`,
    }),
    ...run.before,
    marked(call(name), { reference: call(`${name}, ${q.args}`), named: call(`${name}, ${q.namedArgs}`) }),
  ];
}

/** A list of quoted values joined into IN (...). */
function inLines(ctx: Ctx, l: Lookup, result: string): Line[] {
  const list = ctx.names.noun();
  const run = runQuery(ctx, "@");
  const call = (args: string): string => `    ${result} = ${run.call.replace("@", () => args)}`;
  const head = l.text.replace(/= $/, "IN (");
  const marks = `",".join("?" * len(${list}))`;
  const fixed = `"${head}" + ${marks} + ")", ${list}`;
  return [
    line(`    ${list} = ${l.input.variable}.split(",")`),
    ...run.before,
    marked(call(`"${head}'" + "','".join(${list}) + "')"`), {
      reference: call(fixed),
      named: call(`"${head}%s)" % ${marks}, ${list}`),
    }),
  ];
}

function answerLines(ctx: Ctx, result: string, kind: Hole): { lines: Line[]; imports: string[] } {
  const { rng } = ctx;
  if (kind === "number")
    return {
      lines: plain(`    if not ${result}:`, "        abort(404)", `    return jsonify(${result}[0])`),
      imports: ["flask:abort"],
    };
  const texts = rng.pick([
    [`    return jsonify(${result})`],
    [`    return jsonify(${result})`],
    [`    return jsonify([row[0] for row in ${result}])`],
    [`    return jsonify(count=len(${result}), items=${result})`],
  ]);
  return { lines: plain(...texts), imports: [] };
}

function addAlternatives(entry: Line, kind: Hole, v: string): void {
  if (kind === "number") insertAfter(entry, "cast", [`${v} = str(int(${v}))`]);
  else insertAfter(entry, "doubled", [`${v} = ${v}.replace("'", "''")`]);
}

function loginBlock(ctx: Ctx, style: StringStyle): VulnerableBlock {
  const { rng, names, quote } = ctx;
  const table = makeTable(rng, names, true, 6);
  const secrets = makeSecrets(rng, names);
  const route = `/${names.noun()}`;
  const func = names.verb();
  const kinds = rng.chance(0.8) ? (["form"] as const) : (["query"] as const);
  const make = (column: string): Input =>
    makeInput(rng, rng.chance(0.5) ? column : names.noun(6), () => names.noun(6), quote, { kinds });
  const user = make(table.key);
  const pass = make(table.label);
  const start = `SELECT ${table.key} FROM ${table.name} WHERE ${table.key} = `;
  const query = makeQuery(ctx, style, [start, ` AND ${table.label} = `], "quoted", [
    user.variable,
    pass.variable,
  ]);
  const body = [
    ...variableLines(ctx, query, "rows"),
    ...plain("    if not rows:", "        abort(401)", "    return jsonify(rows[0])"),
  ];
  const endpoint = makeEndpoint(ctx, { route, func, inputs: [user, pass], body });
  insertAfter(
    endpoint.entry,
    "doubled",
    [user, pass].map((i) => `${i.variable} = ${i.variable}.replace("'", "''")`),
  );
  const request = (u: string, p: string) =>
    send(route, [
      [user, u],
      [pass, p],
    ]);
  // Keys are compared as JSON shows them, labels go into a quoted string.
  const people = table.rows.filter((r) => !r.label.includes("'") && /^[\w ;-]+$/.test(r.key));
  const [first, second, third] = people as [Row, Row, Row];
  const shown = (r: Row): string => JSON.stringify([r.key]);
  const enter = (r: Row) => check(`lets ${r.key} in`, request(r.key, r.label), contains(shown(r)));
  const target = {
    context: "quoted",
    table,
    secrets,
    columns: 1,
    tail: true,
    canSlash: true,
    hitId: second.id,
  } as const;
  const byUser = sqlExploits({
    ...target,
    hit: second.key,
    hitText: shown(second),
    request: (p) => request(p, "x"),
  });
  const byPass = sqlExploits({
    ...target,
    tail: false,
    hit: second.label,
    hitText: shown(second),
    request: (p) => request(second.key, p),
  });
  return {
    ...EMPTY,
    route,
    func,
    inputs: [user, pass],
    endpoint,
    imports: ["flask:jsonify", "flask:request", "flask:abort"],
    tables: [table],
    visible: [enter(first)],
    hidden: [
      ...people.slice(1).map(enter),
      check("refuses a wrong password", request(first.key, "wrong"), status(401)),
      check("refuses an unknown user", request("Select union", first.label), status(401)),
    ],
    benign: [request(first.key, first.label), request(third.key, third.label), request(first.key, "wrong")],
    exploits: byUser.exploits,
    variants: [...byUser.variants, ...byPass.exploits, ...byPass.variants.slice(0, 3)],
    alternatives: ["named", "doubled"],
    patchImports: {},
    guards: sqlGuards(user.variable, "quoted"),
    expected: shown(first),
    secrets,
    outside: {},
  };
}

function orderBlock(ctx: Ctx, style: StringStyle): VulnerableBlock {
  const { rng, names, quote } = ctx;
  const table = makeTable(rng, names, false);
  const secrets = makeSecrets(rng, names);
  const route = `/${rng.chance(0.5) ? table.name : names.plural()}`;
  const func = `${names.verb()}_${table.name}`;
  const columns = [table.label, table.amount];
  const input = makeInput(rng, names.noun(), () => names.noun(), quote, {
    kinds: ["query", "query", "form"],
    fallback: table.label,
  });
  const v = input.variable;
  const text = `SELECT ${columns.join(", ")} FROM ${table.name} ORDER BY `;
  const build = (value: string): string => buildString(style, [text, { value }], quote);
  // Inside an f-string the other quote has to be used.
  const inner = style === "fstring" && quote === '"' ? "'" : style === "fstring" ? '"' : quote;
  const [a, b] = columns.map((c) => inner + c + inner) as [string, string];
  const run = runQuery(ctx, "@");
  const call = (args: string): string => `    rows = ${run.call.replace("@", () => args)}`;
  const body = [
    ...run.before,
    marked(call(build(v)), { reference: call(build(`(${v} if ${v} in (${a}, ${b}) else ${a})`)) }),
    ...plain("    return jsonify(rows)"),
  ];
  const endpoint = makeEndpoint(ctx, { route, func, inputs: [input], body });
  insertAfter(endpoint.entry, "refuse", [
    `if ${v} not in ("${columns[0]}", "${columns[1]}"):`,
    '    return "unknown", 400',
  ]);
  insertAfter(endpoint.entry, "mapping", [
    `${v} = {"${columns[0]}": "${columns[0]}", "${columns[1]}": "${columns[1]}"}.get(${v}, "${columns[0]}")`,
  ]);
  const request = (value: string) => send(route, [[input, value]]);
  const sorted = (value: string) =>
    check(`sorts by ${value}`, request(value), contains(table.rows[0]!.label));
  return {
    ...EMPTY,
    ...orderExploits(columns[0]!, columns[1]!, table, secrets, request),
    route,
    func,
    inputs: [input],
    endpoint,
    imports: ["flask:jsonify", "flask:request"],
    tables: [table],
    visible: [sorted(columns[0]!)],
    hidden: [
      sorted(columns[1]!),
      {
        name: "orders differ",
        steps: [
          { request: request(columns[0]!), capture: "first", expect: [contains(table.rows[1]!.label)] },
          {
            request: request(columns[1]!),
            expect: [contains(table.rows[2]!.label), { kind: "differs", capture: "first" }],
          },
        ],
      },
      sortedExactly(table, request(columns[1]!)),
    ],
    benign: columns.map(request),
    alternatives: ["refuse", "mapping"],
    patchImports: {},
    guards: orderGuards(v),
    expected: table.rows[0]!.label,
    secrets,
    outside: {},
  };
}

/** The two smallest amounts follow one another. */
function sortedExactly(table: Table, request: ReturnType<typeof send>) {
  const [a, b] = [...table.rows].sort((x, y) => x.amount - y.amount) as [Row, Row];
  return check(
    "sorts by number",
    request,
    contains(`${JSON.stringify([a.label, a.amount])},${JSON.stringify([b.label, b.amount])}`),
  );
}

function sqlGuards(v: string, kind: Hole): Record<string, string[]> {
  const literalUsed = kind === "number" ? "0 OR id" : "' OR id";
  return {
    "swallow-literal": [`if "${literalUsed}" in ${v}:`, '    return "blocked", 400'],
    "swallow-union": [`if "UNION SELECT" in ${v} or " OR " in ${v}:`, '    return "blocked", 400'],
    "strip-keywords": [`${v} = ${v}.replace("UNION", "").replace(" OR ", " ")`],
    "length-limit": [`${v} = ${v}[:120]`],
  };
}

function orderGuards(v: string): Record<string, string[]> {
  return {
    "swallow-literal": [`if "1=1" in ${v}:`, '    return "blocked", 400'],
    "swallow-case": [`if "CASE" in ${v}:`, '    return "blocked", 400'],
    "strip-keywords": [`${v} = ${v}.replace("SELECT", "").replace("--", "")`],
    "length-limit": [`${v} = ${v}[:200]`],
  };
}
