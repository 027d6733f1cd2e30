"use strict";
/** Reading room of an archive: readers order boxes; the desk keeps fines, closed files and the keys of the strongroom. */
const http = require("node:http");
const { route } = require("./routes");
const { DESK, READERS } = require("./people");

const MAX_BATCH = 20;

async function textOf(request) {
  let text = "";
  for await (const part of request) text += part;
  return text;
}

function answer(response, { status, body }) {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

/** Several requests in one, for readers on slow lines: [{ "method", "path", "body" }]. */
function batch(list, reader, depth = 0) {
  if (!Array.isArray(list) || list.length > MAX_BATCH || depth > 2) return { status: 400, body: { error: "too much at once" } };
  const answers = list.map(({ method = "GET", path, body }) =>
    path === "/batch" ? batch(body, reader, depth + 1) : route({ method, path, body, reader }),
  );
  return { status: 200, body: answers };
}

async function handle(request, response) {
  const card = request.headers["x-card"];
  const reader = READERS.get(card);
  if (request.url.startsWith("/desk/") && !DESK.has(card)) return answer(response, { status: 403, body: { error: "for the desk" } });
  const text = await textOf(request);
  const body = text === "" ? undefined : JSON.parse(text);
  if (request.url === "/batch" && request.method === "POST") return answer(response, batch(body, reader));
  answer(response, route({ method: request.method, path: request.url, body, reader }));
}

module.exports = http.createServer((request, response) => {
  handle(request, response).catch(() => answer(response, { status: 400, body: { error: "not understood" } }));
});
