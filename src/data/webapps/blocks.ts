/** The parts an application is put together from: endpoints with their helpers, data and checks. */
import type { Check, Expectation, Exploit, Request } from "../../core/index.ts";
import type { Rng } from "../../util/rng.ts";
import type { Input } from "./inputs.ts";
import { line, plain, type Line } from "./lines.ts";
import type { Names } from "./names.ts";
import { literal, type Quote } from "./strings.ts";
import type { Secrets, Table } from "./tables.ts";

/** Where a query runs: on a connection made in place, by `get_db()`, or in a helper that returns all rows. */
export type DbStyle = "inline" | "getdb" | "query";

/** Choices that hold for a whole application. */
export interface Ctx {
  readonly rng: Rng;
  readonly names: Names;
  readonly quote: Quote;
  readonly db: DbStyle;
  /** Name of the helper that runs a query, for the db style `query`. */
  readonly queryName: string;
  readonly shortRoutes: boolean;
  readonly blankLines: number;
  /** Library that applications import `escape` from; text + Markup escapes the text, hence the choice. */
  readonly escapeFrom: "html" | "markupsafe";
}

export interface SourceModule {
  /** Module name; the file is `<name>.py`. */
  readonly name: string;
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  readonly constants: readonly Line[];
  readonly lines: readonly Line[];
}

export interface Block {
  readonly route: string;
  readonly func: string;
  readonly inputs: readonly Input[];
  readonly constants: readonly Line[];
  readonly helpers: readonly (readonly Line[])[];
  readonly endpoint: Endpoint;
  readonly module?: SourceModule;
  readonly templates: Readonly<Record<string, readonly Line[]>>;
  /** Keys of the import table in app.ts. */
  readonly imports: readonly string[];
  readonly tables: readonly Table[];
  readonly assets: Readonly<Record<string, string>>;
  readonly visible: readonly Check[];
  readonly hidden: readonly Check[];
  readonly benign: readonly Request[];
}

/** The block with the weakness, and everything that proves it. */
export interface VulnerableBlock extends Block {
  readonly exploits: readonly Exploit[];
  readonly variants: readonly Exploit[];
  readonly alternatives: readonly string[];
  /** Import keys that a patch needs, in app.py and in the block's module. */
  readonly patchImports: Readonly<Record<string, { app?: readonly string[]; module?: readonly string[] }>>;
  /** Statements that a cheating patch puts behind the entry line, by name of the cheat. */
  readonly guards: Readonly<Record<string, readonly string[]>>;
  /** What the visible check expects, for the cheat that answers it as a constant. */
  readonly expected: string;
  readonly secrets?: Secrets;
  readonly outside: Readonly<Record<string, string>>;
}

export interface Endpoint {
  readonly lines: readonly Line[];
  readonly decorator: Line;
  readonly def: Line;
  /** The last line before the value is used: guards go behind it. */
  readonly entry: Line;
}

export interface EndpointSpec {
  readonly route: string;
  readonly func: string;
  readonly inputs: readonly Input[];
  /** Converter of a path parameter, "" for a string. */
  readonly converter?: string;
  readonly body: readonly Line[];
}

export function makeEndpoint(ctx: Ctx, spec: EndpointSpec): Endpoint {
  const path = spec.inputs.filter((i) => i.kind === "path");
  const colon = spec.converter === undefined || spec.converter === "" ? "" : `${spec.converter}:`;
  const rule = literal(spec.route + path.map((i) => `/<${colon}${i.variable}>`).join(""), ctx.quote);
  const post = spec.inputs.some((i) => i.kind === "form");
  const method = literal("POST", ctx.quote);
  const text = ctx.shortRoutes
    ? `@app.${post ? "post" : "get"}(${rule})`
    : `@app.route(${rule}${post ? `, methods=[${method}]` : ""})`;
  const decorator = line(text);
  const def = line(`def ${spec.func}(${path.map((i) => i.variable).join(", ")}):`);
  const reads = spec.inputs.flatMap((i) => (i.read === null ? [] : [line(`    ${i.read}`)]));
  return { lines: [decorator, def, ...reads, ...spec.body], decorator, def, entry: reads.at(-1) ?? def };
}

/** Lines that run a query given the text of its arguments, and the name that then holds the rows. */
export function runQuery(ctx: Ctx, args: string): { before: Line[]; call: string } {
  if (ctx.db === "inline")
    return {
      before: plain(`    conn = sqlite3.connect(${literal("app.db", ctx.quote)})`),
      call: `conn.execute(${args}).fetchall()`,
    };
  if (ctx.db === "getdb") return { before: [], call: `get_db().execute(${args}).fetchall()` };
  return { before: [], call: `${ctx.queryName}(${args})` };
}

/** Module-level helper that the db style needs. */
export function dbHelper(ctx: Ctx): Line[] {
  const connect = `sqlite3.connect(${literal("app.db", ctx.quote)})`;
  if (ctx.db === "getdb") return plain("def get_db():", `    return ${connect}`);
  if (ctx.db === "query")
    return plain(
      `def ${ctx.queryName}(sql, args=()):`,
      `    return ${connect}.execute(sql, args).fetchall()`,
    );
  return [];
}

export const check = (name: string, request: Request, ...expect: Expectation[]): Check => ({
  name,
  steps: [{ request, expect }],
});
export const contains = (text: string): Expectation => ({ kind: "contains", text });
export const lacks = (text: string): Expectation => ({ kind: "not-contains", text });
export const status = (...codes: number[]): Expectation => ({ kind: "status", in: codes });

export const EMPTY = {
  constants: [],
  helpers: [],
  templates: {},
  imports: [],
  tables: [],
  assets: {},
} as const;
