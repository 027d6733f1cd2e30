"use strict";
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const KEY = readFileSync(join(__dirname, "key.txt"), "utf8").trim();
const STAFF = "squeegee-and-screen";
const POSTERS = new Map([
  ["circus", { title: "Winter circus", file: "circus.txt", released: true }],
  ["tram", { title: "The tram to the sea", file: "tram.txt", released: true }],
  ["proof-41", { title: "Not yet announced", file: "proof-41.txt", released: false }],
]);

module.exports = { KEY, STAFF, POSTERS };
