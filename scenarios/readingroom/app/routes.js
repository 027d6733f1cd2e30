"use strict";
/** What there is to ask for. Each handler gets the matched parts of the path, the body and who reads. */
const { BOXES, CLOSED, FINES, KEYS, ORDERS } = require("./holdings");

const ok = (body) => ({ status: 200, body });
const missing = { status: 404, body: { error: "nothing here" } };

const ROUTES = [
  ["GET", /^\/boxes$/, () => ok(BOXES)],
  ["GET", /^\/orders$/, (_, { reader }) => (reader ? ok(ORDERS.filter(({ by }) => by === reader)) : { status: 401, body: { error: "a card, please" } })],
  ["POST", /^\/renewals$/, (_, { reader, body }) => (reader ? ok({ renewed: String(body?.box), for: reader }) : { status: 401, body: { error: "a card, please" } })],
  ["GET", /^\/desk\/fines$/, () => ok(FINES)],
  ["GET", /^\/desk\/closed\/(\w+)$/, ([name]) => (Object.hasOwn(CLOSED, name) ? ok({ file: name, text: CLOSED[name] }) : missing)],
  ["POST", /^\/desk\/keys$/, (_, { body }) => ok({ door: String(body?.door), key: KEYS[body?.door] ?? "none" })],
];

function route({ method, path, body, reader }) {
  const { pathname } = new URL(path, "http://archive");
  for (const [verb, pattern, handler] of ROUTES) {
    const found = pattern.exec(pathname);
    if (found !== null && verb === method) return handler(found.slice(1), { body, reader });
  }
  return missing;
}

module.exports = { route };
