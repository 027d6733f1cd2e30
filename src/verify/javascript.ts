/** Does a piece of JavaScript run, and does it mention a marker as code rather than as inert text? */
import { compileFunction, Script } from "node:vm";

export type ScriptKind = "script" | "module" | "handler";

/**
 * True when `code` is valid and contains `marker` outside comments as an identifier, or as a literal of exactly
 * that text handed to a call: `tell('marker')`, tell`marker`. A longer string that contains the marker, such as a
 * reflected payload inside quotes, is data. Compiles, runs nothing.
 */
export function mentionsAsCode(code: string, marker: string, kind: ScriptKind): boolean {
  return code.includes(marker) && findMention(code, marker) && isValid(code, kind);
}

function isValid(code: string, kind: ScriptKind): boolean {
  try {
    if (kind === "script") new Script(code);
    // Imports and top-level await are not worth an engine flag: a module counts as valid.
    else if (kind === "handler") compileFunction(code, ["event"]);
    return true;
  } catch {
    return false;
  }
}

const LINE_COMMENT = /(?:\/\/|<!--)[^\n\r\u2028\u2029]*/y;
const BLOCK_COMMENT = /\/\*[^]*?\*\//y;
const QUOTED = /'(?:[^'\\\n\r]|\\[^])*'|"(?:[^"\\\n\r]|\\[^])*"/y;
const TEMPLATE_TEXT = /(?:[^`\\$]|\\[^]|\$(?!\{))*/y;
const REGEX = /\/(?:[^/\\[\n\r]|\\.|\[(?:[^\]\\\n\r]|\\.)*\])+\/[a-z]*/y;
const WORD = /[\p{ID_Continue}$\u200c\u200d]+/uy;
/** Words after which a slash starts a regular expression. */
const BEFORE_REGEX = new Set([
  "return",
  "typeof",
  "case",
  "in",
  "of",
  "delete",
  "void",
  "throw",
  "new",
  "else",
  "do",
]);

function findMention(code: string, marker: string): boolean {
  let at = 0;
  /** The last token: a word, one character, or "" for a literal. */
  let last = ";";
  let called = false;
  /** Per open brace: whether it belongs to a template's `${`. */
  const braces: boolean[] = [];
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const text = pattern.exec(code)?.[0];
    if (text !== undefined) at += text.length;
    return text;
  };
  const operandBefore = (): boolean => last === "" || last === ")" || last === "]" || isName(last);
  const isName = (token: string): boolean => /[\p{ID_Continue}$]/u.test(token) && !BEFORE_REGEX.has(token);
  /** Reads template text up to `${` or the end; true when the marker is all there is. */
  const template = (): boolean => {
    const text = match(TEMPLATE_TEXT)!;
    if (code.startsWith("${", at)) {
      at += 2;
      braces.push(true);
      last = "{";
      return false;
    }
    at++;
    last = "";
    return text === marker;
  };

  while (at < code.length) {
    const char = code[at]!;
    if (/\s/.test(char)) at++;
    else if (match(LINE_COMMENT) !== undefined || match(BLOCK_COMMENT) !== undefined) continue;
    else if (char === "'" || char === '"') {
      const text = match(QUOTED);
      if (text === undefined) return false;
      if (text.slice(1, -1) === marker && called) return true;
      last = "";
    } else if (char === "`") {
      const tagged = isName(last) || called;
      at++;
      if (template() && tagged) return true;
    } else if (char === "}" && braces.pop() === true) {
      at++;
      template();
    } else if (char === "/" && !operandBefore() && match(REGEX) !== undefined) last = "";
    else {
      const word = match(WORD);
      if (word?.includes(marker)) return true;
      // `name(`: the next literal is a call's first argument; `,` keeps later arguments in.
      called = char === "(" ? isName(last) || last === ")" || last === "]" : called && char === ",";
      if (word === undefined) {
        if (char === "{") braces.push(false);
        at++;
      }
      last = word ?? char;
      continue;
    }
  }
  return false;
}
