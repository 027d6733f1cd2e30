"use strict";

/** Names of letters, parted by single dots, hyphens or spaces, then the year: `Quercus robur L. 1887`. */
const LABEL = /^([A-Za-z]+[-. ]?)+ \d{4}$/;

/** Our collectors' addresses: words with dots between them. */
const COLLECTOR = /^(\w+\.?)*@herbaria\.example$/;

const isLabel = (line) => LABEL.test(line);

const isCollector = (mail) => COLLECTOR.test(mail);

/** Without spaces at the ends of lines and of the whole. */
function tidy(text) {
  return text.replace(/[ \t]+$/gm, "").replace(/\s+$/, "");
}

module.exports = { isLabel, isCollector, tidy };
