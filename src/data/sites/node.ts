/** Writes a site in JavaScript with nothing but Node's own http. */
import { indented, sections, unmarked, type Style, type Written } from "./layout.ts";
import { modulesOf, needsOf, requires } from "./javascript.ts";
import { NODE, written } from "./ops.ts";
import type { Part, Route } from "./part.ts";

const SEND = `function send(res, status, type, body, headers = {}) {
  res.writeHead(status, { "Content-Type": \`\${type}; charset=utf-8\`, ...headers });
  res.end(body);
}`;

const READ = `async function read(req) {
  let body = "";
  for await (const chunk of req) body += chunk;
  return body;
}`;

const LISTENER = `async function listen(req, res) {
  const { pathname, searchParams: query } = new URL(req.url, "http://site.example");
  const answer = routes[\`\${req.method} \${pathname}\`];
  if (answer === undefined) return send(res, 404, "text/plain", "not found\\n");
  try {
    const raw = await read(req);
    await answer(req, res, { query, raw, form: new URLSearchParams(raw) });
  } catch (error) {
    console.error(error.message);
    send(res, 500, "text/plain", "something went wrong\\n");
  }
}`;

export function writeNode(parts: readonly Part[], style: Style): Written {
  const { layout, entry, prelude = "" } = style;
  const files = modulesOf(parts, layout);
  const { logic, needed, own } = needsOf(parts, layout);
  const all = parts.flatMap((part) => part.routes);
  const functions = all.map(handler);
  const routes = `const routes = {\n${all.map((r) => `  "${r.method} ${r.path}": ${r.name},`).join("\n")}\n};`;
  const about = style.described ? `/** ${style.title}. */\n` : "";
  // The variant exports a server that does not listen yet, the other the listener alone.
  const server = style.variant ? ['const { createServer } = require("node:http");'] : [];
  const out = style.variant ? "module.exports = createServer(listen);" : "module.exports = listen;";
  if (layout === "split") {
    files["answers.js"] = sections(1, '"use strict";', SEND, READ, "module.exports = { read, send };");
    files[`${style.handlers}.js`] = sections(
      1,
      `"use strict";\n${requires(needed, [...own, 'const { send } = require("./answers");'])}`,
      ...functions,
      routes,
      "module.exports = routes;",
    );
    const use = [
      'const { read, send } = require("./answers");',
      `const routes = require("./${style.handlers}");`,
    ];
    files[`${entry}.js`] = sections(
      1,
      `"use strict";\n${about}${requires(server, use)}`,
      prelude,
      LISTENER,
      out,
    );
  } else {
    files[`${entry}.js`] = sections(
      1,
      `"use strict";\n${about}${requires([...server, ...needed], own)}`.trimEnd(),
      prelude,
      ...logic,
      SEND,
      READ,
      ...functions,
      routes,
      LISTENER,
      out,
    );
  }
  return unmarked(`${entry}.js`, files);
}

function handler({ name, body }: Route): string {
  const text = indented(written(body, NODE), "  ");
  const async = /\bawait\b/.test(body) ? "async " : "";
  const input = ["query", "form", "raw"].filter((one) => new RegExp(`\\b${one}(?=\\.get|\\))`).test(text));
  const args = input.length === 0 ? "req, res" : `req, res, { ${input.join(", ")} }`;
  return `${async}function ${name}(${args}) {\n${text}\n}`;
}
