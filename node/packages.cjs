"use strict";
// Packages of applications from images. An image is one text of a package and all that it loads, with V8's code cache.
// Its modules keep their file names and are loaded one by one as ever, so that whoever requires one of them gets the
// same instance; what is saved is finding, reading and compiling them.
const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { basename, dirname, join, sep } = require("node:path");
const { Script } = require("node:vm");

/** What Node.js gives to a module (lib/internal/modules/cjs/loader.js), in its order. */
const PARAMETERS = "exports, require, module, __filename, __dirname";

/** `require` of a module, as Node.js makes it. */
function requireOf(module) {
  const require = (request) => module.require(request);
  require.resolve = (request, options) => Module._resolveFilename(request, module, false, options);
  require.resolve.paths = (request) => Module._resolveLookupPaths(request, module);
  return Object.assign(require, {
    main: process.mainModule,
    extensions: Module._extensions,
    cache: Module._cache,
  });
}

/**
 * The image `file` compiled: without its code cache when V8 has no use for that. The cache keeps the name that it was
 * made with, and stacks show it, so it says nothing of where that was.
 */
function compileImage(file, cachedData) {
  return new Script(readFileSync(file, "utf8"), { filename: `image:${basename(file)}`, cachedData });
}

/**
 * Lets packages below `root` come from their images: `images` has for the file that a package begins with, relative to
 * `root`, a function that compiles its image. That happens when the file is first required.
 */
function usePackages(root, images) {
  const prefix = root + sep;
  const functions = new Map();
  const found = new Map();
  const relative = (file) => (file?.startsWith(prefix) ? file.slice(prefix.length) : undefined);

  const open = (name) => {
    const compile = images[name];
    if (compile === undefined) return;
    delete images[name];
    const [more, places] = compile().runInThisContext();
    for (const [file, run] of Object.entries(more)) if (!functions.has(file)) functions.set(file, run);
    for (const [file, known] of Object.entries(places)) found.set(file, { ...found.get(file), ...known });
  };

  const load = Module._extensions[".js"];
  Module._extensions[".js"] = (module, file) => {
    const name = relative(file);
    if (name !== undefined) open(name);
    const run = functions.get(name);
    if (run === undefined) return load(module, file);
    run.call(module.exports, module.exports, requireOf(module), module, file, dirname(file));
  };

  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, parent, isMain, options) {
    const known = options === undefined ? found.get(relative(parent?.filename))?.[request] : undefined;
    return known === undefined ? resolve.call(this, request, parent, isMain, options) : prefix + known;
  };
}

/** Comments name types with `import("...")`. */
const COMMENTED = /^\s*(?:\*|\/\/|\/\*).*$/gm;

/** Whether a source means the same inside a function of a script; one that does not is left to Node.js. */
const isPlain = (text) => !/^(?:\ufeff|#!)|\bimport\s*\(/.test(text.replace(COMMENTED, ""));

/**
 * The text of an image: an expression for functions by file, and for each file that asks the files that it found.
 * `files` and `found` have names relative to `root`.
 */
function imageText(root, files, found) {
  const functions = files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    return isPlain(text) ? [`${JSON.stringify(file)}: function (${PARAMETERS}) { ${text}\n}`] : [];
  });
  return `[{ ${functions.join(",\n")} },\n${JSON.stringify(found)}]\n`;
}

module.exports = { compileImage, imageText, usePackages };
