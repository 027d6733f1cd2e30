/** SQL injection in ORDER BY, where parameters cannot help: an allow-list does. */
import { check, contains, EMPTY, makeEndpoint, runQuery, type Ctx, type VulnerableBlock } from "./blocks.ts";
import { makeInput, send } from "./inputs.ts";
import { insertAfter, marked, plain } from "./lines.ts";
import { orderExploits } from "./sql-exploits.ts";
import { buildString, type StringStyle } from "./strings.ts";
import { makeSecrets, makeTable, type Row, type Table } from "./tables.ts";

export function orderBlock(ctx: Ctx, style: StringStyle): VulnerableBlock {
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
  insertAfter(endpoint.entry, "either", [
    `${v} = "${columns[1]}" if ${v} == "${columns[1]}" else "${columns[0]}"`,
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
    alternatives: ["refuse", "mapping", "either"],
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

function orderGuards(v: string): Record<string, string[]> {
  return {
    "swallow-literal": [`if "1=1" in ${v}:`, '    return "blocked", 400'],
    "swallow-case": [`if "CASE" in ${v}:`, '    return "blocked", 400'],
    "strip-keywords": [`${v} = ${v}.replace("SELECT", "").replace("--", "")`],
    "length-limit": [`${v} = ${v}[:200]`],
  };
}
