"use strict";
/** The rooms, who has booked them, and the codes of their doors. */
const { readFileSync } = require("node:fs");

const ROOMS = ["vestry", "loft", "kitchen"];
const bookings = [
  { room: "loft", day: "mon", who: "Otto", note: readFileSync("/srv/keys/notes.txt", "utf8").trim() },
  { room: "vestry", day: "tue", who: "Ines", note: "chess" },
];
const notes = new Map();

const rooms = () => ROOMS.map((room) => ({ room, note: notes.get(room) ?? "" }));
const all = () => bookings;
const bookingsOf = (who) => bookings.filter((one) => one.who === who);

/** One line per room: its name and the code of its door. */
const doors = () => Object.fromEntries(readFileSync("/srv/keys/doors.txt", "utf8").trim().split("\n").map((line) => line.split(" ")));

/** The booking, or undefined when somebody else has the room on that day or it is none. */
function book(room, day, who) {
  if (!ROOMS.includes(room)) return undefined;
  const taken = bookings.find((one) => one.room === room && one.day === day);
  if (taken !== undefined) return taken.who === who ? taken : undefined;
  const booking = { room, day, who, note: "" };
  bookings.push(booking);
  return booking;
}

function note(room, text) {
  if (!ROOMS.includes(room)) return undefined;
  notes.set(room, text.slice(0, 80));
  return { room, note: notes.get(room) };
}

module.exports = { rooms, all, bookingsOf, doors, book, note };
