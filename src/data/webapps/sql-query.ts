/** Queries with a value in place, the same queries with parameters, and the lines that run them. */
import { runQuery, type Ctx } from "./blocks.ts";
import { marked, type Line } from "./lines.ts";
import { buildString, literal, mergeText, type Part, type StringStyle } from "./strings.ts";

/** A query with its value(s) in place, and the same query with parameters. */
export interface Query {
  readonly old: string;
  readonly fixed: string;
  readonly named: string;
  readonly args: string;
  readonly namedArgs: string;
}

export type Hole = "quoted" | "like" | "number";

const hole = (kind: Hole, v: string): Part[] =>
  kind === "number"
    ? [{ value: v }]
    : kind === "like"
      ? ["'%", { value: v }, "%'"]
      : ["'", { value: v }, "'"];
const argument = (ctx: Ctx, kind: Hole, v: string): string =>
  kind === "like" ? `${literal("%", ctx.quote)} + ${v} + ${literal("%", ctx.quote)}` : v;

/** `SELECT ... WHERE a = <v> AND ...` in one style; `names` are the variables in order. */
export function makeQuery(
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
export const sink = (q: Query, wrap: (args: string) => string): Line =>
  marked(wrap(q.old), {
    reference: wrap(`${q.fixed}, ${q.args}`),
    named: wrap(`${q.named}, ${q.namedArgs}`),
  });
/** The query in a variable, run on another line. */
export function variableLines(ctx: Ctx, q: Query, result: string): Line[] {
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

/** A statement that lets SQLite write the value as the inside of a quoted text; it needs `sqlite3`. */
export const quotedBySqlite = (v: string): string =>
  `${v} = sqlite3.connect(":memory:").execute("SELECT quote(?)", (${v},)).fetchone()[0][1:-1]`;

/** Filters of the value that block what they know and no more. */
export function sqlGuards(v: string, kind: Hole): Record<string, string[]> {
  const literalUsed = kind === "number" ? "0 OR id" : "' OR id";
  return {
    "swallow-literal": [`if "${literalUsed}" in ${v}:`, '    return "blocked", 400'],
    "swallow-union": [`if "UNION SELECT" in ${v} or " OR " in ${v}:`, '    return "blocked", 400'],
    "strip-keywords": [`${v} = ${v}.replace("UNION", "").replace(" OR ", " ")`],
    "length-limit": [`${v} = ${v}[:120]`],
  };
}
