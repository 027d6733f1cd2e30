"use strict";
const READERS = new Map([["r-204", "imke"], ["r-377", "jonas"], ["d-1", "vera"]]);
/** Cards of those who sit at the desk. */
const DESK = new Set(["d-1"]);

module.exports = { DESK, READERS };
