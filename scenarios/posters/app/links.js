"use strict";
/** Signed links: /p/DATA/SIGNATURE, where DATA is an order and only the shop can sign. */
const { createHash, timingSafeEqual } = require("node:crypto");
const { KEY } = require("./shop");

function sign(order) {
  return createHash("sha256").update(KEY).update(order, "latin1").digest("hex");
}

function make(fields) {
  const order = new URLSearchParams(fields).toString();
  return `/p/${Buffer.from(order, "latin1").toString("base64url")}/${sign(order)}`;
}

/** The fields of an order that the shop has signed, else undefined. */
function open(data, signature) {
  const order = Buffer.from(data, "base64url").toString("latin1");
  const [given, right] = [Buffer.from(signature), Buffer.from(sign(order))];
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  return Object.fromEntries(new URLSearchParams(order));
}

module.exports = { make, open };
