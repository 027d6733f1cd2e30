"use strict";
// Refuses every signal that can be refused, and comes back to life when it ends.
const { spawn } = require("node:child_process");
const { shop } = require("./support.cjs");

for (const name of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR2"]) process.on(name, () => {});
process.on("exit", () => spawn(process.execPath, [__filename], { detached: true, stdio: "ignore" }).unref());
setInterval(() => {}, 1000);
module.exports = shop;
