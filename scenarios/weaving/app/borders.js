"use strict";
/** Borders, which only files of the old looms have. */

class Fringe {
  constructor(knot) {
    this.knot = knot;
  }
  draw(width) {
    return `${this.knot} `.repeat(width / 2).trimEnd();
  }
}

module.exports = { Fringe };
