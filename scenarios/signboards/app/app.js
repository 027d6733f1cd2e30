"use strict";
/** Painted signboards: shops send the texts of their board as a bundle of files, and painters read them. */
const http = require("node:http");
const { readFileSync } = require("node:fs");
const boards = require("./boards");

async function jsonOf(request) {
  let text = "";
  for await (const part of request) text += part;
  return JSON.parse(text);
}

function send(response, status, body) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "Content-Type": typeof body === "string" ? "text/plain; charset=utf-8" : "application/json" }).end(text);
}

async function handle(request, response) {
  const [path] = request.url.split("?");
  if (path === "/rates") return send(response, 200, readFileSync("office/rates.txt", "utf8"));
  const found = /^\/boards\/([a-z]+)(?:\/(.+))?$/.exec(path);
  if (found === null) return send(response, 404, { error: "nothing here" });
  const [, shop, part] = found;
  if (request.method === "POST" && part === undefined) {
    const { files } = await jsonOf(request);
    return send(response, 201, { shop, files: boards.unpack(shop, files) });
  }
  if (request.method === "POST" && part === "rename") {
    const { from, to } = await jsonOf(request);
    return boards.rename(shop, from, to) ? send(response, 200, { from, to }) : send(response, 404, { error: "no such file" });
  }
  if (part === undefined) return send(response, 200, { shop, files: boards.list(shop) });
  const text = boards.read(shop, decodeURIComponent(part));
  return text === undefined ? send(response, 404, { error: "no such file" }) : send(response, 200, text);
}

module.exports = http.createServer((request, response) => {
  handle(request, response).catch(() => send(response, 400, { error: "this bundle cannot be used" }));
});
