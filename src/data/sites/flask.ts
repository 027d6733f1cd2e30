/** Writes a site in Python with Flask. */
import { distinct, indented, sections, unmarked, withLogic, type Style, type Written } from "./layout.ts";
import { FLASK, written } from "./ops.ts";
import type { Part, Route } from "./part.ts";

const FLASK_NAMES = ["Response", "jsonify", "redirect", "render_template_string", "request"];

export function writeFlask(parts: readonly Part[], style: Style): Written {
  const { layout, entry, prelude = "" } = style;
  const single = layout === "single";
  const split = layout === "split";
  const owner = split ? "pages" : "app";
  const files: Record<string, string> = {};
  if (!single)
    for (const part of withLogic(parts))
      files[`${part.module}.py`] = sections(2, imports(part.imports, part.logic, [], []), part.logic);
  const own = single
    ? []
    : withLogic(parts).map(({ module, exports }) => `from ${module} import ${distinct(exports).join(", ")}`);
  const routes = parts.flatMap((part) => part.routes.map((route) => handler(route, owner)));
  const logic = single ? withLogic(parts).map((part) => part.logic) : [];
  const needed = parts.flatMap((part) => [...part.routeImports, ...(single ? part.imports : [])]);
  const code = [...logic, ...routes].join("\n");
  const about = style.described ? `"""${style.title}."""\n\n` : "";
  const create = withPrelude("app = Flask(__name__)", prelude);
  if (split) {
    files[`${style.handlers}.py`] =
      imports(needed, code, ["Blueprint"], own) +
      `\n\n${sections(2, 'pages = Blueprint("pages", __name__)', ...routes)}`;
    files[`${entry}.py`] =
      `${about}from flask import Flask\n\nfrom ${style.handlers} import pages\n\n${create}\n` +
      "app.register_blueprint(pages)\n";
  } else {
    files[`${entry}.py`] =
      `${about}${imports(needed, code, ["Flask"], own)}\n\n${sections(2, create, ...logic, ...routes)}`;
  }
  return unmarked(`${entry}.py`, files);
}

const withPrelude = (create: string, prelude: string): string =>
  prelude === "" ? create : `${create}\n${prelude}`;

function handler({ method, path, name, body }: Route, owner: string): string {
  const decorator = `@${owner}.${method.toLowerCase()}("${path}")`;
  return `${decorator}\ndef ${name}():\n${indented(written(body, FLASK), "    ")}`;
}

/** Import lines in three groups: the standard library, Flask and other packages, the site's own modules. */
function imports(
  needed: readonly string[],
  code: string,
  always: readonly string[],
  own: readonly string[],
): string {
  const used = FLASK_NAMES.filter((name) => new RegExp(`(?<![.\\w"])${name}\\b`).test(code));
  const names = [...always, ...used].toSorted();
  const all = merged(needed);
  const packages = all.filter((line) => /^(from|import) (werkzeug|markupsafe|yaml)/.test(line));
  const standard = all
    .filter((line) => !packages.includes(line))
    .toSorted((a, b) => Number(a.startsWith("from")) - Number(b.startsWith("from")) || (a < b ? -1 : 1));
  const flask = names.length === 0 ? [] : [`from flask import ${names.join(", ")}`];
  return [standard, [...flask, ...packages], own]
    .filter((group) => group.length > 0)
    .map((group) => group.join("\n"))
    .join("\n\n");
}

/** One statement for each module that names are taken from. */
function merged(statements: readonly string[]): string[] {
  const names = new Map<string, string[]>();
  for (const statement of statements) {
    const [, from, taken] = /^(from \S+) import (.*)$/.exec(statement) ?? [];
    if (from === undefined) names.set(statement, []);
    else names.set(from, distinct([...(names.get(from) ?? []), ...taken!.split(", ")]).toSorted());
  }
  return [...names].map(([from, taken]) =>
    taken.length === 0 ? from : `${from} import ${taken.join(", ")}`,
  );
}
