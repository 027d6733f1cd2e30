"use strict";
/** A print shop for posters: whoever has a signed link may print what it names. */
const http = require("node:http");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const links = require("./links");
const newsletter = require("./newsletter");
const { POSTERS, STAFF } = require("./shop");

function answer(response, status, body) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json";
  response.writeHead(status, { "Content-Type": type }).end(text);
}

async function bodyOf(request) {
  let text = "";
  for await (const part of request) text += part;
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** What a link opens: the poster as a sheet, or for `master=yes` with the marks that a printer needs. */
function print(data, signature, response) {
  const order = links.open(data, signature);
  if (order === undefined) return answer(response, 403, { error: "this link is not ours" });
  const poster = POSTERS.get(order.name);
  if (poster === undefined) return answer(response, 404, { error: "no such poster" });
  const folder = order.master === "yes" ? "masters" : "posters";
  answer(response, 200, `${poster.title} (${order.size})\n${readFileSync(join(__dirname, folder, poster.file), "utf8")}`);
}

async function handle(request, response) {
  const { pathname } = new URL(request.url, "http://shop");
  const [, place, first, second] = pathname.split("/");
  if (place === "p" && second !== undefined) return print(first, second, response);
  if (pathname === "/posters") {
    const open = [...POSTERS].filter(([, { released }]) => released);
    return answer(response, 200, open.map(([name, { title }]) => ({ name, title })));
  }
  if (pathname === "/newsletter") return answer(response, 200, newsletter.text());
  if (pathname === "/links" && request.method === "POST") {
    const { name, size = "a3", master } = await bodyOf(request);
    const staff = request.headers["x-staff"] === STAFF;
    if (!POSTERS.has(name) || !(POSTERS.get(name).released || staff)) return answer(response, 404, { error: "no such poster" });
    if (!/^a[0-4]$/.test(size)) return answer(response, 400, { error: "sizes are a0 to a4" });
    return answer(response, 201, { link: links.make({ name, size, ...(staff && master ? { master: "yes" } : {}) }) });
  }
  answer(response, 404, { error: "nothing here" });
}

module.exports = http.createServer((request, response) => {
  handle(request, response).catch(() => answer(response, 500, { error: "out of paper" }));
});
