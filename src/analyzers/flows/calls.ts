/** Calls: functions of the sources by what is known of them, library functions by name. */
import { XSS } from "./kinds.ts";
import { LibraryCalls } from "./library-calls.ts";
import type { Expr } from "./program.ts";
import { leftBy } from "./sanitizers.ts";
import { sinksOf, type Site } from "./sinks.ts";
import { requestPart } from "./sources.ts";
import { templateSinks } from "./templates.ts";
import { masked, merge, NOTHING, textOf, type Ref, type Value } from "./value.ts";

/** Methods that put their arguments into what they are called on. */
const CHANGES = /^(append|add|insert|push|unshift|extend|update|set|appendleft|setdefault|write)$/;

/** What comes out is what the function that was handed over makes of each part. */
const GIVES_RESULTS = /^(map|flatMap)$/;

export abstract class Calls extends LibraryCalls {
  protected call(expr: Extract<Expr, { kind: "call" }>): Value {
    const { callee } = expr;
    const receiver = callee.kind === "member" ? this.expr(callee.object) : undefined;
    const target = callee.kind === "member" ? this.readMember(callee, receiver) : this.expr(callee);
    const args = expr.args.map((arg) => this.expr(arg));
    const named = new Map(expr.named.map(({ name, value }) => [name, this.expr(value)] as const));
    const imported =
      callee.kind === "name" ? target.refs.find((ref) => ref.kind === "foreign")?.name : undefined;
    // Under whatever name it was imported.
    const method =
      callee.kind === "member"
        ? callee.name
        : callee.kind === "name"
          ? (imported?.split(".").at(-1) ?? callee.name)
          : "";
    const outside =
      receiver === undefined
        ? undefined
        : requestPart(receiver, `${method}()`, this.module.module.language, expr);
    if (outside !== undefined) {
      this.callbacks(args, outside, expr);
      return outside;
    }
    const own = this.own(target, callee, method);
    if (own.length > 0) return this.callOwn(own, args, named, expr);
    return this.callForeign(expr, target, receiver, args, named, method);
  }

  protected callForeign(
    expr: Extract<Expr, { kind: "call" }>,
    target: Value,
    receiver: Value | undefined,
    args: readonly Value[],
    named: ReadonlyMap<string, Value>,
    method: string,
  ): Value {
    const full = target.refs.find((ref) => ref.kind === "foreign")?.name;
    const receiverExpr = expr.callee.kind === "member" ? expr.callee.object : undefined;
    this.noteAnswer(method, args);
    const lists = expr.args.map((arg) =>
      arg.kind === "list" && arg.keys === undefined ? arg.items.map((item) => this.expr(item)) : undefined,
    );
    const site: Site = {
      full,
      method,
      receiver,
      target,
      receiverName: receiverExpr === undefined ? "" : rootName(receiverExpr),
      args,
      named,
      lists,
      language: this.module.module.language,
      answers: this.answers ?? (method === "send" && this.program.usesExpress ? "text/html" : undefined),
    };
    for (const { kind, need, value, says } of sinksOf(site)) this.sink(kind, need, value, expr, says);
    for (const { value, place } of templateSinks(this.program.templates, site))
      this.sink(XSS, XSS, value, place, "is written into the page as it is", true);
    this.program.registered(full ?? method, args, named, expr);

    const everything = merge(
      NOTHING,
      ...(receiver === undefined ? [] : [textOf(receiver)]),
      ...args.map(textOf),
      ...[...named.values()].map(textOf),
    );
    const returned = this.callbacks(args, everything, expr);
    if (receiverExpr !== undefined && CHANGES.test(method))
      for (const value of args) this.change(receiverExpr, value);
    const special = this.special(expr, full, method, receiver, args, named);
    if (special !== undefined) return special;
    if (GIVES_RESULTS.test(method) && args.some((arg) => arg.refs.some(({ kind }) => kind === "function")))
      return returned;
    const left = leftBy(full, method, receiver);
    const refs: Ref[] = full === undefined ? [] : [{ kind: "foreign", name: `${full}()` }];
    if (left !== undefined) return { ...masked(everything, left), refs };
    return { ...merge(everything, returned), refs };
  }

  protected noteAnswer(method: string, args: readonly Value[]): void {
    const [first, second] = args;
    if (method === "type" || method === "contentType") this.answers = first?.text ?? this.answers;
    else if (/^(setHeader|header|set)$/.test(method) && /^content-type$/i.test(first?.text ?? ""))
      this.answers = second?.text ?? this.answers;
    else if (method === "writeHead" || method === "set")
      for (const [key, value] of args.at(-1)?.fields ?? [])
        if (/^content-type$/i.test(key)) this.answers = value.text ?? this.answers;
    if (this.answers === "html") this.answers = "text/html";
  }
}

function rootName(expr: Expr): string {
  if (expr.kind === "name") return expr.name;
  if (expr.kind === "member") return `${rootName(expr.object)}.${expr.name}`;
  return expr.kind === "call" ? rootName(expr.callee) : "";
}
