/** SQL injection in a login: two conditions, either value can carry the attack. */
import { check, contains, EMPTY, makeEndpoint, status, type Ctx, type VulnerableBlock } from "./blocks.ts";
import { makeInput, send, type Input } from "./inputs.ts";
import { insertAfter, plain } from "./lines.ts";
import { sqlExploits } from "./sql-exploits.ts";
import { makeQuery, quotedBySqlite, sqlGuards, variableLines } from "./sql-query.ts";
import type { StringStyle } from "./strings.ts";
import { makeSecrets, makeTable, type Row } from "./tables.ts";

export function loginBlock(ctx: Ctx, style: StringStyle): VulnerableBlock {
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
  insertAfter(
    endpoint.entry,
    "quoted",
    [user, pass].map((i) => quotedBySqlite(i.variable)),
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
    alternatives: ["named", "doubled", "quoted"],
    patchImports: { quoted: { app: ["sqlite3"] } },
    guards: sqlGuards(user.variable, "quoted"),
    expected: shown(first),
    secrets,
    outside: {},
  };
}
