"use strict";
/** The book is a text of one line per entry: `kind|boat|words`. Lines are how the tools on the pier read it. */
const lines = ["opened|petrel|berth 3"];

/** What stands between the parts may not stand in them. */
const plain = (text) => text.replaceAll("|", "/");

function write(kind, boat, words) {
  const line = `${kind}|${plain(boat)}|${words}`;
  lines.push(...line.split("\n"));
}

/** Entries from the first, of one kind or of all. */
function read(kind) {
  return lines
    .flatMap((line) => line.split(/\r|\u2028|\u2029/))
    .filter((line) => line !== "")
    .map((line) => {
      const [what, boat = "", ...rest] = line.split("|");
      return { kind: what, boat, words: rest.join("|") };
    })
    .filter((entry) => kind === undefined || entry.kind === kind);
}

module.exports = { write, read };
