"use strict";
/** Minutes of a parish council: pages for people, and the same as JSON for the newspaper. */
const fastify = require("fastify");
const { page, serialise } = require("./page");

const app = fastify();
const meetings = new Map([
  [1, { title: "Bridge & ford", items: [{ speaker: "Ms Vane", text: "If a < b, the bridge is too low." }, { speaker: "Mr Oak", text: "\"Quite\" so." }] }],
]);

app.post("/meetings", async (request, reply) => {
  const { title, items } = request.body ?? {};
  if (typeof title !== "string" || !Array.isArray(items)) return reply.code(400).send({ error: "a title and items" });
  const id = meetings.size + 1;
  meetings.set(id, { title, items: items.map(({ speaker, text }) => ({ speaker: String(speaker), text: String(text) })) });
  return reply.code(201).send({ id });
});

app.get("/meetings/:id", async (request, reply) => {
  const meeting = meetings.get(Number(request.params.id));
  if (meeting === undefined) return reply.code(404).send({ error: "no such meeting" });
  return reply.type("text/html; charset=utf-8").send(page({ heading: meeting.title, data: { meeting } }));
});

app.get("/search", async (request, reply) => {
  const asked = String(request.query.q ?? "");
  const hits = [...meetings].filter(([, { items }]) => asked !== "" && items.some(({ text }) => text.includes(asked)));
  const heading = `${hits.length} meetings`;
  return reply.type("text/html; charset=utf-8").send(page({ heading, data: { asked, hits: hits.map(([id]) => id) } }));
});

/** For the newspaper, which prints texts as they were said. */
app.get("/meetings/:id/data", async (request, reply) => {
  const meeting = meetings.get(Number(request.params.id));
  if (meeting === undefined) return reply.code(404).send({ error: "no such meeting" });
  return reply.type("application/json").send(serialise(meeting));
});

module.exports = app;
