"use strict";
// Makes the image of a package (packages.cjs), in two processes, since a code cache is made where nothing else has
// loaded the package. Arguments: `text` or `cache`, folder of packages, package, folder of images.
const { createServer, request } = require("node:http");
const { writeFileSync } = require("node:fs");
const Module = require("node:module");
const { join, sep } = require("node:path");
const { compileImage, imageText, usePackages } = require("./packages.cjs");

const [what, root, name, folder] = process.argv.slice(2);
const image = join(folder, `${name}.js`);

function writeText() {
  const prefix = root + sep;
  const relative = (file) => file.slice(prefix.length);
  const found = {};
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (asked, parent, ...rest) {
    const file = resolve.call(this, asked, parent, ...rest);
    if (file.startsWith(prefix) && parent?.filename?.startsWith(prefix))
      (found[relative(parent.filename)] ??= {})[asked] = relative(file);
    return file;
  };
  const entry = require.resolve(join(root, name));
  require(entry);
  const loaded = Object.keys(require.cache).filter((file) => file.startsWith(prefix) && file.endsWith(".js"));
  writeFileSync(image, imageText(root, loaded.map(relative), found));
  process.stdout.write(relative(entry));
}

/** Of each framework an application that is asked something, so that the cache holds what applications use. */
const APPLICATIONS = {
  async express(express) {
    const app = express();
    app.use(express.json(), express.urlencoded({ extended: true }));
    app.all("/:word", (asked, answer) => answer.cookie("a", "b").json({ ...asked.query, ...asked.body }));
    return app;
  },
  async fastify(fastify) {
    const app = fastify();
    app.all("/:word", async (asked) => ({ ...asked.query, ...asked.body }));
    await app.ready();
    return app.routing;
  },
};

async function writeCache() {
  let script;
  const entry = require.resolve(join(root, name));
  usePackages(root, { [entry.slice(root.length + 1)]: () => (script = compileImage(image)) });
  const listener = await APPLICATIONS[name](require(entry));
  const server = createServer(listener).listen(0, "127.0.0.1", async () => {
    const { port } = server.address();
    for (const method of ["GET", "POST"])
      await new Promise((done, fail) => {
        const headers = method === "POST" ? { "Content-Type": "application/json" } : {};
        const asked = request({ port, method, headers, path: "/a?b=c" }, (answer) =>
          answer.resume().on("end", done),
        );
        asked.on("error", fail).end(method === "POST" ? '{"d":1}' : undefined);
      });
    server.close();
    writeFileSync(join(folder, `${name}.cache`), script.createCachedData());
  });
}

if (what === "text") writeText();
else writeCache();
