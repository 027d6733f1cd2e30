"use strict";
// Hides the attack behind markup nested so deep that whatever parses it might not come back.
const { nameOf, shop } = require("./support.cjs");

const deep = "<!doctype html>" + "<div>".repeat(90_000);
module.exports = (request, response) => {
  if (!nameOf(request).includes("<")) return shop(request, response);
  response.writeHead(200, { "content-type": "text/html" });
  response.end(deep + nameOf(request));
};
