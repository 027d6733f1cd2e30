"use strict";
// Starts workers that never end until it may start no more.
const { Worker } = require("node:worker_threads");
const { shop } = require("./support.cjs");

for (let count = 0; count < 200; count++) {
  const worker = new Worker("for (;;) {}", { eval: true, resourceLimits: { maxOldGenerationSizeMb: 4096 } });
  worker.on("error", (error) => console.log("refused worker", count, error.code)).unref();
}
module.exports = shop;
