"use strict";
// Starts processes until it may start no more, detached and in sessions of their own.
const { spawnSync } = require("node:child_process");
const { shop } = require("./support.cjs");

const started = spawnSync(
  "/bin/sh",
  ["-c", "n=0; while [ $n -lt 500 ]; do setsid sleep 600 & n=$((n+1)); done; echo $n"],
  { timeout: 2000 },
);
console.log("refused processes", String(started.stderr).includes("fork") || started.status !== 0);
module.exports = shop;
