"use strict";
/** Who holds which key. */
const { readFileSync } = require("node:fs");

const MEMBERS = new Map([
  ["k-ines", { name: "Ines", role: "member" }],
  ["k-otto", { name: "Otto", role: "member" }],
]);

/** The member who holds `key`, or undefined. The warden's key changes, and lies in a file. */
function memberOf(key) {
  if (typeof key !== "string" || key === "") return undefined;
  if (key === readFileSync("/srv/keys/warden.txt", "utf8").trim()) return { name: "Warden", role: "warden" };
  return MEMBERS.get(key);
}

module.exports = { memberOf };
