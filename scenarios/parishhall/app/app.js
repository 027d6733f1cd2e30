"use strict";
/** Bookings of a parish hall: members book and cancel for themselves, the warden runs the hall. */
const fastify = require("fastify");
const { memberOf } = require("./people");
const hall = require("./hall");

const app = fastify();

/** Everyone but visitors of the front page comes with a key; `request.member` is who holds it. */
app.addHook("preHandler", async (request, reply) => {
  request.member = memberOf(request.headers["x-key"]);
  if (request.member === undefined && request.routeOptions.url !== "/")
    return reply.code(401).send({ error: "who is asking?" });
});

const wardenOnly = async (request, reply) => {
  if (request.member?.role !== "warden") return reply.code(403).send({ error: "for the warden" });
};

app.get("/", async () => ({ hall: "St Osyth", rooms: hall.rooms() }));

app.get("/bookings", async (request) => hall.bookingsOf(request.member.name));

app.post("/bookings", async (request, reply) => {
  const { room, day } = request.body ?? {};
  const booking = hall.book(String(room), String(day), request.member.name);
  return booking === undefined ? reply.code(409).send({ error: "taken or not a room" }) : reply.code(201).send(booking);
});

app.get("/warden/bookings", { preHandler: wardenOnly }, async () => hall.all());

app.get("/warden/doors", { preHandler: wardenOnly }, async () => hall.doors());

app.get("/warden/report", async (request) => {
  const rows = hall.all();
  if (request.query.format === "csv") return rows.map((row) => `${row.day},${row.room},${row.who},${row.note}`).join("\n");
  return { rows };
});

/** The screen in the lobby polls this with a member's key; it may show rooms and days, and the doors to the warden. */
app.get("/screen", async (request) => {
  const today = hall.all().map(({ room, day }) => ({ room, day }));
  return request.query.doors === "1" ? { today, doors: hall.doors() } : { today };
});

app.put("/warden/notes/:room", async (request, reply) => {
  const noted = hall.note(request.params.room, String((request.body ?? {}).note ?? ""));
  return noted ? { noted } : reply.code(404).send({ error: "no such room" });
});

module.exports = app;
