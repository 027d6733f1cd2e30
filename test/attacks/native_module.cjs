"use strict";
// Reaches for what lies below JavaScript: bindings, native modules, the debugger, the flags of the engine.
const fs = require("node:fs");
const { attempt, shop } = require("./support.cjs");

fs.writeFileSync("/tmp/evil.node", Buffer.from("\x7fELF", "latin1"));
attempt("load a native module", () => process.dlopen({ exports: {} }, "/tmp/evil.node"));
attempt("become root", () => process.setuid(0) ?? true);
attempt("write to the interpreter", () => fs.writeFileSync(process.execPath, "") ?? true);
attempt("read the interpreter's parent", () => fs.readdirSync(`/proc/${process.ppid || 0}`));
attempt("debugger of process 1's parent", () => process.ppid !== 0 && process.kill(process.ppid, "SIGUSR1"));
attempt("the runner's environment", () =>
  Object.keys(process.env).some((name) => name.startsWith("IRONBARK")),
);
attempt("the host's name", () => require("node:os").hostname() !== "app");
module.exports = shop;
