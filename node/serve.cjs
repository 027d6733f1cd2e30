"use strict";
// Serves a JavaScript application in a process that is already isolated: parses its sources, says so, then loads it.
// Arguments: entry, application root, descriptor for the status, descriptors that listen, then `--` and the sources.
const { closeSync, existsSync, readFileSync, writeSync } = require("node:fs");
const { createServer, Server } = require("node:http");
const { join } = require("node:path");
const { compileFunction } = require("node:vm");
const { compileImage, usePackages } = require("./packages.cjs");

const given = process.argv.splice(2);
const split = given.indexOf("--");
const [entry, root, status, ...listeners] = given.slice(0, split);

function report(stage, message) {
  writeSync(Number(status), `${JSON.stringify({ stage, message: message.slice(0, 500) })}\n`);
  closeSync(Number(status));
}

/** What is wrong with the first source that is not JavaScript. Compiles, runs nothing. */
function parse(names) {
  for (const name of names) {
    try {
      const text = readFileSync(join(root, name), "utf8").replace(/^\ufeff?(#!.*)?/, "");
      compileFunction(text, ["exports", "require", "module", "__filename", "__dirname"], { filename: name });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return `${/^.*:\d+$/m.exec(error.stack)?.[0] ?? name}: ${error.message}`;
    }
  }
  return "";
}

/** Lets frameworks come from the images that were made of them, where there are any. */
function useImages() {
  const folder = join(__dirname, "images");
  if (!existsSync(folder)) return;
  const entries = JSON.parse(readFileSync(join(folder, "entries.json"), "utf8"));
  const compile = ([name, entry]) => {
    const file = join(folder, name);
    return [entry, () => compileImage(`${file}.js`, readFileSync(`${file}.cache`))];
  };
  usePackages(process.env.NODE_PATH, Object.fromEntries(Object.entries(entries).map(compile)));
}

/** The request listener behind what the entry exports; undefined when it exports nothing that serves. */
async function listenerOf(exported) {
  const app = (await exported)?.default ?? (await exported);
  if (typeof app === "function") return app;
  if (app instanceof Server) return (request, response) => app.emit("request", request, response);
  if (typeof app?.ready !== "function" || typeof app.routing !== "function") return undefined;
  await app.ready();
  return app.routing;
}

async function main() {
  const problem = parse(given.slice(split + 1));
  report(problem === "" ? "ready" : "syntax", problem);
  if (problem !== "") return;
  useImages();
  process.chdir(root);
  process.argv[1] = join(root, entry);
  const listener = await listenerOf(require(join(root, entry)));
  if (listener === undefined)
    throw new Error(
      `${entry} exports no request listener, no http.Server and no Express or Fastify application`,
    );
  for (const fd of listeners) createServer(listener).listen({ fd: Number(fd) });
}

main().catch((error) => {
  // The stack without this program's own frames and the interpreter's.
  const stack = String(error?.stack ?? error).split("\n");
  const files = [__filename, join(__dirname, "packages.cjs"), "(node:internal/"];
  const own = (line) => files.some((file) => line.includes(file));
  process.stderr.write(`${stack.filter((line) => !own(line)).join("\n")}\n`);
  process.exit(1);
});
