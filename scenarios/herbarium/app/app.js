"use strict";
/** Herbarium: volunteers type off sheet labels; what they send is checked and tidied. */
const { createServer } = require("node:http");
const { isLabel, isCollector, tidy } = require("./rules");

const sheets = new Map([["1044", { label: "Quercus robur L. 1887", note: "from the towpath" }]]);

function read(request) {
  return new Promise((resolve) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => resolve(Buffer.concat(parts).toString("utf8")));
  });
}

function json(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

module.exports = async (request, response) => {
  const url = new URL(request.url, "http://herbarium");
  if (request.method === "POST" && url.pathname === "/labels") {
    const lines = (await read(request)).split("\n").filter((line) => line !== "");
    return json(response, 200, { good: lines.filter(isLabel), bad: lines.filter((line) => !isLabel(line)).length });
  }
  if (request.method === "POST" && url.pathname === "/notes") {
    const text = tidy(await read(request));
    return json(response, 200, { note: text.slice(0, 400), length: text.length });
  }
  if (url.pathname === "/collectors") return json(response, 200, { known: isCollector(url.searchParams.get("mail") ?? "") });
  const sheet = sheets.get(url.pathname.slice("/sheets/".length));
  return sheet === undefined ? json(response, 404, { error: "no such sheet" }) : json(response, 200, sheet);
};
