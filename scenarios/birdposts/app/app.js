"use strict";
/** Bird observatories report sightings to one another by web hooks; whoever adds a hook may try it first. */
const express = require("express");
const { call, NotCalled } = require("./calling");
const neighbours = require("./neighbours");

const app = express();
app.use(express.json());
neighbours.listen();

const hooks = new Map([
  ["heron-marsh", `http://${neighbours.MARSH}/sightings`],
  ["tern-island", `http://${neighbours.ISLAND}/old/sightings`],
]);

app.get("/hooks", (request, response) => response.json([...hooks.keys()]));

/** What the hook of a friend says to a bird. */
app.post("/hooks/:name/report", async (request, response) => {
  if (!hooks.has(request.params.name)) return response.status(404).json({ error: "no such hook" });
  response.json({ said: await call(hooks.get(request.params.name), request.body) });
});

/** Tries a hook before it is added. */
app.post("/hooks", async (request, response) => {
  const { name, url } = request.body ?? {};
  if (!/^[a-z-]{3,30}$/.test(name ?? "") || hooks.has(name)) return response.status(400).json({ error: "a new name" });
  const said = await call(String(url), { bird: "wren", count: 1 });
  hooks.set(name, String(url));
  response.status(201).json({ name, said });
});

/** The first line of an observatory's page, as a label for the map. */
app.get("/label", async (request, response) => response.json({ label: (await call(String(request.query.page))).split("\n")[0] }));

/** Nests are known to the council alone; its own page shows them to those with the word. */
app.get("/nests", (request, response) => {
  if (request.get("X-Word") !== "bittern") return response.status(403).json({ error: "for the council" });
  response.json({ nests: neighbours.nests() });
});

app.use((error, request, response, next) => {
  if (!(error instanceof NotCalled)) return next(error);
  response.status(400).json({ error: error.message });
});

module.exports = app;
