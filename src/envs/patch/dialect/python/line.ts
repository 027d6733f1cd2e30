/**
 * Follows a line of Python character by character and knows what may come next: enough of the language's grammar that
 * what is written ends as statements that parse. Rarer syntax (comments, lambdas, annotations, triple quotes, several
 * statements in a line) is refused rather than understood.
 */

import { assign, augments, beginArgument, close, colon, comma, open } from "./brackets.ts";
import { binary, depth, enter, newLine, innermost, value, type LineState } from "./state.ts";
import { beginWord, endWord, KEYWORDS } from "./words.ts";

export class PythonLine {
  readonly #state: LineState;

  /** `base`: spaces before the original line, where its statements have to stand. */
  constructor(base: number, state: LineState = newLine(base)) {
    this.#state = state;
  }

  clone(): PythonLine {
    return new PythonLine(this.#state.base, { ...this.#state });
  }

  /** Equal keys: the same may follow. */
  get key(): string {
    return Object.values(this.#state).join("\u0001");
  }

  /** False when the text cannot follow; the line is then of no further use. */
  write(text: string): boolean {
    for (const one of text) if (!readChar(this.#state, one)) return false;
    return true;
  }

  /**
   * What is written from here on stays within the brackets and the string that enclose `text`, which would follow.
   * False when it could not.
   */
  stayAround(text: string): boolean {
    const state = { ...this.#state };
    let floor = state.stack.length;
    let locked = state.quote !== "";
    let innerFloor = state.inner.length;
    for (const one of text) {
      if (!readChar(state, one)) return false;
      floor = Math.min(floor, state.stack.length);
      locked &&= state.quote !== "";
      innerFloor = Math.min(innerFloor, state.inner.length);
    }
    Object.assign(this.#state, { floor, locked, innerFloor });
    return true;
  }

  /** Lifts what `stayAround` has set. */
  leave(): void {
    Object.assign(this.#state, { floor: 0, locked: false, innerFloor: 0 });
  }

  /**
   * The name or keyword that is being written can still become one that may stand here. `has` tells whether a word can
   * be written at all, `hasName` whether the letters can begin or be a word that is no keyword.
   */
  canEndWord(has: (word: string) => boolean, hasName: (letters: string) => boolean): boolean {
    const { mode, before, word } = this.#state;
    if (mode !== "word") return true;
    if (before !== "operator" && (!/^[A-Za-z]*$/.test(word) || hasName(word))) return true;
    return [...KEYWORDS].some(
      (keyword) => keyword.startsWith(word) && has(keyword) && endWord({ ...this.#state, word: keyword }),
    );
  }

  /** Ends the line here. Undefined when it is not whole; else whether a block has to follow, and where it stands. */
  finish(): { readonly header: boolean; readonly indent: number } | undefined {
    const ended = { ...this.#state };
    return newline(ended) ? { header: ended.header, indent: ended.last } : undefined;
  }
}

function readChar(s: LineState, char: string): boolean {
  if (s.quote !== "") return inString(s, char);
  switch (s.mode) {
    case "word":
      if (/[A-Za-z0-9_]/.test(char)) {
        s.word += char;
        return true;
      }
      if ((char === '"' || char === "'") && s.before !== "operator" && /^[fFrRbBuU]{1,2}$/.test(s.word))
        return beginString(s, char);
      if (!endWord(s)) return false;
      return readChar(s, char);
    case "number":
      if (/[0-9.]/.test(char)) return true;
      if (/[A-Za-z_]/.test(char)) return false;
      value(s, "literal");
      return readChar(s, char);
    case "op": {
      const [first] = s.op;
      if (char === "=" && "+-*/%|&".includes(first!) && augments(s)) return enter(s, "operand");
      if (char === "=" && "<>".includes(first!)) return enter(s, "operand");
      if (char === first && "/*<>".includes(char)) return enter(s, "operand");
      s.mode = "operand";
      return readChar(s, char);
    }
    case "equals":
      if (char === "=") return binary(s);
      return assign(s) && readChar(s, char);
    case "exclaim":
      return char === "=" && binary(s);
    case "indent":
      return atIndent(s, char);
    case "dot":
      return /[A-Za-z_]/.test(char) && beginWord(s, char, "dot");
    default:
  }
  if (char === " ") return true;
  if (char === "\n") return newline(s);
  if (s.notIn && char !== "i") return false;
  switch (s.mode) {
    case "operand":
    case "optional":
      return atOperand(s, char);
    case "operator":
      return atOperator(s, char);
    default:
      return false;
  }
}

function inString(s: LineState, char: string): boolean {
  if (char === "\n") return false;
  if (s.escaped) s.escaped = false;
  else if (char === "\\") s.escaped = true;
  else if (char === s.quote) {
    if (s.locked || (s.format && s.inner !== "")) return false;
    s.quote = s.inner = "";
    return value(s, "literal");
  } else if (char === "(" || char === "[" || char === "{") s.inner += char;
  else if (")]}".includes(char)) {
    const closes = s.inner !== "" && ")]}"["([{".indexOf(s.inner.at(-1)!)] === char;
    if (!closes) return !s.format || char !== "}";
    if (s.format && s.locked && s.inner.length <= s.innerFloor) return false;
    s.inner = s.inner.slice(0, -1);
  }
  return true;
}

function beginString(s: LineState, quote: string): boolean {
  if (depth(s) === 0) s.assignable = false;
  if (!beginArgument(s, false)) return false;
  s.quote = quote;
  s.format = /[fF]/.test(s.word);
  s.word = "";
  return enter(s, "operand");
}

function atIndent(s: LineState, char: string): boolean {
  const deepest = s.header ? s.last + 4 : s.last;
  if (char === " ") return ++s.indent <= Math.max(deepest, s.base);
  const fits = s.header ? s.indent === deepest : s.indent === s.last || s.indent === s.base;
  if (!fits) return false;
  s.last = s.indent;
  s.header = false;
  s.kind = "simple";
  s.assignable = true;
  if (/[A-Za-z_]/.test(char)) return beginWord(s, char, "indent");
  s.mode = "operand";
  s.assignable = false;
  if (char === "@") return true;
  return char !== "*" && atOperand(s, char);
}

function newline(s: LineState): boolean {
  if (s.mode === "word" && !endWord(s)) return false;
  if (s.mode === "number") value(s, "literal");
  if (s.quote !== "" || depth(s) > 0 || s.notIn) return false;
  const valueEnded = s.mode === "operator" || s.mode === "optional";
  if (s.mode !== "end" && !(valueEnded && ["simple", "import", "names"].includes(s.kind))) return false;
  s.indent = 0;
  return enter(s, "indent");
}

function atOperand(s: LineState, char: string): boolean {
  if (/[A-Za-z_]/.test(char)) return beginArgument(s, true) && beginWord(s, char, "operand");
  if (s.kind === "import" || s.kind === "from" || s.kind === "names") return false;
  if (s.kind === "def" && depth(s) === 0) return false;
  if (char === "'" || char === '"') return beginString(s, char);
  if (s.mode === "optional" && ")]}".includes(char)) return close(s, char, true);
  if (char === "*" && s.argument) return true;
  if (char === ":" && innermost(s) === "s") return enter(s, "optional");
  if (!beginArgument(s, false)) return false;
  if (depth(s) === 0) s.assignable = false;
  if (/[0-9]/.test(char)) return enter(s, "number");
  if (char === "-") return enter(s, "operand");
  if ("([{".includes(char)) {
    s.stack += char;
    return enter(s, "optional");
  }
  return false;
}

function atOperator(s: LineState, char: string): boolean {
  if (/[A-Za-z]/.test(char)) return beginWord(s, char, "operator");
  if (char === ",") return comma(s);
  if (s.kind === "import" || s.kind === "from") return char === "." && enter(s, "dot");
  if (s.kind === "names") return false;
  if (innermost(s) === "d" && !"=)".includes(char)) return false;
  if (s.kind === "def" && depth(s) === 0 && char !== (s.ended === "name" ? "(" : ":")) return false;
  if (char === ".") {
    s.named = false;
    return enter(s, "dot");
  }
  if (char === "(") return open(s, s.kind === "def" && depth(s) === 0 ? "d" : "c");
  if (char === "[") return open(s, "s");
  if (")]}".includes(char)) return close(s, char, false);
  if (char === ":") return colon(s);
  if (char === "=") return enter(s, "equals");
  if (char === "!") return enter(s, "exclaim");
  if (!"+-*/%|&<>^".includes(char)) return false;
  s.op = char;
  s.named = false;
  if (augments(s)) return enter(s, "op");
  binary(s);
  return enter(s, "op");
}
