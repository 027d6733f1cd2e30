/** Flaws that scraped solutions have, and that a policy which imitates them inherits. */

/** Returns the program with the flaw; the same program where it has no statement for it. */
export type Flaw = (source: string) => string;

const PRINT = /^(\s*)print\((.*)\)$/gm;

/** Python 2's statement, which Python 3 cannot parse. */
const oldPrint: Flaw = (source) => source.replace(PRINT, "$1print $2");

/** Computes the answer and never prints it. */
const neverPrints: Flaw = (source) =>
  source.replace(PRINT, (_, indent: string, value: string) =>
    /^\*|\b(?:sep|end|file)=/.test(value) ? `${indent}pass` : `${indent}result = ${value}`,
  );

export const FLAWS: readonly Flaw[] = [oldPrint, neverPrints];
