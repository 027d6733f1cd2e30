/** Brackets of a line of Python, and the signs whose meaning depends on them. */
import { depth, enter, setInnermost, innermost, pop, value, type LineState } from "./state.ts";

/** Symbols of the stack that each bracket closes. */
const CLOSES: Readonly<Record<string, string>> = { ")": "(ckKde", "]": "[s", "}": "{Svy" };
const OPENS = "(ckKde[s{Svy";

/** A call or a subscript of what has just ended. */
export function open(s: LineState, symbol: "c" | "d" | "s"): boolean {
  if (symbol === "c" && s.ended === "literal") return false;
  if (symbol === "c" && depth(s) === 0) s.assignable = false;
  s.named = false;
  s.stack += symbol;
  s.argument = symbol !== "s";
  return enter(s, symbol === "s" ? "operand" : "optional");
}

export function close(s: LineState, bracket: string, empty: boolean): boolean {
  if (innermost(s) === "f" && !pop(s)) return false;
  const top = innermost(s);
  if (top === "" || !CLOSES[bracket]!.includes(top)) return false;
  if ((top === "K" || top === "y") && !empty) return false;
  if (!pop(s)) return false;
  s.argument = s.named = false;
  return value(s, top === "{" || "Svy".includes(top) ? "literal" : top === "s" ? "name" : "group");
}

export function comma(s: LineState): boolean {
  const top = innermost(s);
  s.named = false;
  if (top === "") {
    if (s.kind === "header" || s.kind === "def" || s.kind === "from") return false;
    // Only names and plain values in a row: `return "no", 400`.
    return enter(s, s.kind === "simple" ? "optional" : "operand");
  }
  if (!OPENS.includes(top) || top === "K" || top === "y") return false;
  if (top === "k") setInnermost(s, "K");
  else if (top === "v") setInnermost(s, "y");
  else if (top === "{") setInnermost(s, "S");
  else if (top === "e") setInnermost(s, "d");
  s.argument = "ckKde".includes(top);
  return enter(s, "optional");
}

export function colon(s: LineState): boolean {
  const top = innermost(s);
  s.named = false;
  if (top === "{" || top === "y") {
    setInnermost(s, "v");
    return enter(s, "operand");
  }
  if (top === "s") return enter(s, "optional");
  const opens = s.kind === "header" || s.kind === "def" || s.kind === "with";
  if (top !== "" || !opens) return false;
  s.header = true;
  return enter(s, "end");
}

/** A single `=`: of an assignment, a keyword argument or a default. */
export function assign(s: LineState): boolean {
  const top = innermost(s);
  if (top === "") {
    if (!s.assignable || s.kind !== "simple" || s.ended !== "name") return false;
    s.assignable = false;
  } else if (s.named && "cK".includes(top)) setInnermost(s, "k");
  else if (s.named && top === "d") setInnermost(s, "e");
  else return false;
  s.named = false;
  return enter(s, "operand");
}

/** An operator with `=` would assign here. */
export function augments(s: LineState): boolean {
  return depth(s) === 0 && s.assignable && s.kind === "simple";
}

/** Notes how an argument begins; parameters are names. */
export function beginArgument(s: LineState, name: boolean): boolean {
  if (s.argument && innermost(s) === "d" && !name) return false;
  s.named = s.argument && name;
  s.argument = false;
  return true;
}
