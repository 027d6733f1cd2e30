"use strict";
/** Patterns of a weaving school: looms save them as JSON, and draw or count them again from there. */
const fastify = require("fastify");
const { freeze, thaw } = require("./files");
const { Plain, Stripe } = require("./weaves");

const app = fastify();
const WIDTH = 12;

const EXAMPLES = {
  runner: { title: "Table runner", bands: [new Plain("#"), new Stripe("=", "-"), new Plain("#")] },
};

function drawing({ title, bands }) {
  return `${title}\n${bands.map((band) => band.draw(WIDTH)).join("\n")}\n`;
}

app.setErrorHandler((error, request, reply) => reply.code(400).send({ error: `no pattern: ${error.name}` }));

app.get("/examples/:name", async (request, reply) => {
  const example = Object.hasOwn(EXAMPLES, request.params.name) ? EXAMPLES[request.params.name] : undefined;
  if (example === undefined) return reply.code(404).send({ error: "no such example" });
  return reply.type("application/json").send(freeze(example));
});

/** The pattern as the loom will weave it. */
app.post("/draw", async (request, reply) => reply.type("text/plain").send(drawing(thaw(JSON.stringify(request.body)))));

/** Files of the old looms come as text in a field, with borders around the bands. */
app.post("/import", async (request) => {
  const { title, bands, border } = thaw(request.body.file);
  const lines = [border?.draw(WIDTH) ?? "", ...bands.map((band) => band.draw(WIDTH))];
  return { title: String(title), lines: lines.filter((line) => line !== "") };
});

/** How much yarn a pattern takes: of each sign, how often it occurs. */
app.post("/yarn", async (request) => {
  const { bands } = thaw(JSON.stringify(request.body));
  const counts = {};
  for (const sign of bands.map((band) => band.draw(WIDTH)).join("")) counts[sign] = (counts[sign] ?? 0) + 1;
  return counts;
});

module.exports = app;
