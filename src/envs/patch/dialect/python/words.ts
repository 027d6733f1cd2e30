/** Words of a line of Python: keywords where they may stand, names elsewhere. */
import {
  binary,
  depth,
  enter,
  setInnermost,
  innermost,
  value,
  pop,
  type LineState,
  type Mode,
} from "./state.ts";

const INFIX = ["and", "or", "in", "is", "not", "if", "else", "for", "as", "import"];
const HEADERS = ["if", "elif", "while", "for", "with", "except", "class", "def", "try", "else", "finally"];
const COMPLETE = ["pass", "break", "continue"];
const LEADING = [
  "return",
  "raise",
  "del",
  "assert",
  "global",
  "nonlocal",
  "import",
  "from",
  ...HEADERS,
  ...COMPLETE,
];
const OTHER = ["lambda", "yield", "await", "async"];
export const KEYWORDS: ReadonlySet<string> = new Set([...INFIX, ...LEADING, ...OTHER]);

export function beginWord(s: LineState, char: string, before: Mode): true {
  s.word = char;
  s.before = before;
  return enter(s, "word");
}

/** False when the word that has ended may not stand where it does. */
export function endWord(s: LineState): boolean {
  const word = s.word;
  const before = s.before;
  s.word = "";
  if (before === "dot") return !KEYWORDS.has(word) && value(s, "name");
  if (before === "operator") return infix(s, word);
  if (before === "indent") return statement(s, word);
  if (word === "not") {
    if (s.kind !== "simple" && s.kind !== "header") return false;
    if (depth(s) === 0) s.assignable = false;
    s.named = false;
    return enter(s, "operand");
  }
  return !KEYWORDS.has(word) && value(s, "name");
}

function infix(s: LineState, word: string): boolean {
  const top = innermost(s);
  const { kind } = s;
  s.named = false;
  if (kind === "from") {
    if (word !== "import") return false;
    s.kind = "names";
    return enter(s, "operand");
  }
  if (word === "as")
    return ["import", "names", "with"].includes(kind) && depth(s) === 0 && enter(s, "operand");
  if (kind === "import" || kind === "names" || top === "d" || (kind === "def" && top === "")) return false;
  if (s.notIn) {
    s.notIn = false;
    return word === "in" && binary(s);
  }
  switch (word) {
    case "and":
    case "or":
    case "is":
      return top !== "i" && binary(s);
    case "in":
      if (top === "i") setInnermost(s, depth(s) === 1 ? "" : "f");
      return binary(s);
    case "not":
      if (top === "i") return false;
      s.notIn = true;
      return enter(s, "operator");
    case "if":
      if (top === "i") return false;
      if (top !== "f") s.stack += "?";
      return binary(s);
    case "else":
      if (top !== "?") return false;
      return pop(s) && binary(s);
    case "for":
      if (top === "f") setInnermost(s, "i");
      else if (top !== "" && "(c[{v".includes(top)) s.stack += "i";
      else return false;
      return enter(s, "operand");
    default:
      return false;
  }
}

function statement(s: LineState, word: string): boolean {
  if (COMPLETE.includes(word)) return enter(s, "end");
  if (!KEYWORDS.has(word)) return value(s, "name");
  s.assignable = false;
  if (word === "import" || word === "from") s.kind = word;
  else if (word === "def") s.kind = "def";
  else if (word === "with" || word === "except") s.kind = "with";
  else if (HEADERS.includes(word)) s.kind = "header";
  else if (word === "return" || word === "raise") return enter(s, "optional");
  else if (!LEADING.includes(word)) return false;
  if (word === "for") s.stack += "i";
  if (word === "try" || word === "else" || word === "finally") return value(s, "group");
  return enter(s, word === "except" ? "optional" : "operand");
}
