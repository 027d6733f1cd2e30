/** What a test says about a text once it has come out true or false. */
import { ALL, HOST, KEY, PATH, PREFIX, REDIRECT, ROOT, SCHEME } from "./kinds.ts";
import { applyHas, applyPattern, applyPrefix } from "./guard-texts.ts";
import {
  denied,
  narrowHost,
  namesIn,
  narrowPath,
  narrowTo,
  narrowWay,
  outsideOf,
  type Guarded,
} from "./narrowing.ts";
import { pathOf, type Expr, type Pattern } from "./program.ts";
import { leftWithoutText } from "./sanitizers.ts";

/** Takes away what `test` excludes when it comes out as `truth`. */
export function applyTest(test: Expr, truth: boolean, to: Guarded): void {
  if (test.kind === "test") return applyOperator(test, truth, to);
  if (test.kind === "call") return applyCall(test, truth, to);
  if (test.kind === "either" && test.test === undefined) {
    for (const one of test.options) if (!truth) applyTest(one, false, to);
  }
  if (test.kind === "assign") return applyTest(test.value, truth, to);
}

type Test = Extract<Expr, { kind: "test" }>;
type Call = Extract<Expr, { kind: "call" }>;

function applyOperator(test: Test, truth: boolean, to: Guarded): void {
  const { operator, items } = test;
  const [left, right] = items as [Expr, Expr];
  switch (operator) {
    case "not":
      return applyTest(left, !truth, to);
    case "and":
    case "or":
      // All parts are known only when "and" is true or "or" is false; else one of them, and what each would say counts.
      if ((operator === "and") === truth) for (const item of items) applyTest(item, truth, to);
      else applyOneOf(items, truth, to);
      return;
    case "in":
    case "not in":
      return applyMembership(left, right, (operator === "in") === truth, to);
    case "==":
    case "is":
    case "!=":
    case "is not":
      return applyEquality(left, right, (operator === "==" || operator === "is") === truth, to);
    case "<=":
      if (truth) applySubset(left, right, to);
      return applyLength(right, truth, to);
    case "<":
      return applyLength(truth ? right : left, true, to);
    case ">":
      return applyLength(truth ? left : right, true, to);
    case ">=":
      return applyLength(left, truth, to);
    default:
      return;
  }
}

/** `set(text) <= set("0123456789")` */
function applySubset(left: Expr, right: Expr, to: Guarded): void {
  const [subject, signs] = [left, right].map((side) =>
    side.kind === "call" && side.callee.kind === "name" && side.callee.name === "set"
      ? side.args[0]
      : undefined,
  );
  const text = signs === undefined ? undefined : to.evaluate(signs).text;
  if (subject !== undefined && text !== undefined)
    narrowTo(subject, /^[\w ,.-]*$/.test(text) ? ALL : outsideOf(text), to);
}

/** A text whose length is held against something is not simply left out. */
function applyLength(expr: Expr, known: boolean, to: Guarded): void {
  if (!known) return;
  if (expr.kind === "member" && expr.name === "length") narrowTo(expr.object, PREFIX, to);
  if (expr.kind === "call" && pathOf(expr.callee) === "len" && expr.args[0] !== undefined)
    narrowTo(expr.args[0], PREFIX, to);
}

function applyOneOf(items: readonly Expr[], truth: boolean, to: Guarded): void {
  const said = items.map((item) => {
    const gone = new Map<string, number>();
    applyTest(item, truth, {
      evaluate: (expr) => to.evaluate(expr),
      isClean: (value) => to.isClean(value),
      calledBy: (call) => to.calledBy(call),
      narrow: (path, bits) => gone.set(path, (gone.get(path) ?? 0) | bits),
    });
    return gone;
  });
  for (const path of said[0]?.keys() ?? []) {
    const all = said.reduce((bits, one) => bits & (one.get(path) ?? 0), ALL);
    if (all !== 0) to.narrow(path, all);
  }
}

function applyMembership(item: Expr, whole: Expr, inside: boolean, to: Guarded): void {
  const container = to.evaluate(whole);
  if (inside) {
    // `root in path.parents`: the path is below the root.
    if (whole.kind === "member" && whole.name === "parents" && to.evaluate(whole.object).resolved === true)
      return narrowTo(whole.object, PATH, to);
    if (!to.isClean(container)) return;
    if (container.text !== undefined) return narrowTo(item, outsideOf(container.text), to);
    narrowTo(item, ALL, to);
    narrowHost(item, to);
    // The scheme of an address is one of these.
    if (item.kind === "member" && /^(scheme|protocol)$/.test(item.name)) {
      const { relativeOf } = to.evaluate(item.object);
      if (relativeOf !== undefined) to.narrow(relativeOf, SCHEME);
    }
    // What is found under a key says that there is such a key.
    const key =
      whole.kind === "index"
        ? whole.index
        : whole.kind === "call" && whole.callee.kind === "member" && whole.callee.name === "get"
          ? whole.args[0]
          : undefined;
    if (key !== undefined) narrowTo(key, ALL, to);
    return;
  }
  const text = item.kind === "constant" ? item.text : to.evaluate(item).text;
  if (text !== undefined && !to.isClean(container)) {
    // `".." not in path`, also of its parts.
    const parts = whole.kind === "member" && whole.name === "parts" ? whole.object : whole;
    return (narrowTo(parts, ALL & ~leftWithoutText(text) & ~PATH, to), narrowPath(parts, text, to));
  }
  if (container.members !== undefined) denied(item, container.members, to);
}

function applyEquality(left: Expr, right: Expr, equal: boolean, to: Guarded): void {
  const [a, b] = [to.evaluate(left), to.evaluate(right)];
  if (left.kind === "test" && left.operator === "typeof") {
    // What is no object has no keys.
    const isObject = b.text === "object";
    if (isObject !== equal && left.items[0] !== undefined) narrowTo(left.items[0], KEY, to);
    return;
  }
  if (equal) for (const side of [left, right]) applyLength(side, true, to);
  if (!equal) {
    firstPart(left, b.text, to);
    if (b.text !== undefined) denied(left, [b.text], to);
    if (a.text !== undefined) denied(right, [a.text], to);
    return;
  }
  // os.path.commonpath([root, path]) == root
  for (const [call, other] of [
    [left, b],
    [right, a],
  ] as const) {
    if (call.kind !== "call" || !to.isClean(other)) continue;
    if (call.callee.kind !== "member" || call.callee.name !== "commonpath") continue;
    const [list] = call.args;
    if (list?.kind === "list")
      for (const one of list.items) if (to.evaluate(one).resolved === true) narrowWay(one, to);
    return;
  }
  // new URL(x, base).origin === own: a parser that reads addresses as browsers do has said where it leads.
  if (a.originOf !== undefined && to.isClean(b)) to.narrow(a.originOf, REDIRECT | HOST);
  if (b.originOf !== undefined && to.isClean(a)) to.narrow(b.originOf, REDIRECT | HOST);
  for (const [side, other] of [
    [left, b],
    [right, a],
  ] as const) {
    if (!to.isClean(other)) continue;
    narrowTo(side, ALL, to);
    narrowHost(side, to);
  }
}

/** `path.relative(root, p).split("/")[0] !== ".."` */
function firstPart(expr: Expr, text: string | undefined, to: Guarded): void {
  if (text !== ".." || expr.kind !== "index" || expr.object.kind !== "call") return;
  const { callee } = expr.object;
  if (callee.kind !== "member" || callee.name !== "split") return;
  const { relativeOf } = to.evaluate(callee.object);
  if (relativeOf !== undefined) to.narrow(relativeOf, PATH);
}

function applyCall(call: Call, truth: boolean, to: Guarded): void {
  for (const { of, args } of to.calledBy(call)) {
    const left = truth ? of.whenTrue : of.whenFalse;
    args.forEach((arg, index) => {
      if (arg !== undefined) narrowTo(arg, ALL & ~(left[index] ?? ALL), to);
    });
  }
  if (/(^|\.)(compare_digest|timingSafeEqual)$/.test(pathOf(call.callee) ?? "") && truth) {
    // Its own seal is on it.
    for (const name of call.args.flatMap(namesIn)) to.narrow(name, ALL);
    return;
  }
  if (call.callee.kind === "name") {
    if ((call.callee.name === "any" || call.callee.name === "all") && call.args[0]?.kind === "each")
      applyEach(call.args[0], call.callee.name === "all", truth, to);
    return;
  }
  if (call.callee.kind !== "member") return;
  const { object, name } = call.callee;
  const [first] = call.args;
  if (first === undefined) {
    if (/^(isdigit|isdecimal|isnumeric|isalnum|isalpha|isidentifier)$/.test(name) && truth)
      narrowTo(object, ALL, to);
    if (name === "is_absolute" && !truth) narrowTo(object, ROOT, to);
    return;
  }
  switch (name) {
    case "is_relative_to":
      if (truth && to.evaluate(object).resolved === true) narrowWay(object, to);
      return;
    case "startswith":
    case "startsWith":
      return applyPrefix(object, first, truth, to);
    case "isabs":
    case "isAbsolute":
      if (!truth) narrowTo(first, ROOT, to);
      return;
    case "has":
    case "includes":
    case "hasOwn":
    case "hasOwnProperty":
    case "__contains__":
      return applyHas(call, object, first, truth, to);
    case "test":
      return applyPattern(to.evaluate(object), first, truth, true, to);
    case "match":
    case "fullmatch":
    case "search": {
      const own = to.evaluate(object);
      const isModule = call.args.length > 1;
      const pattern = isModule ? to.evaluate(first) : own;
      const subject = isModule ? call.args[1]! : first;
      // A text's own match(pattern), as JavaScript has it.
      if (own.pattern === undefined && !isModule && to.evaluate(first).pattern !== undefined)
        return applyPattern(to.evaluate(first), object, truth, name === "match", to);
      return applyPattern(pattern, subject, truth, name !== "search", to, name === "fullmatch");
    }
    case "some":
    case "every":
      if (first.kind === "function") applyElements(object, first.of, name === "every", truth, to);
      else if ((name === "every") === truth)
        for (const ref of to.evaluate(first).refs)
          if (ref.kind === "function") {
            const left = truth ? ref.of.whenTrue : ref.of.whenFalse;
            narrowTo(elementsOf(object), ALL & ~(left[0] ?? ALL), to);
          }
      return;
    default:
      return;
  }
}

function applyEach(each: Extract<Expr, { kind: "each" }>, all: boolean, truth: boolean, to: Guarded): void {
  // Only "all" that is true and "any" that is false speak of every element.
  if (all !== truth) return;
  const [binding] = each.bindings;
  if (binding === undefined || binding.target.kind !== "name") return;
  const gone = goneFrom(each.body, binding.target, truth, to);
  if (gone !== 0) narrowTo(elementsOf(binding.from), gone, to);
}

function applyElements(
  object: Expr,
  of: Extract<Expr, { kind: "function" }>["of"],
  all: boolean,
  truth: boolean,
  to: Guarded,
): void {
  if (all !== truth) return;
  const [param] = of.params;
  const [body] = of.body;
  if (param === undefined || body?.kind !== "return" || body.value === undefined) return;
  const gone = goneFrom(body.value, param.pattern, truth, to);
  if (gone !== 0) narrowTo(elementsOf(object), gone, to);
}

/** The whole of which these are the parts. */
const elementsOf = (expr: Expr): Expr => {
  if (expr.kind === "member" && expr.name === "parts") return expr.object;
  if (expr.kind === "call" && expr.callee.kind === "member" && expr.callee.name === "split")
    return expr.callee.object;
  return expr;
};

/** What a test on one element takes away from it. */
function goneFrom(test: Expr, element: Pattern, truth: boolean, to: Guarded): number {
  if (element.kind !== "name") return 0;
  let gone = 0;
  applyTest(test, truth, {
    evaluate: (expr) => to.evaluate(expr),
    isClean: (value) => to.isClean(value),
    calledBy: (call) => to.calledBy(call),
    narrow: (path, bits) => {
      if (path === element.name) gone |= bits;
    },
  });
  return gone;
}
