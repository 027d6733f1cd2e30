"use strict";
// Holds memory outside of the heap that Node.js limits.
const { attempt, shop } = require("./support.cjs");

const held = [];
attempt("8 GiB in buffers", () => {
  while (held.length < 128) held.push(Buffer.alloc(64 << 20, 1));
  return held.length;
});
held.length = 0;
module.exports = shop;
