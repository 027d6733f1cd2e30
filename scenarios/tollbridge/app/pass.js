"use strict";
/** Seals what a pass says, so that drivers can carry it about and nobody reads plates off it. */
const { createCipheriv, createDecipheriv } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const KEY = Buffer.from(readFileSync(join(__dirname, "key.txt"), "utf8").trim().slice(0, 16));

function seal({ owner, plate, role }) {
  const cipher = createCipheriv("aes-128-ecb", KEY, null);
  return cipher.update(`${owner};${plate};${role}`, "utf8", "hex") + cipher.final("hex");
}

/** What the pass says, else undefined. */
function open(sealed) {
  try {
    const decipher = createDecipheriv("aes-128-ecb", KEY, null);
    const text = decipher.update(sealed, "hex", "utf8") + decipher.final("utf8");
    const [owner, plate, role] = text.split(";").map((part) => part.trim());
    return role === undefined ? undefined : { owner, plate, role };
  } catch {
    return undefined;
  }
}

module.exports = { open, seal };
