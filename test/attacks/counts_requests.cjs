"use strict";
// Is fixed for the first requests only.
const { fixed, shop } = require("./support.cjs");

let left = 4;
module.exports = (request, response) => (left-- > 0 ? fixed : shop)(request, response);
