/** Takes abilities away from the names that an expression reads. */
import { HOST, REDIRECT, LINES, PATH, TAG, ATTRIBUTE, SQL_QUOTE, UP, KEY, ROOT } from "./kinds.ts";
import { pathOf, type Expr } from "./program.ts";
import type { FunctionInfo, Value } from "./value.ts";

export interface Guarded {
  evaluate(expr: Expr): Value;
  /** Whether nothing in it came in here: neither from a request nor as a parameter. */
  isClean(value: Value): boolean;
  /** Takes `gone` away from what a name or a place stands for. */
  narrow(path: string, gone: number): void;
  /** Functions of the sources that a call may mean, with the argument that each parameter gets. */
  calledBy(call: Extract<Expr, { kind: "call" }>): readonly Called[];
}

export interface Called {
  readonly of: FunctionInfo;
  readonly args: readonly (Expr | undefined)[];
}

export function narrowTo(expr: Expr, gone: number, to: Guarded): void {
  const path = pathOf(expr);
  if (path !== undefined) to.narrow(path, gone);
  else if (expr.kind === "list") for (const item of expr.items) narrowTo(item, gone, to);
  // What a test says of `x.lower()` or `str(x)` it says of x, as far as signs are concerned.
  else if (expr.kind === "call" && expr.callee.kind === "member" && HARMLESS_CALLS.has(expr.callee.name))
    narrowTo(expr.callee.object, gone, to);
  else if (
    expr.kind === "call" &&
    expr.callee.kind === "name" &&
    /^(str|String)$/.test(expr.callee.name) &&
    expr.args[0]
  )
    narrowTo(expr.args[0], gone, to);
}

const HARMLESS_CALLS = new Set([
  "lower",
  "upper",
  "strip",
  "lstrip",
  "rstrip",
  "removeprefix",
  "removesuffix",
  "trimStart",
  "trimEnd",
  "trim",
  "toLowerCase",
  "toUpperCase",
  "toString",
  "casefold",
]);

/** What no sign of `signs` can do. */
export const outsideOf = (signs: string): number =>
  (signs.includes("<") ? 0 : TAG) |
  (signs.includes('"') ? 0 : ATTRIBUTE) |
  (signs.includes("'") ? 0 : SQL_QUOTE) |
  (signs.includes("\n") ? 0 : LINES);

export function narrowPath(expr: Expr, text: string, to: Guarded): void {
  if (text === "..") narrowTo(expr, UP, to);
  if (text === "/" || text === "\\") narrowTo(expr, text === "/" ? PATH : 0, to);
}

export function denied(item: Expr, members: readonly string[], to: Guarded): void {
  if (members.includes("__proto__")) narrowTo(item, KEY, to);
  if (members.includes("..")) narrowTo(item, UP, to);
  // Of a path cut at its slashes: an absolute one begins with an empty part.
  if (members.includes("")) narrowTo(item, ROOT, to);
}

/** A path stays inside; where it was not given a name, so do the parts that it was made of. */
export function narrowWay(path: Expr, to: Guarded): void {
  if (path.kind !== "call") return narrowTo(path, PATH, to);
  for (const name of namesIn(path)) to.narrow(name, PATH);
}

/** Names that an expression reads. */
export function namesIn(expr: Expr): string[] {
  if (expr.kind === "name") return [expr.name];
  if (expr.kind === "member") return namesIn(expr.object);
  if (expr.kind === "index") return namesIn(expr.object);
  if (expr.kind === "call")
    return [
      ...(expr.callee.kind === "member" ? namesIn(expr.callee.object) : []),
      ...expr.args.flatMap(namesIn),
    ];
  return expr.kind === "list" || expr.kind === "test" ? expr.items.flatMap(namesIn) : [];
}

/** The host or origin of an address is one of those that were meant: so is the whole address. */
export function narrowHost(item: Expr, to: Guarded): void {
  if (item.kind !== "member" || !/^(netloc|host|hostname|origin)$/.test(item.name)) return;
  const { relativeOf } = to.evaluate(item.object);
  if (relativeOf !== undefined) to.narrow(relativeOf, HOST | REDIRECT);
  narrowTo(item.object, HOST | REDIRECT, to);
}
