/** SQL injection in a look-up: by text, by pattern, by number, in a helper, a module, a variable or a list. */
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
import { sqlExploits } from "./sql-exploits.ts";
import { makeQuery, quotedBySqlite, sink, sqlGuards, variableLines, type Hole } from "./sql-query.ts";
import type { StringStyle } from "./strings.ts";
import { makeSecrets, makeTable, type Row, type Table } from "./tables.ts";

export type LookupShape = "where" | "like" | "number" | "variable" | "helper" | "module" | "in" | "backslash";

/** Columns to show: the label first, so that every way of returning rows shows it. */
function columnsOf(ctx: Ctx, t: Table): string[] {
  return ctx.rng.pick([[t.label], [t.label], [t.label, t.amount], [t.label, t.key]]);
}

export function lookupBlock(ctx: Ctx, shape: LookupShape, style: StringStyle): VulnerableBlock {
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
    alternatives: ["named", ...(kind === "number" ? ["cast", "digits"] : ["doubled", "quoted"])],
    patchImports: { quoted: { app: ["sqlite3"] } },
    guards: sqlGuards(input.variable, kind),
    expected: first.label,
    secrets,
    outside: {},
  };
}

function lookupInput(ctx: Ctx, shape: LookupShape, table: Table): Input {
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
  entry.changes.set("quoted", { search: BACKSLASH, replace: `.replace("'", "' || char(39) || '")` });
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

function lookupLines(ctx: Ctx, shape: LookupShape, style: StringStyle, l: Lookup): Parts {
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
  if (kind === "number") {
    insertAfter(entry, "cast", [`${v} = str(int(${v}))`]);
    insertAfter(entry, "digits", [`if not ${v}.isdecimal():`, "    abort(404)"]);
  } else {
    insertAfter(entry, "doubled", [`${v} = ${v}.replace("'", "''")`]);
    insertAfter(entry, "quoted", [quotedBySqlite(v)]);
  }
}
