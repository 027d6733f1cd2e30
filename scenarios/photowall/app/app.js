"use strict";
/** Photo wall of a climbing club: members upload pictures and notes, the committee keeps pages. */
const fastify = require("fastify");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { acceptable, typeOf } = require("./types");

const app = fastify({ bodyLimit: 256 * 1024 });
const uploads = new Map();
const pages = new Map(["routes.html", "rules.txt", "topo.svg", "huts"].map((name) => [name, readFileSync(join(__dirname, "pages", name), "utf8")]));

// Files come as they are; what they are is said by their name.
app.addContentTypeParser("*", { parseAs: "buffer" }, (request, body, done) => done(null, body));
app.removeContentTypeParser(["application/json", "text/plain"]);

app.put("/wall/:name", async (request, reply) => {
  const { name } = request.params;
  if (!acceptable(name)) return reply.code(415).send({ error: "pictures and notes only" });
  if (!Buffer.isBuffer(request.body) || request.body.length === 0) return reply.code(400).send({ error: "an empty file" });
  uploads.set(name, request.body);
  return reply.code(201).send({ at: `/wall/${encodeURIComponent(name)}` });
});

app.get("/wall", async () => [...uploads.keys()].sort());

/** Pictures are shown in the page, so that they come with their type. */
app.get("/wall/:name", async (request, reply) => {
  const file = uploads.get(request.params.name);
  if (file === undefined) return reply.code(404).send({ error: "no such picture" });
  return reply.type(typeOf(request.params.name)).send(file);
});

app.get("/pages/:name", async (request, reply) => {
  const page = pages.get(request.params.name);
  if (page === undefined) return reply.code(404).send({ error: "no such page" });
  return reply.type(typeOf(request.params.name)).send(page);
});

module.exports = app;
