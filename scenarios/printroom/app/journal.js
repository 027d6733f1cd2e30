"use strict";
/** The journal: a text file with a line for each job, which the bursar can also read by eye. */
const { appendFileSync, readFileSync } = require("node:fs");

const FILE = "/tmp/journal.txt";
const LINE = /^job=(\d+) client=(.*?) badge=(\S+) pages=(\d+) title=(.*)$/;
/** Where an editor begins a new line. */
const ENDS = /\r\n|[\n\v\f\r\x85\u2028\u2029]/;

function write({ number, client, badge, pages, title }) {
  appendFileSync(FILE, `job=${number} client=${client} badge=${badge} pages=${pages} title=${title}\n`);
}

/** What has been printed, in order; lines that are none of ours are passed over. */
function entries() {
  const found = readFileSync(FILE, "utf8").split(ENDS).map((line) => LINE.exec(line));
  return found
    .filter((match) => match !== null)
    .map(([, number, client, badge, pages, title]) => ({ number: Number(number), client, badge, pages: Number(pages), title }));
}

module.exports = { entries, write };
