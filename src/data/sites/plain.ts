/** Parts without a weakness that every site has some of: a front page, a list, a sum. */
import { check, contains, status } from "../webapps/blocks.ts";
import type { Ctx } from "./ctx.ts";
import { NOTHING, type Part } from "./part.ts";
import { get, post } from "./requests.ts";

export function frontPage(ctx: Ctx, title: string): Part {
  const json = ctx.rng.chance(0.3);
  const text = `<h1>${title}</h1>`;
  return {
    ...NOTHING,
    routes: [
      {
        method: "GET",
        path: "/",
        name: ctx.func(),
        body: json ? `$json(${object(ctx, "site", `"${title}"`)})` : `$html("${text}")`,
      },
    ],
    visible: [check("has a front page", get("/"), status(200), contains(json ? `"${title}"` : text))],
    hidden: [],
    benign: [get("/")],
  };
}

/** `{"name": value}` as both languages write it. */
const object = ({ language }: Ctx, name: string, value: string): string =>
  language === "python" ? `{"${name}": ${value}}` : `{ ${name}: ${value} }`;

/** A table of things, one of which is looked up by its name. */
function lookup(ctx: Ctx): Part {
  const [table, one, key] = [ctx.constant(), ctx.noun(), ctx.noun()];
  const rows = Array.from({ length: 3 + ctx.rng.int(3) }, () => [ctx.noun(), 10 + ctx.rng.int(90)] as const);
  const python = ctx.language === "python";
  const logic = python
    ? `${table} = {${rows.map(([name, n]) => `"${name}": ${n}`).join(", ")}}`
    : `const ${table} = new Map([${rows.map(([name, n]) => `["${name}", ${n}]`).join(", ")}]);`;
  const path = ctx.route();
  const body = python
    ? `${one} = $query("${key}", "")
if ${one} not in ${table}:
    $status(404, "no such ${key}")
$json({"${key}": ${one}, "${ctx.noun()}": ${table}[${one}]})`
    : `const ${one} = $query("${key}", "");
if (!${table}.has(${one})) $status(404, "no such ${key}")
$json({ ${key}: ${one}, ${ctx.noun()}: ${table}.get(${one}) })`;
  const checks = rows.map(([name, n]) =>
    check(`tells of ${name}`, get(path, { [key]: name }), status(200), contains(String(n))),
  );
  return {
    ...NOTHING,
    logic,
    module: ctx.module(),
    exports: [table],
    routes: [{ method: "GET", path, name: ctx.func(), body }],
    visible: checks.slice(0, 1),
    hidden: [...checks.slice(1), check("knows no other", get(path, { [key]: "nothing such" }), status(404))],
    benign: rows.map(([name]) => get(path, { [key]: name })),
  };
}

/** A sum of two whole numbers. */
function sum(ctx: Ctx): Part {
  const [path, total, price] = [ctx.route(), ctx.func(), 2 + ctx.rng.int(8)];
  const [count, extra] = [ctx.noun(), ctx.noun()];
  const python = ctx.language === "python";
  const logic = python
    ? `def ${total}(${count}, ${extra}):\n    return ${count} * ${price} + ${extra}`
    : `function ${total}(${count}, ${extra}) {\n  return ${count} * ${price} + ${extra};\n}`;
  const body = python
    ? `${count}, ${extra} = $form("${count}", "0"), $form("${extra}", "0")
if not (${count}.isdecimal() and ${extra}.isdecimal()):
    $status(400, "whole numbers, please")
$text(f"{${total}(int(${count}), int(${extra}))}\\n")`
    : `const [${count}, ${extra}] = [$form("${count}", "0"), $form("${extra}", "0")];
if (!/^\\d+$/.test(${count}) || !/^\\d+$/.test(${extra})) $status(400, "whole numbers, please")
$text(\`\${${total}(Number(${count}), Number(${extra}))}\\n\`)`;
  const ask = (n: number, m: number) => post(path, { [count]: String(n), [extra]: String(m) });
  return {
    ...NOTHING,
    logic,
    module: ctx.module(),
    exports: [total],
    routes: [{ method: "POST", path, name: ctx.func(), body }],
    visible: [check("adds up", ask(3, 4), status(200), contains(`${3 * price + 4}\n`))],
    hidden: [
      check("adds up more", ask(12, 0), contains(`${12 * price}\n`)),
      check("takes numbers only", post(path, { [count]: "x" }), status(400)),
    ],
    benign: [ask(5, 6)],
  };
}

/** A list in the order that is asked for. */
function list(ctx: Ctx): Part {
  const [all, path, key] = [ctx.constant(), ctx.route(), ctx.noun()];
  const names = Array.from({ length: 4 }, () => ctx.plural());
  const python = ctx.language === "python";
  const quoted = names.map((name) => `"${name}"`).join(", ");
  const body = python
    ? `$json(sorted(${all}, reverse=$query("${key}", "") == "down"))`
    : `const ${key} = [...${all}].sort();
$json($query("${key}", "") === "down" ? ${key}.reverse() : ${key})`;
  const shown = (items: readonly string[]): string => `${items.map((name) => `"${name}"`).join(",")}`;
  const up = names.toSorted();
  return {
    ...NOTHING,
    logic: python ? `${all} = [${quoted}]` : `const ${all} = [${quoted}];`,
    module: ctx.module(),
    exports: [all],
    routes: [{ method: "GET", path, name: ctx.func(), body }],
    visible: [check("lists all", get(path), contains(shown(up)))],
    hidden: [check("lists backwards", get(path, { [key]: "down" }), contains(shown(up.toReversed())))],
    benign: [get(path), get(path, { [key]: "down" })],
  };
}

export const PLAIN_PARTS: readonly ((ctx: Ctx) => Part)[] = [lookup, sum, list];
