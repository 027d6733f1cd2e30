/** The value of an expression. */
import { Calls } from "./calls.ts";
import { joined } from "./joins.ts";
import { ALL, KEY, PATH } from "./kinds.ts";
import { pathOf, type Expr } from "./program.ts";
import { BY_NAME } from "./sinks.ts";
import { requestPart } from "./sources.ts";
import { BARE, masked, merge, NOTHING, textOf, wholeTaints, type Value } from "./value.ts";

export abstract class Expressions extends Calls {
  /** The value of an expression; calls in it reach what they reach. */
  protected override expr(expr: Expr): Value {
    this.program.step();
    switch (expr.kind) {
      case "constant":
        return { taints: new Map(), refs: [], text: expr.text };
      case "regex":
        return { taints: new Map(), refs: [], pattern: { text: expr.text, flags: `${expr.flags} js` } };
      case "name":
        return this.lookup(expr.name);
      case "member":
        return this.readMember(expr);
      case "index":
        return this.readIndex(expr);
      case "call":
        return this.call(expr);
      case "join":
        return joined(
          expr.parts.map((part) => this.expr(part)),
          expr,
        );
      case "list":
        return this.list(expr);
      case "either":
        return this.either(expr);
      case "test":
        return this.test(expr);
      case "function": {
        const info = this.program.functionOf(expr.of, this.module, undefined, this.frame);
        return { taints: new Map(), refs: [{ kind: "function", of: info }] };
      }
      case "each": {
        const before = this.frame.names;
        this.frame.names = new Map(before);
        for (const { target, from } of expr.bindings) this.bind(target, from);
        for (const test of expr.tests) {
          this.expr(test);
          this.narrow(test, true);
        }
        const value = this.expr(expr.body);
        this.frame.names = before;
        return { ...textOf(value), text: value.text };
      }
      case "assign": {
        const value = this.expr(expr.value);
        this.assign(expr.target, value, expr);
        return value;
      }
    }
  }

  protected override readMember(expr: Extract<Expr, { kind: "member" }>, known?: Value): Value {
    const path = pathOf(expr);
    const narrowed = path === undefined ? undefined : this.frame.names.get(path);
    if (narrowed !== undefined) return narrowed;
    const object = known ?? this.expr(expr.object);
    const outside = requestPart(object, expr.name, this.module.module.language, expr);
    if (outside !== undefined) return outside;
    const value = this.member(object, expr.name);
    if (/^(name|stem|suffix)$/.test(expr.name) && this.module.module.language === "python" && isPath(object))
      return masked(value, ALL & ~PATH);
    if (/^(length|size)$/.test(expr.name)) return NOTHING;
    if (/^(parent|parents)$/.test(expr.name)) return { ...value, resolved: object.resolved === true };
    return value;
  }

  private readIndex(expr: Extract<Expr, { kind: "index" }>): Value {
    const path = pathOf(expr);
    const narrowed = path === undefined ? undefined : this.frame.names.get(path);
    if (narrowed !== undefined) return narrowed;
    const object = this.expr(expr.object);
    const index = this.expr(expr.index);
    const key = expr.index.kind === "constant" ? expr.index.text : undefined;
    if (key !== undefined) {
      const outside = requestPart(object, key, this.module.module.language, expr);
      return outside ?? this.member(object, key);
    }
    const bare = object.refs.filter((ref) => ref.kind === "foreign" && ref.name === BARE);
    if (bare.length > 0) return { ...NOTHING, refs: bare };
    const fields = [...(object.fields?.values() ?? [])];
    const value = merge(textOf({ ...object, fields: undefined }), ...fields);
    const walks = [...wholeTaints(index).values()].some(({ mask }) => (mask & KEY) !== 0);
    // What is taken out of code that was loaded by name is such code.
    const refs = object.refs.filter((ref) => ref.kind === "foreign" && ref.name === BY_NAME);
    return { ...value, refs, walked: walks ? { file: expr.file, line: expr.line } : object.walked };
  }

  private list(expr: Extract<Expr, { kind: "list" }>): Value {
    const values = expr.items.map((item) => this.expr(item));
    const { keys } = expr;
    if (keys === undefined) {
      const members = values.flatMap(({ text }) => (text === undefined ? [] : [text]));
      return { ...merge(NOTHING, ...values.map(textOf)), members };
    }
    const fields = new Map<string, Value>();
    let rest = NOTHING;
    values.forEach((value, index) => {
      const key = keys[index];
      if (key !== undefined) fields.set(key, value);
      else rest = merge(rest, { ...value, refs: [] });
    });
    const members = keys.flatMap((key) => (key === undefined ? [] : [key]));
    return { taints: rest.taints, refs: [], fields: new Map([...(rest.fields ?? []), ...fields]), members };
  }

  private either(expr: Extract<Expr, { kind: "either" }>): Value {
    const { test, options } = expr;
    if (test === undefined) return { ...merge(...options.map((one) => this.expr(one))) };
    this.expr(test);
    const before = this.frame.names;
    const values = options.map((one, index) => {
      this.frame.names = new Map(before);
      this.narrow(test, index === 0);
      return this.expr(one);
    });
    this.frame.names = before;
    return merge(...values);
  }

  /** `a or b` gives one of them; other tests give no text. */
  private test(expr: Extract<Expr, { kind: "test" }>): Value {
    const { operator, items } = expr;
    if (operator !== "and" && operator !== "or") {
      for (const item of items) this.expr(item);
      return NOTHING;
    }
    const before = this.frame.names;
    this.frame.names = new Map(before);
    const values = items.map((item) => {
      const value = this.expr(item);
      this.narrow(item, operator === "and");
      return value;
    });
    this.frame.names = before;
    return merge(...(operator === "and" ? values.slice(-1) : values));
  }
}

const isPath = (value: Value): boolean =>
  value.refs.some((ref) => ref.kind === "foreign" && ref.name.startsWith("path"));
