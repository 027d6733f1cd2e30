"use strict";
// What the hostile programs share: a way to say whether a technique worked, and the vulnerable page to fall back on.

/** Prints `refused NAME` or `SUCCEEDED NAME`; an action that returns false was refused. */
exports.attempt = (name, action) => {
  try {
    const result = action();
    console.log(result === false ? "refused" : "SUCCEEDED", name, String(result).slice(0, 60));
  } catch (error) {
    console.log("refused", name, String(error.code ?? error.message).slice(0, 60));
  }
};

const nameOf = (request) => new URL(request.url, "http://host").searchParams.get("name") ?? "";
exports.nameOf = nameOf;
const page = (name) => `<!doctype html><p>Looking for ${name}</p>`;

/** The unpatched application of the scenario, and the fixed one. */
exports.shop = (request, response) => {
  response.writeHead(200, { "content-type": "text/html" });
  response.end(page(nameOf(request)));
};
exports.fixed = (request, response) => {
  response.writeHead(200, { "content-type": "text/html" });
  response.end(page(nameOf(request).replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`)));
};
