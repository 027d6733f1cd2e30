/** Finds the code that a request carries again in the response, whatever it was encoded to, and marks it there. */
import type { RequestValue } from "./subject.ts";

/** Valid in code and in host names, and nothing that a page would hold by itself. */
export const MARKER = "ib7markerq";

export interface Reflection {
  readonly where: string;
  /** The code as sent, for instance `alert(1)`. */
  readonly code: string;
  /** As it stands in the body, with a little around it. */
  readonly excerpt: string;
}

export interface Marked {
  /** The body with the name in every reflected piece of code replaced by the marker. */
  readonly body: string;
  readonly reflections: readonly Reflection[];
}

/** A call or tagged template with what follows it, a member of the page that attackers read, a foreign script's host. */
const CODE =
  /(?<name>[A-Za-z_$][\w$]*)(?<rest>(?:\.[A-Za-z_$][\w$]*)*\s*[(`][^<>]{0,24})|(?<member>document|location|window)(?<path>\.(?:cookie|domain|href|location|name))|(?<slashes>\/\/)(?<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?<file>\/[\w./-]*)?/gi;

/** How a character may stand in a response: as it is, or written for HTML, for a string of JavaScript, for a URL. */
const SPELLINGS: Readonly<Record<string, string>> = {
  "'": "'|&#0*39;|&#x0*27;|&apos;|\\\\'|\\\\x27|\\\\u0027|%27",
  '"': '"|&#0*34;|&#x0*22;|&quot;|\\\\"|\\\\x22|\\\\u0022|%22',
  "`": "`|&#0*96;|&#x0*60;|&grave;|\\\\`|\\\\x60|\\\\u0060|%60",
  "(": "\\(|&#0*40;|&#x0*28;|&lpar;|%28",
  ")": "\\)|&#0*41;|&#x0*29;|&rpar;|%29",
  "/": "\\/|\\\\\\/|&#0*47;|&#x0*2f;|&sol;|%2f|\\\\u002f|\\\\x2f",
  "&": "&|&amp;|&#0*38;|&#x0*26;|%26|\\\\u0026|\\\\x26",
  " ": " |\\+|%20|&nbsp;",
  "=": "=|%3d|&#0*61;|&#x0*3d;|\\\\u003d",
  "\\": "\\\\{1,2}|%5c",
};

export function markReflections(body: string, values: readonly RequestValue[]): Marked {
  const reflections: Reflection[] = [];
  const seen = new Set<string>();
  let marked = body;
  for (const { where, value } of values)
    for (const { name, rest, before } of piecesOf(value)) {
      // Referer and Origin name sites that a page may well load scripts from by its own choice.
      if (before === "//" && where.startsWith("request header")) continue;
      const code = `${before}${name}${rest}`;
      if (seen.has(code)) continue;
      seen.add(code);
      const pattern = new RegExp(`(${spelled(before)})${escape(name)}(?=${spelled(rest)})`, "g");
      const at = body.search(pattern);
      if (at < 0) continue;
      reflections.push({ where, code, excerpt: body.slice(Math.max(0, at - 30), at + code.length + 30) });
      marked = marked.replace(pattern, `$1${MARKER}`);
    }
  return { body: marked, reflections };
}

interface Piece {
  readonly before: string;
  readonly name: string;
  readonly rest: string;
}

function piecesOf(value: string): Piece[] {
  return [...value.matchAll(CODE)].map(({ groups: of }) => {
    const { name, rest, member, path, slashes, host, file } = of!;
    if (name !== undefined) return { before: "", name, rest: shortest(rest!) };
    if (member !== undefined) return { before: "", name: member, rest: path! };
    return { before: slashes!, name: host!, rest: file ?? "" };
  });
}

/** A call up to its closing parenthesis, so that a filter that cuts what follows does not hide it. */
function shortest(rest: string): string {
  const end = /[)`]/.exec(rest.slice(rest.search(/[(`]/) + 1));
  return end === null ? rest : rest.slice(0, rest.search(/[(`]/) + 2 + end.index);
}

function spelled(text: string): string {
  return [...text].map((char) => `(?:${SPELLINGS[char] ?? escape(char)})`).join("");
}

function escape(text: string): string {
  return text.replace(/[$()*+./?[\\\]^{|}-]/g, "\\$&");
}
