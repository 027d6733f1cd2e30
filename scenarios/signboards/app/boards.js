"use strict";
/** The boards on disk: a folder for each shop. */
const { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");

const ROOT = "boards";

/** Writes the files of a bundle and gives their names. */
function unpack(shop, files) {
  for (const [name, text] of Object.entries(files)) {
    const path = join(ROOT, shop, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, String(text));
  }
  return Object.keys(files);
}

/** Every file of a shop, folders and all. */
function list(shop) {
  const folder = join(ROOT, shop);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile()).sort();
}

function read(shop, name) {
  return list(shop).includes(name) ? readFileSync(join(ROOT, shop, name), "utf8") : undefined;
}

function rename(shop, from, to) {
  if (!list(shop).includes(from)) return false;
  const path = join(ROOT, shop, to);
  mkdirSync(dirname(path), { recursive: true });
  renameSync(join(ROOT, shop, from), path);
  return true;
}

module.exports = { list, read, rename, unpack };
