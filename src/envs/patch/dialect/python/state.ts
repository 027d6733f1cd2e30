/** Where a line of Python stands after some of its characters. */

/**
 * What the next character may begin.
 * indent: spaces before a statement. operand, optional: a value has to, or may, come. operator: a value has ended.
 * word, number: inside one. dot: a name has to follow. op: an operator's first character was read. equals: a single
 * `=`, which a second one would make a comparison. exclaim: only `=` may follow. end: the statement is over; a header
 * then has a block.
 */
export type Mode =
  | "indent"
  | "operand"
  | "optional"
  | "operator"
  | "word"
  | "number"
  | "dot"
  | "op"
  | "equals"
  | "exclaim"
  | "end";

/** What ended before mode `operator`, because not every value can be called or assigned to. */
type Ended = "name" | "literal" | "group";

/** Plain values only, so that copies and keys are cheap. */
export interface LineState {
  /** Spaces before the original line: where statements have to stand. */
  readonly base: number;
  mode: Mode;
  /**
   * Open constructs, innermost last. Brackets: ( grouping, c call without keywords so far, k inside a keyword
   * argument, K after one, d parameters of a definition, e inside a default, [ list, s subscript, { display of either
   * kind, S set, v value of a dictionary, y key of one. Others: ? a conditional that awaits `else`, i a loop that awaits
   * `in`, f the rest of a comprehension.
   */
  stack: string;
  /** This many of them stay open; where `locked`, so does the open string with this many of its brackets. */
  floor: number;
  locked: boolean;
  innerFloor: number;
  /** Delimiter of the open string; empty outside. */
  quote: string;
  escaped: boolean;
  /** Brackets inside the open string, for the expressions of f-strings. */
  inner: string;
  /** The open string is an f-string. */
  format: boolean;
  word: string;
  /** Where the word stands: what it may be depends on it. */
  before: Mode;
  ended: Ended;
  kind: "simple" | "header" | "def" | "import" | "from" | "names" | "with";
  op: string;
  /** Nothing but names, attributes and subscripts so far: `=` would assign. */
  assignable: boolean;
  /** An argument or parameter begins here. */
  argument: boolean;
  /** The argument is one plain name so far. */
  named: boolean;
  /** The word `not` stood where only `not in` can follow. */
  notIn: boolean;
  /** Spaces of the line that is being begun, of the last statement, and whether that one has a block. */
  indent: number;
  last: number;
  header: boolean;
}

export function newLine(base: number): LineState {
  return {
    base,
    mode: "indent",
    stack: "",
    floor: 0,
    locked: false,
    innerFloor: 0,
    quote: "",
    escaped: false,
    inner: "",
    format: false,
    word: "",
    before: "indent",
    ended: "name",
    kind: "simple",
    op: "",
    assignable: true,
    argument: false,
    named: false,
    notIn: false,
    indent: 0,
    last: base,
    header: false,
  };
}

export function enter(s: LineState, mode: Mode): true {
  s.mode = mode;
  return true;
}

export function value(s: LineState, ended: Ended): true {
  s.ended = ended;
  return enter(s, "operator");
}

/** Behind an operator between two values. */
export function binary(s: LineState): true {
  if (depth(s) === 0) s.assignable = false;
  s.named = false;
  return enter(s, "operand");
}

export function depth(s: LineState): number {
  return s.stack.length;
}

export function innermost(s: LineState): string {
  return s.stack.at(-1) ?? "";
}

export function setInnermost(s: LineState, symbol: string): void {
  s.stack = s.stack.slice(0, -1) + symbol;
}

/** Ends the innermost construct; false when it has to stay open. */
export function pop(s: LineState): boolean {
  if (s.stack.length <= s.floor) return false;
  s.stack = s.stack.slice(0, -1);
  return true;
}
