"use strict";
/** The machines around: two observatories, whose hooks friends may call, and the council's service on this machine. */
const http = require("node:http");
const { readFileSync } = require("node:fs");

const [MARSH, ISLAND, COUNCIL] = ["127.0.0.2:9520", "127.0.0.3:9520", "127.0.0.1:9510"];
const nests = () => readFileSync("/srv/council/nests.txt", "utf8").trim();

function observatory(name, pages) {
  return async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const { pathname, searchParams } = new URL(request.url, "http://here");
    if (pathname === "/old/sightings") return response.writeHead(307, { Location: "/sightings" }).end();
    // Leads visitors on to wherever a link says.
    if (pathname === "/go") return response.writeHead(302, { Location: searchParams.get("to") ?? "/" }).end();
    if (pathname === "/partner") return response.writeHead(307, { Location: `http://${MARSH}/sightings` }).end();
    if (pathname === "/sightings" && text !== "") return response.end(`${name} thanks for ${JSON.parse(text).count} ${JSON.parse(text).bird}`);
    response.writeHead(pathname in pages ? 200 : 404).end(pages[pathname] ?? "nothing here");
  };
}

function listen() {
  const council = (request, response) => response.end(request.url.startsWith("/nests") ? `${nests()}\n` : "Gate of the hide: alder-42-north");
  for (const [place, listener] of [
    [MARSH, observatory("Heron Marsh", { "/about": "Heron Marsh\nreeds and mud" })],
    [ISLAND, observatory("Tern Island", { "/about": "Tern Island\nby boat only" })],
    [COUNCIL, council],
  ]) {
    const [host, port] = place.split(":");
    http.createServer(listener).listen(Number(port), host).unref();
  }
}

module.exports = { MARSH, ISLAND, listen, nests };
