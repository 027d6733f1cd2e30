"use strict";
/** Stone of a quarry: buyers look for blocks and ask for quotes; the people of the quarry have rooms of their own. */
const http = require("node:http");
const { merge, parseQuery } = require("./objects");
const { BLOCKS, PEOPLE, QUOTE, ROOMS } = require("./quarry");

function answer(response, status, body) {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

async function jsonOf(request) {
  let text = "";
  for await (const part of request) text += part;
  return JSON.parse(text);
}

/** Blocks that fit `filter[stone]=slate&filter[tons][least]=2`, in the fields that `show` names. */
function look(query) {
  const { filter = {}, show = {} } = parseQuery(query);
  const least = Number(filter.tons?.least ?? 0);
  const fits = BLOCKS.filter(({ stone, tons }) => (filter.stone === undefined || filter.stone === stone) && tons >= least);
  return fits.map((block) => ({ id: block.id, stone: block.stone, ...(show.tons === "yes" ? { tons: block.tons } : {}) }));
}

/** What a buyer asks for, on top of what the quarry assumes. `constructor` is who builds with the stone. */
function quote(asked) {
  const whole = merge(structuredClone(QUOTE), asked);
  const block = BLOCKS.find(({ id }) => id === whole.block);
  if (block === undefined) return undefined;
  const price = block.tons * 90 * whole.cut.sides + (whole.finish === "polished" ? 250 : 0);
  return { block: block.id, for: whole.constructor, finish: whole.finish, cut: whole.cut, price };
}

async function handle(request, response) {
  const [path, query = ""] = request.url.split("?");
  const person = PEOPLE.get(request.headers["x-badge"]) ?? { name: "visitor" };
  if (path === "/blocks") return answer(response, 200, look(query));
  if (path === "/quotes" && request.method === "POST") {
    const made = quote(await jsonOf(request));
    return made === undefined ? answer(response, 404, { error: "no such block" }) : answer(response, 200, made);
  }
  const room = ROOMS.get(path);
  if (room === undefined) return answer(response, 404, { error: "nothing here" });
  if (person[room.needs] !== true && person[room.needs] !== "true") return answer(response, 403, { error: `not for a ${person.name}` });
  answer(response, 200, { room: path, text: room.text });
}

module.exports = http.createServer((request, response) => {
  handle(request, response).catch(() => answer(response, 400, { error: "not understood" }));
});
