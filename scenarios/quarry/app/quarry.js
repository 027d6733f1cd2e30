"use strict";
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const BLOCKS = [
  { id: "s1", stone: "slate", tons: 2 },
  { id: "s2", stone: "slate", tons: 5 },
  { id: "g1", stone: "granite", tons: 3 },
];
const QUOTE = { finish: "rough", constructor: "nobody yet", cut: { sides: 2, saw: "wire" } };
const PEOPLE = new Map([
  ["b-31", { name: "foreman", foreman: true, dealer: true }],
  ["b-32", { name: "blaster", blaster: true }],
]);
/** Path, and which mark on a badge opens the room. */
const NEEDS = { "/reserve": "foreman", "/prices": "dealer", "/powder": "blaster", "/wages": "clerk", "/maps": "surveyor", "/keys": "keeper", "/claims": "lawyer", "/shafts": "miner" };
const TEXTS = JSON.parse(readFileSync(join(__dirname, "rooms.json"), "utf8"));
const ROOMS = new Map(Object.entries(NEEDS).map(([path, needs]) => [path, { needs, text: TEXTS[path] }]));

module.exports = { BLOCKS, PEOPLE, QUOTE, ROOMS };
