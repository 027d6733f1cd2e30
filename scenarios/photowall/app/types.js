"use strict";
/** Files by the end of their name. */

const TYPES = {
  png: "image/png",
  jpg: "image/jpeg",
  gif: "image/gif",
  txt: "text/plain; charset=utf-8",
  svg: "image/svg+xml",
  xml: "text/xml; charset=utf-8",
  html: "text/html; charset=utf-8",
  htm: "text/html; charset=utf-8",
  xhtml: "application/xhtml+xml",
};

/** The committee writes its pages without an end of the name, too. */
function typeOf(name) {
  return TYPES[name.split(".").at(-1).toLowerCase()] ?? "text/html; charset=utf-8";
}

/** Programs are not for the wall. */
function acceptable(name) {
  return /^[\w .-]{1,60}$/.test(name) && !/\.(html|js|php|exe|sh)$/.test(name);
}

module.exports = { acceptable, typeOf };
