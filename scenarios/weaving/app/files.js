"use strict";
/** Saves patterns and brings them back: `$kind` says what an object was, as MODULE#CLASS. */

function freeze(pattern) {
  return JSON.stringify(pattern, (key, value) => {
    if (value === null || typeof value !== "object" || Array.isArray(value) || value.constructor === Object) return value;
    return { $kind: `./weaves#${value.constructor.name}`, with: value.parts() };
  });
}

/** The pattern in a file, its bands as objects that can draw themselves. */
function thaw(text) {
  return JSON.parse(text, (key, value) => {
    if (typeof value?.$kind !== "string") return value;
    const [place, name] = value.$kind.split("#");
    const Kind = require(place)[name];
    return new Kind(...(value.with ?? []));
  });
}

module.exports = { freeze, thaw };
