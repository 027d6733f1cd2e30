/** Rules of a grammar over bytes: what a text may look like. */

export type Rule =
  /** One byte, where the table has a 1. */
  | { readonly kind: "byte"; readonly allowed: Uint8Array }
  | { readonly kind: "sequence"; readonly items: readonly Rule[] }
  | { readonly kind: "choice"; readonly options: readonly Rule[] }
  /** `max` may be Infinity. */
  | { readonly kind: "repeat"; readonly item: Rule; readonly min: number; readonly max: number }
  /** Made when it is first needed, so that rules may contain themselves. */
  | { readonly kind: "lazy"; readonly make: () => Rule };

export const sequence = (...items: readonly Rule[]): Rule => ({ kind: "sequence", items });
export const choice = (...options: readonly Rule[]): Rule => ({ kind: "choice", options });
export const repeat = (item: Rule, min: number, max = Infinity): Rule => ({ kind: "repeat", item, min, max });
export const optional = (item: Rule): Rule => choice(sequence(), item);

export function lazy(make: () => Rule): Rule {
  let made: Rule | undefined;
  return { kind: "lazy", make: () => (made ??= make()) };
}

/** One byte of any of these, each a byte or a range of them, both ends included. */
export function bytes(...ranges: readonly (number | readonly [number, number])[]): Rule {
  const allowed = new Uint8Array(256);
  for (const range of ranges) {
    const [from, to] = typeof range === "number" ? [range, range] : range;
    allowed.fill(1, from, to + 1);
  }
  return { kind: "byte", allowed };
}

/** One of the ASCII characters of `text`. */
export const characters = (text: string): Rule => bytes(...[...text].map((c) => c.charCodeAt(0)));

/** Exactly this text, in UTF-8. */
export const literal = (text: string): Rule =>
  sequence(...[...Buffer.from(text, "utf8")].map((byte) => bytes(byte)));
