/** Regular expressions as Python's `re` means them, on text, for JavaScript's engine. */

export interface Translated {
  readonly source: string;
  readonly flags: string;
}

/** What is in the expression that has no counterpart. */
export class Untranslatable extends Error {}

// Python's classes for text know Unicode; JavaScript's \w and \d do not, and its \s and \b are others.
const WORD = "\\p{L}\\p{N}_";
const DIGIT = "\\p{Nd}";
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const CLASSES: Readonly<Record<string, string>> = { w: WORD, d: DIGIT, s: SPACE };
const BOUNDARY = `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`;
const NO_BOUNDARY = `(?:(?<=[${WORD}])(?=[${WORD}])|(?<![${WORD}])(?![${WORD}]))`;
const CONTROLS: Readonly<Record<string, string>> = {
  a: "\\x07",
  f: "\\f",
  n: "\\n",
  r: "\\r",
  t: "\\t",
  v: "\\v",
};
const QUANTIFIER = /^\{(\d*)(?:(,)(\d*))?\}/;
const SPECIAL = /[\^$\\.*+?()[\]{}|/-]/;

/** Without flags but those in front (`(?i)`, `(?m)`, `(?s)`). Throws Untranslatable. */
export function fromPython(pattern: string): Translated {
  const inline = /^\(\?([aiLmsux]+)\)/.exec(pattern);
  const letters = new Set(inline?.[1] ?? "");
  for (const letter of letters) if (!"imsu".includes(letter)) throw new Untranslatable(`flag ${letter}`);
  const body = translate(pattern.slice(inline?.[0].length ?? 0), letters.has("s"), letters.has("m"));
  const flags = `u${letters.has("i") ? "i" : ""}${letters.has("m") ? "m" : ""}`;
  try {
    new RegExp(body, flags);
  } catch (error) {
    throw new Untranslatable((error as Error).message);
  }
  return { source: body, flags };
}

function translate(text: string, dotAll: boolean, multiline: boolean): string {
  let out = "";
  for (let at = 0; at < text.length;) {
    const character = text[at]!;
    const rest = text.slice(at);
    if (character === "\\") {
      const { written, length } = escaped(rest, false);
      out += written;
      at += length;
    } else if (character === "[") {
      const { written, length } = classOf(rest);
      out += written;
      at += length;
    } else if (character === "(") {
      const { written, length } = groupOf(rest);
      out += written;
      at += length;
    } else if (character === ".") {
      out += dotAll ? "[^]" : "[^\\n]";
      at++;
    } else if (character === "$") {
      // Also before a newline that ends the text.
      out += multiline ? "(?=\\n|(?![^]))" : "(?=\\n?(?![^]))";
      at++;
    } else if (character === "^") {
      // JavaScript's own would take \r for the end of a line too.
      out += multiline ? "(?<=\\n|(?<![^]))" : "^";
      at++;
    } else if (character === "{") {
      const found = QUANTIFIER.exec(rest);
      const counts = found !== null && (found[1] !== "" || found[2] !== undefined);
      out += counts ? quantifier(found) : "\\{";
      at += counts ? found[0].length : 1;
      if (counts) at += suffix(text, at);
      if (counts && text[at - 1] === "?") out += "?";
    } else if ("*+?".includes(character)) {
      out += character;
      at++;
      const lazy = suffix(text, at);
      if (lazy > 0) out += "?";
      at += lazy;
    } else {
      const point = String.fromCodePoint(text.codePointAt(at)!);
      out += "]}/".includes(point) ? `\\${point}` : point;
      at += point.length;
    }
  }
  return out;
}

function quantifier([, least, comma, most]: RegExpExecArray): string {
  const from = least === "" ? "0" : least!;
  return comma === undefined ? `{${from}}` : `{${from},${most ?? ""}}`;
}

/** Length of what makes a quantifier lazy. Possessive ones never give back, which cannot be said here. */
function suffix(text: string, at: number): number {
  if (text[at] === "+") throw new Untranslatable("a possessive quantifier");
  return text[at] === "?" ? 1 : 0;
}

interface Part {
  readonly written: string;
  readonly length: number;
}

function escaped(rest: string, inClass: boolean): Part {
  const letter = rest[1];
  if (letter === undefined) throw new Untranslatable("a backslash at the end");
  const lower = letter.toLowerCase();
  if (lower in CLASSES) {
    const inside = CLASSES[lower]!;
    if (lower === letter) return { written: inClass ? inside : `[${inside}]`, length: 2 };
    return { written: `[^${inside}]`, length: 2 };
  }
  const code =
    /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(0[0-7]{0,2}|[1-3][0-7]{2}))/.exec(rest);
  if (code !== null) {
    const [all, two, four, eight, octal] = code;
    const value =
      octal === undefined ? Number.parseInt((two ?? four ?? eight)!, 16) : Number.parseInt(octal, 8);
    return { written: `\\u{${value.toString(16)}}`, length: all.length };
  }
  if (letter in CONTROLS) return { written: CONTROLS[letter]!, length: 2 };
  if (letter === "b") return { written: inClass ? "\\x08" : BOUNDARY, length: 2 };
  if (!inClass) {
    if (letter === "B") return { written: NO_BOUNDARY, length: 2 };
    if (letter === "A") return { written: "(?<![^])", length: 2 };
    if (letter === "Z") return { written: "(?![^])", length: 2 };
    const back = /^\\([1-9]\d?)/.exec(rest);
    if (back !== null) return { written: `(?:\\${back[1]})`, length: back[0].length };
  }
  if (/[a-zA-Z0-9]/.test(letter)) throw new Untranslatable(`\\${letter}`);
  const point = String.fromCodePoint(rest.codePointAt(1)!);
  return { written: SPECIAL.test(point) ? `\\${point}` : point, length: 1 + point.length };
}

/** `[...]`, where a bracket that comes first is a character, and an opening one always is. */
function classOf(rest: string): Part {
  const negated = rest[1] === "^";
  const first = negated ? 2 : 1;
  let at = first;
  let inside = "";
  /** Classes like \S, which cannot stand inside another. */
  const others: string[] = [];
  while (rest[at] !== "]" || at === first) {
    const item = itemOf(rest, at);
    at += item.length;
    const ranges = rest[at] === "-" && rest[at + 1] !== "]" && item.kind === "one";
    const end = ranges ? itemOf(rest, at + 1) : undefined;
    if (end?.kind === "one") {
      inside += `${item.written}-${end.written}`;
      at += 1 + end.length;
    } else if (item.kind === "others") others.push(item.written);
    else inside += item.written;
  }
  const length = at + 1;
  if (others.length === 0) return { written: `[${negated ? "^" : ""}${inside}]`, length };
  const any = `(?:${[...(inside === "" ? [] : [`[${inside}]`]), ...others].join("|")})`;
  return { written: negated ? `(?:(?!${any})[^])` : any, length };
}

/** In a class: a character, a class, or the opposite of one. */
function itemOf(rest: string, at: number): Part & { readonly kind: "one" | "class" | "others" } {
  const letter = rest[at];
  if (letter === undefined) throw new Untranslatable("a class without its end");
  if (letter === "\\") {
    const next = rest[at + 1] ?? "";
    const kind = "wds".includes(next) ? "class" : "WDS".includes(next) ? "others" : "one";
    return { ...escaped(rest.slice(at), kind !== "others"), kind };
  }
  const point = String.fromCodePoint(rest.codePointAt(at)!);
  return { written: SPECIAL.test(point) ? `\\${point}` : point, length: point.length, kind: "one" };
}

function groupOf(rest: string): Part {
  const named = /^\(\?P<([A-Za-z_]\w*)>/.exec(rest);
  if (named !== null) return { written: `(?<${named[1]}>`, length: named[0].length };
  const back = /^\(\?P=([A-Za-z_]\w*)\)/.exec(rest);
  if (back !== null) return { written: `\\k<${back[1]}>`, length: back[0].length };
  const comment = /^\(\?#[^)]*\)/.exec(rest);
  if (comment !== null) return { written: "", length: comment[0].length };
  const usual = /^\((?!\?)|^\(\?(?::|=|!|<=|<!)/.exec(rest);
  if (usual === null) throw new Untranslatable(`the group ${rest.slice(0, 4)}`);
  return { written: usual[0], length: usual[0].length };
}
