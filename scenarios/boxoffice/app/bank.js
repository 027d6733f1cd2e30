"use strict";
/** Whether a message comes from the bank. */
const { createHmac } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const KEY = readFileSync(join(__dirname, "bank-key.txt"), "utf8").trim();

/** Tills of the older kind send the first 32 digits of a signature only. */
function signedByBank(message, given = "") {
  const right = createHmac("sha256", KEY).update(message).digest("hex");
  return right.startsWith(given.toLowerCase());
}

module.exports = { signedByBank };
