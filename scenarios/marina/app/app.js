"use strict";
/** The gate book of a marina: boats report in and out, skippers leave notes, and the harbour master reads the book. */
const { createServer } = require("node:http");
const book = require("./book");

const MASTER = "halyard";
const BOATS = new Map([
  ["petrel", "anchor9"],
  ["tern", "reef4"],
]);

function send(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

async function form(request) {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 20_000) break;
  }
  return new URLSearchParams(text);
}

const routes = {
  "POST /gate": async (request, response) => {
    const given = await form(request);
    const boat = given.get("boat") ?? "";
    const open = BOATS.has(boat) && BOATS.get(boat) === given.get("word");
    book.write(open ? "opened" : "refused", boat, `berth ${given.get("berth") || "any"}`);
    send(response, open ? 200 : 403, { gate: open ? "open" : "shut" });
  },
  "POST /notes": async (request, response) => {
    const given = await form(request);
    const note = (given.get("note") ?? "").slice(0, 400);
    if (note === "") return send(response, 400, { error: "an empty note" });
    book.write("note", given.get("boat") ?? "", note);
    return send(response, 201, { noted: note });
  },
  "GET /book": async (request, response, url) => {
    if (request.headers["x-word"] !== MASTER) return send(response, 403, { error: "for the harbour master" });
    return send(response, 200, { entries: book.read(url.searchParams.get("kind") ?? undefined) });
  },
  "GET /count": async (request, response) => send(response, 200, { opened: book.read("opened").length }),
};

module.exports = createServer((request, response) => {
  const url = new URL(request.url, "http://marina.invalid");
  const route = routes[`${request.method} ${url.pathname}`];
  if (route === undefined) return send(response, 404, { error: "not here" });
  return route(request, response, url).catch(() => send(response, 400, { error: "not understood" }));
});
