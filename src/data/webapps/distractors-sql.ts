/** Queries that are safe: parameters, fixed tables, numbers, allowed columns. */
import { runQuery, type Ctx } from "./blocks.ts";
import { ANY, block, PATH, SENT, type Make, type Shared } from "./distractor-block.ts";
import { buildString, literal, STRING_STYLES, type Part } from "./strings.ts";
import { makeTable, type Table } from "./tables.ts";

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

export const SAFE_SQL: readonly Make[] = [parameterised, parameterised, fixedTable, castNumber, allowedOrder];
