"use strict";
/** Kinds of bands. `parts` gives what the constructor took. */

class Plain {
  constructor(sign) {
    this.sign = sign;
  }
  draw(width) {
    return this.sign.repeat(width);
  }
  parts() {
    return [this.sign];
  }
}

class Stripe {
  constructor(one, other, every = 1) {
    Object.assign(this, { one, other, every });
  }
  draw(width) {
    return Array.from({ length: width }, (_, i) => (Math.floor(i / this.every) % 2 === 0 ? this.one : this.other)).join("");
  }
  parts() {
    return [this.one, this.other, this.every];
  }
}

/** One band in the middle of another. */
class Inlay {
  constructor(outer, inner, margin) {
    Object.assign(this, { outer, inner, margin });
  }
  draw(width) {
    const side = this.outer.draw(width).slice(0, this.margin);
    return side + this.inner.draw(width - 2 * this.margin) + side;
  }
  parts() {
    return [this.outer, this.inner, this.margin];
  }
}

module.exports = { Plain, Stripe, Inlay };
