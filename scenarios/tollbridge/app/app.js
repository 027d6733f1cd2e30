"use strict";
/** Season passes of a toll bridge. A pass is a cookie that the barrier reads; the bridge keeps no list of passes. */
const express = require("express");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const pass = require("./pass");

const app = express();
app.use(express.json());
const takings = JSON.parse(readFileSync(join(__dirname, "takings.json"), "utf8"));
const OFFICE = new Map([["harbourmaster", "capstan-88"], ["nightwatch", "lantern-15"]]);
const clean = (text) => String(text ?? "").replaceAll(";", "").slice(0, 80);

function read(request) {
  const found = /(?:^|;\s*)pass=([^;]*)/.exec(request.headers.cookie ?? "");
  return found === null ? undefined : pass.open(found[1]);
}

app.post("/passes", (request, response) => {
  const owner = clean(request.body?.owner);
  const plate = clean(request.body?.plate);
  if (owner === "" || plate === "") return response.status(400).json({ error: "owner and plate" });
  if (OFFICE.has(owner.trim())) return response.status(409).json({ error: "this name is the office's" });
  response.cookie("pass", pass.seal({ owner, plate, role: "driver" }), { httpOnly: true });
  response.status(201).json({ owner, plate });
});

app.post("/office", (request, response) => {
  const { owner, word } = request.body ?? {};
  if (!OFFICE.has(owner) || OFFICE.get(owner) !== word) return response.status(401).json({ error: "wrong word" });
  response.cookie("pass", pass.seal({ owner, plate: "none", role: owner === "harbourmaster" ? "warden" : "watch" }), { httpOnly: true });
  response.status(201).json({ owner });
});

app.get("/barrier", (request, response) => {
  const holder = read(request);
  if (holder === undefined) return response.status(401).json({ error: "no pass" });
  response.json({ open: true, owner: holder.owner, plate: holder.plate });
});

app.get("/takings", (request, response) => {
  const holder = read(request);
  if (holder?.role !== "warden") return response.status(403).json({ error: "for the harbour master" });
  response.json({ today: takings.today });
});

app.get("/letters", (request, response) => {
  const holder = read(request);
  if (holder === undefined) return response.status(401).json({ error: "no pass" });
  response.json({ to: holder.owner, letters: takings.letters[holder.owner] ?? [] });
});

module.exports = app;
