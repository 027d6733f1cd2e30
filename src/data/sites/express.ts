/** Writes a site in JavaScript with Express. */
import { indented, sections, unmarked, type Style, type Written } from "./layout.ts";
import { modulesOf, needsOf, requires } from "./javascript.ts";
import { EXPRESS, written } from "./ops.ts";
import type { Part, Route } from "./part.ts";

export function writeExpress(parts: readonly Part[], style: Style): Written {
  const { layout, entry, prelude = "" } = style;
  const split = layout === "split";
  const files = modulesOf(parts, layout);
  const { logic, needed, own } = needsOf(parts, layout);
  const owner = split ? "router" : "app";
  const routes = parts.flatMap((part) => part.routes.map((route) => handler(route, owner, style.variant)));
  const code = parts.flatMap((part) => part.routes.map(({ body }) => body)).join("\n");
  const readers = [
    ...(/\$form\(/.test(code) ? ["app.use(express.urlencoded({ extended: false }));"] : []),
    ...(/\$body\b/.test(code) ? ["app.use(express.json());"] : []),
  ];
  const about = style.described ? `/** ${style.title}. */\n` : "";
  const head = `"use strict";\n${about}`;
  const express = 'const express = require("express");';
  const create = ["const app = express();", ...(prelude === "" ? [] : [prelude]), ...readers].join("\n");
  if (split) {
    files[`${style.handlers}.js`] =
      `"use strict";\n${requires([...needed, express], own)}\n\n` +
      sections(1, "const router = express.Router();", ...routes, "module.exports = router;");
    files[`${entry}.js`] =
      `${head}${express}\nconst pages = require("./${style.handlers}");\n\n` +
      sections(1, `${create}\napp.use(pages);`, "module.exports = app;");
  } else {
    files[`${entry}.js`] =
      `${head}${requires([...needed, express], own)}\n\n` +
      sections(1, create, ...logic, ...routes, "module.exports = app;");
  }
  return unmarked(`${entry}.js`, files);
}

/** In place, or as a function of its own that the route names. */
function handler({ method, path, name, body }: Route, owner: string, named: boolean): string {
  const text = indented(written(body, EXPRESS), "  ");
  const async = /\bawait\b/.test(body) ? "async " : "";
  const args = /\breq\b/.test(text) ? "req" : "_req";
  const route = `${owner}.${method.toLowerCase()}("${path}"`;
  return named
    ? `${async}function ${name}(${args}, res) {\n${text}\n}\n\n${route}, ${name});`
    : `${route}, ${async}(${args}, res) => {\n${text}\n});`;
}
