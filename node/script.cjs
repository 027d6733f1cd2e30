"use strict";
// Plays functions of a scenario's script.cjs in a process of its own, which reaches nothing: it asks the verifier, over
// HTTP, to ask the application. POST /run starts a function, POST /reply hands it the answer that it waits for; both
// answer with its next request, or with how it ended.
const script = require("./script.cjs");

let report; // says what happens next to whoever asked last
let waiting; // requests of the function, of which the first is under way: { asked, resolve }

class Unmet extends Error {}

function ask(asked) {
  return new Promise((resolve) => {
    waiting.push({ asked: typeof asked === "string" ? { path: asked } : asked, resolve });
    if (waiting.length === 1) report({ request: waiting[0].asked });
  });
}

function expect(held, what) {
  if (!held) throw new Unmet(what);
  return held;
}

async function run({ name }) {
  waiting = [];
  try {
    await script[name]({ request: ask, expect });
    report({ passed: true });
  } catch (error) {
    report({ passed: false, detail: error instanceof Unmet ? `expected ${error.message}` : String(error) });
  }
}

function resume({ reply }) {
  waiting.shift().resolve(reply);
  // What the function asked for meanwhile, unless it has already said something.
  setImmediate(() => waiting.length > 0 && report({ request: waiting[0].asked }));
}

module.exports = (request, response) => {
  if (request.method !== "POST") return response.writeHead(204).end();
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    report = (event) => {
      report = () => {};
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify(event));
    };
    const message = JSON.parse(Buffer.concat(parts).toString("utf8"));
    if (request.url === "/run") void run(message);
    else resume(message);
  });
};
