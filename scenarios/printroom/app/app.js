"use strict";
/** Print room of a college. Jobs go into a journal, from which the bursar bills the badges at the end of term. */
const fastify = require("fastify");
const journal = require("./journal");

const app = fastify();
const BADGES = new Map([["p-10", "noor"], ["p-11", "tess"], ["bursar-3", "bursar"]]);
const jobs = new Map();
const HELD = [{ badge: "wick", pages: 12, title: "Thesis, third try", client: "lp/2.1" }];

for (const job of HELD) journal.write({ number: 0, ...job });

app.setErrorHandler((error, request, reply) => reply.code(error.statusCode ?? 500).send({ error: error.message }));

function badgeOf(request, reply) {
  const badge = BADGES.get(request.headers["x-badge"]);
  if (badge === undefined) reply.code(401).send({ error: "hold your badge to the reader" });
  return badge;
}

app.post("/jobs", async (request, reply) => {
  const badge = badgeOf(request, reply);
  if (badge === undefined) return reply;
  const { title, pages, note = "" } = request.body ?? {};
  if (typeof title !== "string" || title === "" || title.length > 300) return reply.code(400).send({ error: "a title of 300 signs at most" });
  if (!Number.isInteger(pages) || pages < 1 || pages > 500) return reply.code(400).send({ error: "1 to 500 pages" });
  const number = jobs.size + 1;
  jobs.set(number, { number, badge, title, pages, note: String(note) });
  journal.write({ number, badge, pages, title, client: request.headers["user-agent"] ?? "none" });
  return reply.code(201).send({ number });
});

/** The job as it was sent: what is printed on its cover sheet. */
app.get("/jobs/:number", async (request, reply) => {
  const badge = badgeOf(request, reply);
  if (badge === undefined) return reply;
  const job = jobs.get(Number(request.params.number));
  if (job === undefined || (job.badge !== badge && badge !== "bursar")) return reply.code(404).send({ error: "no such job" });
  return { title: job.title, pages: job.pages, note: job.note };
});

/** What a badge has to pay for, by the journal. */
app.get("/bill/:badge", async (request) => {
  const entries = journal.entries().filter(({ badge }) => badge === request.params.badge);
  return { badge: request.params.badge, pages: entries.reduce((sum, { pages }) => sum + pages, 0), titles: entries.map(({ title }) => title) };
});

/** How many jobs came from which program. */
app.get("/clients", async (request, reply) => {
  if (badgeOf(request, reply) !== "bursar") return reply.sent ? reply : reply.code(403).send({ error: "for the bursar" });
  const counts = {};
  for (const { client } of journal.entries()) counts[client.split("/")[0]] = (counts[client.split("/")[0]] ?? 0) + 1;
  return counts;
});

module.exports = app;
