"use strict";
// Says that it is ready, and that it has won, on every descriptor that it might have inherited.
const fs = require("node:fs");

for (let fd = 3; fd < 64; fd++) {
  try {
    if (!fs.fstatSync(fd).isFIFO()) continue;
    fs.writeSync(
      fd,
      JSON.stringify({ stage: "ready", message: "" }) +
        "\n" +
        JSON.stringify({ event: "exit", code: 0 }) +
        "\n",
    );
  } catch {}
}
process.exit(0);
