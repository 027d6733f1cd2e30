"use strict";
/** Box office of a theatre: the bank reports payments by signed messages, and paid seats get their ticket. */
const express = require("express");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { signedByBank } = require("./bank");
const { release, seats, sell } = require("./house");

const app = express();
const tickets = JSON.parse(readFileSync(join(__dirname, "tickets.json"), "utf8"));

// Signatures are made over the bytes of a message, so that it is kept as it came.
app.use("/bank", express.text({ type: "*/*" }));
app.use(express.json());

app.get("/seats", (request, response) => response.json(seats()));

app.get("/tickets/:seat", (request, response) => {
  const seat = seats().find(({ id }) => id === request.params.seat);
  if (seat === undefined) return response.status(404).json({ error: "no such seat" });
  if (seat.state !== "paid") return response.status(402).json({ error: "not paid yet" });
  response.json({ seat: seat.id, ticket: tickets[seat.id] });
});

/** "SEAT paid" or "SEAT back", with X-Bank-Signature: the HMAC of the message by the day's key, in hexadecimal. */
app.post("/bank/message", (request, response) => {
  if (!signedByBank(request.body, request.get("X-Bank-Signature"))) return response.status(401).json({ error: "not from the bank" });
  const [id, what] = request.body.split(" ");
  const done = what === "paid" ? sell(id) : what === "back" ? release(id) : false;
  response.status(done ? 200 : 404).json({ done });
});

/** The bank's test of the line: it signs "ping" and what we sent last; older tills cut signatures to 32 digits. */
app.post("/bank/ping", (request, response) => {
  response.json({ understood: signedByBank(request.body, request.get("X-Bank-Signature")) && request.body.startsWith("ping") });
});

module.exports = app;
