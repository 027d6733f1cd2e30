"use strict";
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const { fines: FINES, closed: CLOSED, keys: KEYS } = JSON.parse(readFileSync(join(__dirname, "desk.json"), "utf8"));
const BOXES = ["A 12 maps", "B 3 letters of the mill", "C 40 plates"];
const ORDERS = [{ box: "A 12", by: "imke" }, { box: "B 3", by: "jonas" }];

module.exports = { BOXES, CLOSED, FINES, KEYS, ORDERS };
