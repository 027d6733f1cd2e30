/** What a call that looks at a text says of it: prefixes, members and patterns. */
import { ALL, HOST, PATH, REDIRECT, ROOT, SCHEME } from "./kinds.ts";
import { denied, narrowHost, narrowPath, narrowTo, narrowWay, type Guarded } from "./narrowing.ts";
import type { Expr } from "./program.ts";
import { isAnchored, isEverySign, outsideOfPattern, signsOf } from "./patterns.ts";
import { leftWithout, leftWithoutText } from "./sanitizers.ts";
import type { Value } from "./value.ts";

/** Prefixes with which an address cannot be a script, or a path cannot leave its folder. */
export function applyPrefix(object: Expr, first: Expr, truth: boolean, to: Guarded): void {
  const prefix = to.evaluate(first);
  const texts = prefix.members ?? (prefix.text === undefined ? [] : [prefix.text]);
  const value = to.evaluate(object);
  if (!truth) {
    // path.relative(root, p) that does not begin with two dots.
    const leadsUp = texts.some((text) => /^\.\.[/\\]?$/.test(text));
    if (leadsUp && value.relativeOf !== undefined) to.narrow(value.relativeOf, PATH);
    if (leadsUp && value.relativeOf !== undefined) narrowTo(object, PATH, to);
    if (texts.includes("/")) narrowTo(object, ROOT, to);
    return;
  }
  if (texts.length > 0 && texts.every((text) => /^(https?:\/\/|mailto:|\/|#|tel:)/.test(text)))
    narrowTo(object, SCHEME, to);
  if (texts.length > 0 && texts.every((text) => /^https?:\/\/[^/]+\//.test(text)))
    narrowTo(object, REDIRECT, to);
  // A neighbour's name may begin alike; with the separator behind it, it cannot.
  const separated = /[/\\]$/.test(prefix.text ?? "") || endsInSeparator(first);
  if (value.resolved === true && to.isClean(prefix) && separated) narrowWay(object, to);
}

function endsInSeparator(expr: Expr): boolean {
  const last = expr.kind === "join" ? expr.parts.at(-1) : expr;
  if (last?.kind === "constant") return /[/\\]$/.test(last.text ?? "");
  return (last?.kind === "member" || last?.kind === "name") && last.name === "sep";
}

export function applyHas(
  call: Extract<Expr, { kind: "call" }>,
  object: Expr,
  first: Expr,
  truth: boolean,
  to: Guarded,
): void {
  const isStatic = object.kind === "name" && object.name === "Object";
  const item = isStatic ? call.args[1] : first;
  const container = to.evaluate(isStatic ? first : object);
  if (item !== undefined && truth && to.isClean(container) && container.text === undefined) {
    narrowTo(item, ALL, to);
    narrowHost(item, to);
  }
  if (truth) return;
  const text = to.evaluate(first).text;
  // text.includes("..")
  if (!to.isClean(container) && text !== undefined) {
    narrowTo(object, ALL & ~leftWithoutText(text) & ~PATH, to);
    narrowPath(object, text, to);
  } else if (container.members !== undefined && item !== undefined) denied(item, container.members, to);
}

export function applyPattern(
  value: Value,
  subject: Expr,
  truth: boolean,
  fromStart: boolean,
  to: Guarded,
  toEnd = false,
): void {
  const text = value.pattern?.text ?? value.text;
  if (text === undefined) return;
  if (!truth) {
    const signs = signsOf(text);
    if (signs !== undefined)
      narrowTo(subject, isEverySign(signs) ? ALL : ALL & ~leftWithout(signs, undefined), to);
    return;
  }
  if (value.pattern?.flags.includes("m") === true) return;
  // A path of one's own whose second sign cannot make it a host, or a host of one's own up to its end.
  if (/^\^(\\?\/)(\(\?!\[[^\]]*\/[^\]]*\]\)|\[\^[^\]]*\/[^\]]*\])/.test(text) && text.includes("\\\\"))
    narrowTo(subject, REDIRECT, to);
  if (/^\^https\??:(\\?\/){2}[\w\\.-]+(\(?\\?\/|\$)/.test(text)) narrowTo(subject, REDIRECT | HOST, to);
  // Python's match begins at the start by itself.
  const begins = fromStart && value.pattern?.flags !== "js" && !text.includes("|") ? `^${text}` : text;
  if (isAnchored(begins, toEnd)) narrowTo(subject, outsideOfPattern(text), to);
}
