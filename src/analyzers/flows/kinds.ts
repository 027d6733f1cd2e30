/** What text from outside can do, as bits: each place where it may do so asks for one of them. */
import type { Level } from "../types.ts";

export const SQL = 1;
/** Ends a quoted value of a statement: only matters where the text stands in quotes. */
export const SQL_QUOTE = 2;
/** Leads up and out of a folder. */
export const UP = 4;
/** Starts at the root, whatever stands before it. */
export const ROOT = 8;
export const PATH = UP | ROOT;
export const SHELL = 16;
/** Opens an element. */
export const TAG = 32;
/** Ends a quoted attribute. */
export const ATTRIBUTE = 64;
/** Chooses the scheme of an address. */
export const SCHEME = 128;
/** Stands in markup already, in a place where it can do harm. */
export const MARKUP = 256;
export const TEMPLATE = 512;
export const REDIRECT = 1024;
export const FORMAT = 2048;
export const CODE = 4096;
export const LINES = 8192;
export const HOST = 16384;
export const KEY = 32768;
export const ALGORITHM = 65536;
/** Is short: a comparison with as much of a signature as was given holds for an empty one. */
export const PREFIX = 131072;
/** Names a module, a class or a function, which is then used. */
export const MEMBER = 262144;
/** What a page must not hold. */
export const XSS = TAG | MARKUP;
export const ANY_MARKUP = TAG | ATTRIBUTE | SCHEME | MARKUP;
/** Of what comes in: it stands in no markup yet. */
export const RAW = 524287 & ~MARKUP;
export const ALL = 524287;
/** Bits that a join can turn into others, so that what goes through a function is known for each of them. */
export const TURNED = [SQL, SQL_QUOTE, TAG, ATTRIBUTE, SCHEME, MARKUP] as const;

export interface Kind {
  readonly rule: string;
  readonly cwe: string;
  readonly severity: Level;
  readonly message: string;
}

const kind = (rule: string, cwe: string, severity: Level, message: string): Kind => ({
  rule,
  cwe,
  severity,
  message,
});

/** What a document includes: reported where a path or an address from a document would be. No bit of a text. */
export const ENTITY = 1048576;

/** By the bit that a place asks for. */
export const KINDS: ReadonlyMap<number, Kind> = new Map([
  [SQL, kind("FL101", "CWE-89", "HIGH", "Text from outside becomes part of an SQL statement.")],
  [PATH, kind("FL102", "CWE-22", "HIGH", "Text from outside decides which file is opened.")],
  [SHELL, kind("FL103", "CWE-78", "HIGH", "Text from outside becomes part of a shell command.")],
  [XSS, kind("FL104", "CWE-79", "HIGH", "Text from outside becomes markup of a page.")],
  [TEMPLATE, kind("FL105", "CWE-1336", "HIGH", "Text from outside becomes a template.")],
  [REDIRECT, kind("FL106", "CWE-601", "MEDIUM", "Text from outside decides where a visitor is sent.")],
  [FORMAT, kind("FL107", "CWE-502", "HIGH", "Data from outside is read in a format that can run code.")],
  [CODE, kind("FL108", "CWE-94", "HIGH", "Text from outside is run as a program.")],
  [LINES, kind("FL109", "CWE-117", "MEDIUM", "Text from outside is written to a log with its line ends.")],
  [HOST, kind("FL110", "CWE-918", "HIGH", "Text from outside decides which address is asked.")],
  [KEY, kind("FL111", "CWE-1321", "HIGH", "Keys from outside walk into an object and are set there.")],
  [
    PREFIX,
    kind(
      "FL113",
      "CWE-347",
      "HIGH",
      "A signature is compared only as far as the given one goes: a short one fits.",
    ),
  ],
  [
    MEMBER,
    kind("FL114", "CWE-502", "HIGH", "Data from outside names the code that is loaded and run for it."),
  ],
  [ENTITY, kind("FL115", "CWE-611", "HIGH", "A document names the file or address that is read into it.")],
  [ALGORITHM, kind("FL112", "CWE-347", "HIGH", "A token says itself how its signature is to be checked.")],
]);
