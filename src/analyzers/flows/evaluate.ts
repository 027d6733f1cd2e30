/** Follows text through one function: statement by statement, both sides of every branch, loops twice. */
import { applyTest, type Called } from "./guards.ts";
import { HOLE, joined } from "./joins.ts";
import { ALL, ANY_MARKUP, KEY, MARKUP, PATH, ROOT, XSS } from "./kinds.ts";
import type { Program } from "./link.ts";
import { pathOf, type Expr, type Pattern, type Place, type Statement } from "./program.ts";
import { interleaved } from "./read-python.ts";
import { leftBy, leftWithout, leftWithoutText, signsOf } from "./sanitizers.ts";
import { sinksOf, type Site } from "./sinks.ts";
import { requestPart, requestRefs } from "./sources.ts";
import { templateSinks } from "./templates.ts";
import {
  append,
  merge,
  mergeTaints,
  masked,
  NOTHING,
  paramValue,
  readLabel,
  remaining,
  step,
  substitute,
  textOf,
  wholeTaints,
  type ClassInfo,
  type Frame,
  type FunctionInfo,
  type Hit,
  type ModuleInfo,
  type Ref,
  type Taint,
  type Value,
} from "./value.ts";

/** Methods that put their arguments into what they are called on. */
const CHANGES = /^(append|add|insert|push|unshift|extend|update|set|appendleft|setdefault|write)$/;
/** Names that too many libraries have to tell anything about a method of the sources. */
const COMMON =
  /^(get|post|put|set|add|all|run|open|read|write|close|join|split|replace|format|items|keys|values|map|filter|find|push|append|pop|then|catch|send|end|json|status|type|use|on|log|test|match|exec|execute|query|strip|lower|upper|encode|decode|sort|slice|concat|includes|has|delete|clear|copy|update|index|count|call|apply|bind|toString|render|next|done|emit|listen|load|loads|dump|dumps|parse|stringify|fetchall|fetchone|commit|start|stop|main)$/;

export interface Report {
  (kind: number, place: Place, way: Taint["way"], taint: Taint): void;
}

/** Runs the body of `of`, or of a module when there is none, once. */
export class Evaluator {
  private readonly program: Program;
  private readonly module: ModuleInfo;
  private readonly of: FunctionInfo | undefined;
  private readonly frame: Frame;
  private readonly report: Report;
  private answers: string | undefined;
  private results: Value[] = [];
  private readonly remainders: { true: number[][]; false: number[][]; any: number[][] } = {
    true: [],
    false: [],
    any: [],
  };

  constructor(program: Program, module: ModuleInfo, of: FunctionInfo | undefined, report: Report) {
    this.program = program;
    this.module = module;
    this.of = of;
    this.frame = of?.frame ?? module.frame;
    this.report = report;
  }

  run(body: readonly Statement[]): void {
    const { of } = this;
    if (of !== undefined) this.enter(of);
    const ended = this.block(body);
    if (of === undefined) return;
    if (!ended) this.remember(this.remainders.any, this.remainders.false);
    of.result = merge(NOTHING, ...this.results);
    of.whenTrue = this.most(this.remainders.true);
    of.whenFalse = this.most(this.remainders.false);
    of.afterwards = this.most(this.remainders.any);
  }

  private enter(of: FunctionInfo): void {
    of.frame.names = new Map();
    const isStatic = of.node.decorators.some((one) => one.kind === "name" && one.name === "staticmethod");
    of.node.params.forEach(({ pattern, initial }, index) => {
      let value = paramValue(of, index);
      const outside = of.fromOutside.get(index);
      if (outside !== undefined)
        value = { ...value, taints: mergeTaints(value.taints, new Map([[labelOf(outside.way), outside]])) };
      if (initial !== undefined) value = { ...value, refs: [...value.refs, ...this.expr(initial).refs] };
      if (pattern.kind === "name") {
        const refs = requestRefs(pattern.name, this.module.module.language, of.node.params.length);
        if (refs.length > 0) value = { taints: new Map(), refs };
        if (index === 0 && of.owner !== undefined && !isStatic && this.module.module.language === "python")
          value = { taints: new Map(), refs: [{ kind: "instance", of: of.owner }] };
      }
      this.assign(pattern, value, of.node);
    });
    if (of.owner !== undefined && this.module.module.language === "javascript")
      of.frame.names.set("this", { taints: new Map(), refs: [{ kind: "instance", of: of.owner }] });
  }

  /** What the variables of the parameters can still do here. */
  private remember(...lists: number[][][]): void {
    const { of } = this;
    if (of === undefined) return;
    const now = of.node.params.map(({ pattern }, index) =>
      pattern.kind === "name" ? remaining(of, index, this.frame.names.get(pattern.name) ?? NOTHING) : ALL,
    );
    for (const list of lists) list.push(now);
  }

  /** Over all the ways out; a function that never comes out this way says nothing. */
  private most(ways: readonly (readonly number[])[]): number[] {
    return this.of!.node.params.map((_, index) =>
      ways.length === 0 ? ALL : ways.reduce((mask, way) => mask | (way[index] ?? ALL), 0),
    );
  }

  /** True when nothing behind the block is reached. */
  private block(body: readonly Statement[]): boolean {
    for (const statement of body) if (this.statement(statement)) return true;
    return false;
  }

  private statement(statement: Statement): boolean {
    switch (statement.kind) {
      case "assign": {
        const value = this.expr(statement.value);
        this.assign(
          statement.target,
          statement.adds ? this.added(statement.target, value, statement.value) : value,
          statement.value,
        );
        return false;
      }
      case "expression": {
        this.expr(statement.value);
        return this.afterCall(statement.value);
      }
      case "return":
        this.returned(statement);
        return true;
      case "leave":
        if (statement.value !== undefined) this.expr(statement.value);
        return true;
      case "if":
        return this.branch(statement);
      case "loop":
        return this.loop(statement);
      case "try": {
        const before = this.frame.names;
        this.frame.names = new Map(before);
        const ended = [this.block(statement.body)];
        const states = ended[0] ? [] : [this.frame.names];
        for (const other of statement.others) {
          this.frame.names = mergeNames([before, this.frame.names]);
          const left = this.block(other);
          ended.push(left);
          if (!left) states.push(this.frame.names);
        }
        const all = ended.every(Boolean) && (statement.body.length > 0 || statement.others.length === 0);
        this.frame.names = mergeNames(
          all ? [before] : statement.body.length === 0 ? [before, ...states] : states,
        );
        return all;
      }
      case "function": {
        const info = this.program.functionOf(statement.of, this.module, undefined, this.frame);
        const refs: Ref[] = [{ kind: "function", of: info }];
        for (const decorator of statement.of.decorators) this.expr(decorator);
        this.frame.names.set(statement.of.name, { taints: new Map(), refs });
        return false;
      }
      case "class": {
        const info = this.program.classOf(statement.of, this.module, this.frame);
        for (const base of statement.of.bases) info.bases.push(...this.expr(base).refs);
        this.classBody(info, statement.of.rest);
        this.frame.names.set(statement.of.name, { taints: new Map(), refs: [{ kind: "class", of: info }] });
        return false;
      }
      case "import":
        this.frame.names.set(
          statement.name,
          this.program.imported(this.module, statement.module, statement.member, statement.name),
        );
        return false;
    }
  }

  private classBody(info: ClassInfo, rest: readonly Statement[]): void {
    for (const one of rest)
      if (one.kind === "assign" && one.target.kind === "name")
        info.attributes.set(
          one.target.name,
          merge(info.attributes.get(one.target.name) ?? NOTHING, this.expr(one.value)),
        );
  }

  private added(target: Pattern, value: Value, place: Place): Value {
    const before =
      target.kind === "name"
        ? this.lookup(target.name)
        : target.kind === "member"
          ? this.expr(target.at)
          : NOTHING;
    if (before.members !== undefined || before.fields !== undefined) return merge(before, value);
    return joined([before, value], place);
  }

  private branch(statement: Extract<Statement, { kind: "if" }>): boolean {
    this.expr(statement.test);
    const before = this.frame.names;
    this.frame.names = new Map(before);
    this.narrow(statement.test, true);
    const thenEnds = this.block(statement.body);
    const afterThen = this.frame.names;
    this.frame.names = new Map(before);
    this.narrow(statement.test, false);
    const otherEnds = this.block(statement.other);
    if (thenEnds && otherEnds) return true;
    if (thenEnds) return false;
    this.frame.names = otherEnds ? afterThen : mergeNames([afterThen, this.frame.names]);
    return false;
  }

  private loop(statement: Extract<Statement, { kind: "loop" }>): boolean {
    const { target, from, test, body } = statement;
    for (let round = 0; round < 2; round++) {
      const before = this.frame.names;
      this.frame.names = new Map(before);
      if (from !== undefined && target !== undefined) this.bind(target, from);
      if (test !== undefined) {
        this.expr(test);
        this.narrow(test, true);
      }
      this.block(body);
      this.frame.names = mergeNames([before, this.frame.names]);
    }
    return false;
  }

  private returned({ value, file, line }: Extract<Statement, { kind: "return" }>): void {
    if (value === undefined) return this.remember(this.remainders.false, this.remainders.any);
    const result = this.expr(value);
    this.results.push(this.leaving(result, { file, line }));
    this.page(value, result, { file, line });
    const constant = value.kind === "constant" ? value.text : undefined;
    const isFalse = constant !== undefined && /^(False|false|None|null|undefined|0|)$/.test(constant);
    const isTrue = constant !== undefined && !isFalse;
    const before = this.frame.names;
    for (const truth of [true, false]) {
      if (truth ? isFalse : isTrue) continue;
      this.frame.names = new Map(before);
      this.narrow(value, truth);
      this.remember(truth ? this.remainders.true : this.remainders.false);
    }
    this.frame.names = before;
    this.remember(this.remainders.any);
  }

  /** The value with the place where it leaves the function on its way. */
  private leaving(value: Value, place: Place): Value {
    const taints = new Map(
      [...value.taints].map(([label, taint]) => [label, { ...taint, way: step(place, "is returned", taint.way) }] as const),
    );
    return { ...value, taints };
  }

  /** What a handler of Flask returns is a page, when it is text and nothing says otherwise. */
  private page(expr: Expr, result: Value, place: Place): void {
    if (this.of === undefined || !this.program.isHandler(this.of)) return;
    if (expr.kind === "list" && expr.keys !== undefined) return;
    if (expr.kind !== "list") return this.sink(XSS, XSS, result, place, "becomes the answer");
    const [body, ...rest] = expr.items;
    const types = rest
      .flatMap((one) => [...(this.expr(one).fields ?? [])])
      .filter(([key]) => /^content-type$/i.test(key));
    if (body === undefined || types.some(([, type]) => !/html/.test(type.text ?? "html"))) return;
    if (body.kind === "list" && body.keys !== undefined) return;
    this.sink(XSS, XSS, this.expr(body), place, "becomes the answer");
  }

  /** What a call said about its arguments by coming back; true when it never does. */
  private afterCall(expr: Expr): boolean {
    if (expr.kind !== "call") return false;
    if (expr.callee.kind === "name" && /^(abort|exit)$/.test(expr.callee.name)) return true;
    if (expr.callee.kind === "member" && pathOf(expr.callee) === "process.exit") return true;
    for (const { of, args } of this.calledBy(expr))
      args.forEach((arg, index) => {
        const path = arg === undefined ? undefined : pathOf(arg);
        const left = of.afterwards[index] ?? ALL;
        if (path !== undefined && left !== ALL) this.take(path, ALL & ~left);
      });
    return false;
  }

  private narrow(test: Expr, truth: boolean): void {
    applyTest(test, truth, {
      evaluate: (expr) => this.expr(expr),
      isClean: (value) => this.isClean(value),
      narrow: (path, gone) => this.take(path, gone),
      calledBy: (call) => this.calledBy(call),
    });
    // A plain text cannot be of a class that marks what is markup already.
    const isInstance =
      test.kind === "call" && test.callee.kind === "name" && test.callee.name === "isinstance";
    const [subject, type] = isInstance ? test.args : [];
    if (!truth || subject === undefined || type === undefined) return;
    const path = pathOf(subject);
    const marks = this.expr(type).refs.some(
      (ref) => ref.kind === "class" || (ref.kind === "foreign" && ref.name.endsWith("Markup")),
    );
    if (path !== undefined && marks) this.take(path, ANY_MARKUP & ~MARKUP);
  }

  private isClean(value: Value): boolean {
    for (const label of wholeTaints(value).keys()) {
      const read = readLabel(label);
      if (read === undefined || read.id === this.of?.id) return false;
    }
    return true;
  }

  /** A variable of a loop, and what it goes through. */
  private bind(target: Pattern, from: Expr): void {
    const value = this.expr(from);
    const [first, second] = target.kind === "parts" ? target.parts : [];
    if (from.kind === "call" && first !== undefined && second !== undefined) {
      // The number of a part, and the name of a named argument, are nobody's text.
      if (from.callee.kind === "name" && from.callee.name === "enumerate" && from.args[0] !== undefined) {
        this.assign(first, NOTHING, from);
        return this.assign(second, this.element(this.expr(from.args[0]), from), from);
      }
      const object = from.callee.kind === "member" && from.callee.name === "items" ? from.callee.object : undefined;
      // Keys that came in by themselves are somebody's text; those of a table that was handed over rarely are.
      const isNamed = object !== undefined && [...value.taints.keys()].every((label) => readLabel(label) !== undefined);
      if (isNamed) {
        this.assign(first, NOTHING, from);
        return this.assign(second, this.element(value, from), from);
      }
    }
    this.assign(target, this.element(value, from), from);
  }

  private take(path: string, gone: number): void {
    const value = this.frame.names.get(path) ?? (path.includes(".") ? this.atPath(path) : this.lookup(path));
    this.frame.names.set(path, masked(value, ALL & ~gone));
  }

  private atPath(path: string): Value {
    const [first, ...rest] = path.split(".");
    return rest.reduce((value, name) => this.member(value, name), this.lookup(first!));
  }

  private lookup(name: string): Value {
    for (let at: Frame | undefined = this.frame; at !== undefined; at = at.parent) {
      const value = at.names.get(name);
      if (value !== undefined) return value;
    }
    return this.program.builtin(name, this.module);
  }

  private assign(pattern: Pattern, value: Value, place: Place): void {
    if (pattern.kind === "name") {
      for (const path of this.frame.names.keys())
        if (path.startsWith(`${pattern.name}.`)) this.frame.names.delete(path);
      if (this.module.module.language === "javascript" && !this.frame.names.has(pattern.name)) {
        const home = this.homeOf(pattern.name);
        // Set from inside another function: it may hold this, or what it held before.
        if (home !== undefined && home !== this.frame && home.parent !== undefined)
          home.names.set(pattern.name, merge(home.names.get(pattern.name)!, value));
      }
      this.frame.names.set(pattern.name, value);
    } else if (pattern.kind === "parts") {
      pattern.parts.forEach((part, index) => {
        const name = pattern.names?.[index];
        this.assign(part, name === undefined ? this.element(value, place) : this.member(value, name), place);
      });
    } else this.assignMember(pattern.at, value, place);
  }

  private homeOf(name: string): Frame | undefined {
    for (let at: Frame | undefined = this.frame; at !== undefined; at = at.parent)
      if (at.names.has(name)) return at;
    return undefined;
  }

  private assignMember(at: Extract<Expr, { kind: "member" | "index" }>, value: Value, place: Place): void {
    const path = pathOf(at);
    const object = this.expr(at.object);
    const name = at.kind === "member" ? at.name : at.index.kind === "constant" ? at.index.text : undefined;
    if (at.kind === "index" && name === undefined) {
      const key = this.expr(at.index);
      if (object.walked !== undefined) {
        this.sink(KEY, KEY, key, object.walked, "is the key that is walked along and set", true);
      }
    }
    if (name !== undefined && /^location$/i.test(name) && (pathOf(at.object) ?? "").endsWith("headers"))
      this.siteSinks(at, "set", [{ ...NOTHING, text: "location" }, value], "headers");
    for (const ref of object.refs) {
      if (ref.kind === "instance" && name !== undefined)
        ref.of.attributes.set(name, merge(ref.of.attributes.get(name) ?? NOTHING, value));
      else if (ref.kind === "foreign" && name !== undefined)
        this.program.exported(this.module, ref.name, name, value);
    }
    if (path !== undefined) this.frame.names.set(path, value);
    this.change(at.object, value);
  }

  /** A container holds what was put into it. */
  private change(container: Expr, value: Value): void {
    const path = pathOf(container);
    const added = textOf(value);
    if (path === undefined || added.taints.size === 0) return;
    const root = path.split(".")[0]!;
    const home = this.homeOf(root);
    if (home === undefined) return;
    const whole = home.names.get(root)!;
    if (whole.refs.some(({ kind }) => kind === "instance" || kind === "module")) return;
    home.names.set(root, { ...whole, taints: mergeTaints(whole.taints, added.taints) });
  }

  /** One of the parts of a value, whichever. */
  private element(value: Value, place: Place): Value {
    const outside = requestPart(value, "*", this.module.module.language, place);
    if (outside !== undefined) return outside;
    return { ...textOf(value), walked: value.walked };
  }

  private member(object: Value, name: string): Value {
    const known = object.fields?.get(name);
    if (known !== undefined) return known;
    const found: Value[] = [];
    for (const ref of object.refs) {
      if (ref.kind === "instance") found.push(this.program.attribute(ref.of, name, object));
      else if (ref.kind === "class") found.push(this.program.attribute(ref.of, name, object));
      else if (ref.kind === "module")
        found.push(ref.of.exports.get(name) ?? ref.of.frame.names.get(name) ?? NOTHING);
      else if (ref.kind === "foreign")
        found.push({ taints: new Map(), refs: [{ kind: "foreign", name: `${ref.name}.${name}` }] });
    }
    const taints = object.fields === undefined ? object.taints : mergeTaints(object.taints, new Map());
    const originOf = /^(origin|host|hostname)$/.test(name) ? object.relativeOf : undefined;
    return { ...merge({ taints, refs: [] }, ...found), originOf };
  }

  /** The value of an expression; calls in it reach what they reach. */
  expr(expr: Expr): Value {
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

  private readMember(expr: Extract<Expr, { kind: "member" }>): Value {
    const path = pathOf(expr);
    const narrowed = path === undefined ? undefined : this.frame.names.get(path);
    if (narrowed !== undefined) return narrowed;
    const object = this.expr(expr.object);
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
    const fields = [...(object.fields?.values() ?? [])];
    const value = merge(textOf({ ...object, fields: undefined }), ...fields);
    const walks = [...wholeTaints(index).values()].some(({ mask }) => (mask & KEY) !== 0);
    return { ...value, walked: walks ? { file: expr.file, line: expr.line } : object.walked };
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

  private call(expr: Extract<Expr, { kind: "call" }>): Value {
    const { callee } = expr;
    const receiver = callee.kind === "member" ? this.expr(callee.object) : undefined;
    const target = callee.kind === "member" ? this.readMember(callee) : this.expr(callee);
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

  /** Functions and classes of the sources that are called; by name alone where nothing else is known. */
  private own(target: Value, callee: Expr, method: string): readonly Ref[] {
    const direct = target.refs.filter(({ kind }) => kind === "function" || kind === "class");
    if (direct.length > 0 || callee.kind !== "member" || COMMON.test(method)) return direct;
    if (target.refs.some(({ kind }) => kind === "foreign")) return [];
    return this.program.methodsNamed(method).map((of) => ({ kind: "function", of }));
  }

  private callOwn(
    refs: readonly Ref[],
    args: readonly Value[],
    named: ReadonlyMap<string, Value>,
    place: Place,
  ): Value {
    const results = refs.map((ref) => {
      if (ref.kind === "class") {
        const maker = this.program.method(ref.of, "__init__") ?? this.program.method(ref.of, "constructor");
        if (maker !== undefined) this.apply(maker, args, named, place);
        const made: Value = { taints: new Map(), refs: [{ kind: "instance", of: ref.of }] };
        // A class that only wraps a text is that text.
        return maker === undefined ? merge(made, ...args.map(textOf)) : made;
      }
      return ref.kind === "function" ? this.apply(ref.of, args, named, place) : NOTHING;
    });
    return merge(NOTHING, ...results);
  }

  /** Calls a function of the sources by what is known of it. */
  private apply(
    of: FunctionInfo,
    args: readonly Value[],
    named: ReadonlyMap<string, Value>,
    place: Place,
  ): Value {
    const given = this.given(of, args, named);
    given.forEach((value, index) => {
      const refs = value.refs.filter((ref) => ref.kind !== "foreign" || ref.name === "request");
      if (refs.length > 0)
        of.passed.set(
          index,
          merge({ ...NOTHING, refs: of.passed.get(index) ?? [] }, { ...NOTHING, refs }).refs,
        );
      if (value.walked !== undefined) of.passedWalked.set(index, value.walked);
    });
    for (const [label, hits] of of.hits) {
      const { index, bit } = readLabel(label)!;
      const value = given[index];
      if (value !== undefined)
        for (const hit of hits.values())
          for (const [outer, taint] of wholeTaints(value)) {
            if ((taint.mask & (bit === 0 ? hit.need : bit)) === 0) continue;
            this.reach(
              hit.kind,
              hit.need,
              outer,
              {
                mask: taint.mask,
                way: append(step(place, `goes into ${of.node.name}`, taint.way), hit.way),
                built: taint.built ?? hit.built,
                builtMarkup: taint.builtMarkup ?? hit.builtMarkup,
              },
              hit.place,
            );
          }
    }
    let taints: ReadonlyMap<string, Taint> = new Map();
    for (const [label, taint] of of.result.taints) {
      const read = readLabel(label);
      if (read?.id !== of.id) taints = mergeTaints(taints, new Map([[label, taint]]));
      else {
        const value = given[read.index];
        if (value !== undefined)
          taints = mergeTaints(taints, substitute(taint, read.bit, value, place, of.node.name));
      }
    }
    const { refs, text, resolved, members } = of.result;
    return { taints, refs, text, members, resolved: resolved === true };
  }

  private given(of: FunctionInfo, args: readonly Value[], named: ReadonlyMap<string, Value>): Value[] {
    const params = of.node.params;
    const isStatic = of.node.decorators.some((one) => one.kind === "name" && one.name === "staticmethod");
    const skip = of.owner !== undefined && of.module.module.language === "python" && !isStatic ? 1 : 0;
    const out: Value[] = params.map(() => NOTHING);
    args.forEach((value, index) => {
      const at = Math.min(index + skip, params.length - 1);
      if (at >= 0) out[at] = merge(out[at]!, value);
    });
    for (const [name, value] of named) {
      const index = params.findIndex(({ pattern }) => pattern.kind === "name" && pattern.name === name);
      const at = index < 0 ? params.length - 1 : index;
      if (at >= 0) out[at] = merge(out[at]!, value);
    }
    return out;
  }

  private calledBy(call: Extract<Expr, { kind: "call" }>): readonly Called[] {
    const { callee, args, named } = call;
    const target =
      callee.kind === "member"
        ? this.readMember(callee)
        : callee.kind === "name"
          ? this.expr(callee)
          : NOTHING;
    const method = callee.kind === "member" || callee.kind === "name" ? callee.name : "";
    return this.own(target, callee, method).flatMap((ref) => {
      if (ref.kind !== "function") return [];
      const isStatic = ref.of.node.decorators.some(
        (one) => one.kind === "name" && one.name === "staticmethod",
      );
      const skip =
        ref.of.owner !== undefined && ref.of.module.module.language === "python" && !isStatic ? 1 : 0;
      const given = ref.of.node.params.map(
        ({ pattern }, index) =>
          args[index - skip] ??
          named.find(({ name }) => pattern.kind === "name" && pattern.name === name)?.value,
      );
      return [{ of: ref.of, args: given }];
    });
  }

  private callForeign(
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
    const left = leftBy(full, method, receiver);
    const refs: Ref[] = full === undefined ? [] : [{ kind: "foreign", name: `${full}()` }];
    if (left !== undefined) return { ...masked(everything, left), refs };
    return { ...merge(everything, returned), refs };
  }

  /** Calls of the language and its libraries that do something to a text that is known exactly. */
  private special(
    expr: Extract<Expr, { kind: "call" }>,
    full: string | undefined,
    method: string,
    receiver: Value | undefined,
    args: readonly Value[],
    named: ReadonlyMap<string, Value>,
  ): Value | undefined {
    const [first, second] = args;
    if (/^(Set|set|frozenset|tuple|list|Map|sorted|Object\.freeze)$/.test(full ?? "") && first !== undefined) {
      const [object] = expr.args;
      if (full === "Object.freeze" && object?.kind === "member" && object.name === "prototype") this.program.frozen = true;
      return { ...textOf(first), members: first.members, fields: first.fields };
    }
    if (full === "require" && first?.text !== undefined)
      return this.program.imported(this.module, first.text, undefined, "");
    if (method === "format" && receiver?.text !== undefined && !receiver.text.includes(HOLE)) {
      const values = [...expr.args, ...expr.named.map(({ value }) => value)];
      return this.expr(interleaved(expr, receiver.text.split(/\{[^{}]*\}/), values));
    }
    if (method === "__mod__" || (method === "format" && isMarkup(receiver))) {
      if (isMarkup(receiver)) return receiver;
      return joined([receiver ?? NOTHING, ...args], expr);
    }
    if (method === "join" && expr.callee.kind === "member" && expr.callee.object.kind === "list") {
      const [head] = expr.callee.object.items;
      const rooted = head !== undefined && this.isClean(this.expr(head));
      return masked(textOf(receiver ?? NOTHING), rooted ? ALL & ~ROOT : ALL);
    }
    if (method === "join" && receiver?.text !== undefined)
      return { ...textOf(first ?? NOTHING), text: first?.text };
    if (method === "get" && receiver !== undefined)
      return merge(textOf(receiver), second ?? NOTHING);
    if (named.get("type")?.refs.some((ref) => ref.kind === "foreign" && /^(int|float)$/.test(ref.name)))
      return NOTHING;
    if (method === "concat" && receiver !== undefined) return joined([receiver, ...args], expr);
    if (
      /^(os\.path\.join|path\.(posix\.)?join|path\.(posix\.)?resolve)$/.test(full ?? "") ||
      method === "joinpath"
    ) {
      const parts = method === "joinpath" ? [receiver ?? NOTHING, ...args] : args;
      return this.path(parts, expr, (full ?? "").startsWith("path."), (full ?? "").endsWith("resolve"));
    }
    if (/^(pathlib\.)?(Path|PurePath|PurePosixPath)$/.test(full ?? ""))
      return {
        ...merge(...(args.length === 0 ? [NOTHING] : args.map(textOf))),
        refs: [{ kind: "foreign", name: "path" }],
      };
    if (
      /^os\.path\.(realpath|abspath|normpath)$|^path\.normalize$|^fs\.(promises\.)?realpath(Sync)?$/.test(
        full ?? "",
      )
    )
      return { ...textOf(first ?? NOTHING), resolved: true };
    if (
      (method === "resolve" || method === "absolute") &&
      receiver !== undefined &&
      args.length === 0 &&
      full?.startsWith("Promise") !== true
    )
      return { ...textOf(receiver), refs: receiver.refs, resolved: true };
    if (/^path\.relative$|^os\.path\.relpath$/.test(full ?? "")) {
      const [, to] = expr.args;
      const subject = full === "path.relative" ? to : expr.args[0];
      return {
        ...textOf(this.expr(subject ?? expr.callee)),
        relativeOf: subject === undefined ? undefined : pathOf(subject),
      };
    }
    if (/^urllib\.parse\.(urlsplit|urlparse)$/.test(full ?? ""))
      return {
        ...textOf(first ?? NOTHING),
        relativeOf: expr.args[0] === undefined ? undefined : pathOf(expr.args[0]),
      };
    if (full === "URL")
      return {
        ...textOf(merge(NOTHING, ...args)),
        relativeOf: expr.args[0] === undefined ? undefined : pathOf(expr.args[0]),
      };
    if (/^re\.compile$|^RegExp$/.test(full ?? ""))
      return {
        ...NOTHING,
        pattern:
          first?.text === undefined ? undefined : { text: first.text, flags: full === "RegExp" ? "js" : "" },
      };
    if (/^(sub|subn|replace|replaceAll)$/.test(method)) return this.replaced(full, method, receiver, args);
    if (
      /^(execute|executemany|executescript|query|prepare|fetchall|fetchone|readFile|readFileSync|read_text|read_bytes|read|all)$/.test(
        method,
      )
    )
      return { taints: new Map(), refs: [] };
    if (/^(open|io\.open)$|^fs\.createWriteStream$/.test(full ?? "")) {
      const mode = second?.text ?? named.get("mode")?.text ?? second?.fields?.get("flags")?.text ?? "";
      return {
        taints: new Map(),
        refs: [{ kind: "foreign", name: mode.startsWith("a") ? "open-to-append" : "file" }],
      };
    }
    if (
      /^(flask\.)?(render_template|render_template_string|send_file|send_from_directory|redirect|make_response|Response)$/.test(
        full ?? "",
      )
    )
      return { taints: new Map(), refs: [{ kind: "foreign", name: "response" }] };
    if (/(^|\.)Markup$/.test(full ?? ""))
      return { ...textOf(first ?? NOTHING), text: first?.text, refs: [{ kind: "foreign", name: "markup" }] };
    return undefined;
  }

  /** A path put together: what stands first decides where an absolute part leads. */
  private path(parts: readonly Value[], place: Place, posixJoin: boolean, resolves: boolean): Value {
    const [head = NOTHING, ...rest] = parts;
    const kept = posixJoin && !resolves ? ALL & ~ROOT : ALL;
    const built = rest.map((part) => {
      const value = masked(textOf(part), kept);
      const taints = new Map(
        [...value.taints].map(([label, taint]) => [
          label,
          { ...taint, built: taint.built ?? place, way: step(place, "becomes part of a path", taint.way) },
        ]),
      );
      return { taints, refs: [] };
    });
    const whole = merge(textOf(head), ...built);
    // Behind a part that is not constant an absolute part is still one, and dots are still dots.
    return { ...whole, refs: [{ kind: "foreign", name: "path" }], resolved: resolves };
  }

  private replaced(
    full: string | undefined,
    method: string,
    receiver: Value | undefined,
    args: readonly Value[],
  ): Value {
    const isModule = full === "re.sub" || full === "re.subn";
    const isPattern = receiver?.pattern !== undefined && method.startsWith("sub");
    const pattern = isModule ? args[0] : isPattern ? receiver : args[0];
    const replacement = isModule ? args[1] : isPattern ? args[0] : args[1];
    const subject = isModule ? args[2] : isPattern ? args[1] : receiver;
    const base = textOf(subject ?? NOTHING);
    const mixed = merge(
      base,
      textOf(replacement ?? NOTHING),
      ...(replacement?.refs ?? []).flatMap((ref) =>
        ref.kind === "function" ? [this.apply(ref.of, [base], new Map(), ref.of.node)] : [],
      ),
    );
    const source = pattern?.pattern?.text ?? (isModule ? pattern?.text : undefined);
    const flags = pattern?.pattern?.flags ?? "";
    const python = this.module.module.language === "python";
    // JavaScript replaces one occurrence unless it is told otherwise.
    const all = python || method === "replaceAll" || flags.includes("g");
    const plain = source === undefined ? pattern?.text : undefined;
    if (all && plain !== undefined) return masked(mixed, leftWithoutText(plain, replacement?.text));
    const signs = source === undefined ? undefined : signsOf(source);
    if (!all || signs === undefined) return mixed;
    return signs === "all" && replacement?.text !== undefined && replacement.text.length < 2
      ? NOTHING
      : masked(mixed, leftWithout(signs, replacement?.text));
  }

  /** A function that is handed to a library gets whatever the library has. */
  private callbacks(args: readonly Value[], everything: Value, place: Place): Value {
    const results: Value[] = [];
    for (const arg of args)
      for (const ref of arg.refs)
        if (ref.kind === "function") {
          const given = ref.of.node.params.map(() => textOf(everything));
          results.push(this.apply(ref.of, given, new Map(), place));
        }
    return merge(NOTHING, ...results.map(textOf));
  }

  private noteAnswer(method: string, args: readonly Value[]): void {
    const [first, second] = args;
    if (method === "type" || method === "contentType") this.answers = first?.text ?? this.answers;
    else if (/^(setHeader|header|set)$/.test(method) && /^content-type$/i.test(first?.text ?? ""))
      this.answers = second?.text ?? this.answers;
    else if (method === "writeHead" || method === "set")
      for (const [key, value] of args.at(-1)?.fields ?? [])
        if (/^content-type$/i.test(key)) this.answers = value.text ?? this.answers;
    if (this.answers === "html") this.answers = "text/html";
  }

  private siteSinks(place: Place, method: string, args: readonly Value[], receiverName: string): void {
    const { language } = this.module.module;
    const site: Site = {
      full: undefined,
      method,
      receiver: undefined,
      receiverName,
      args,
      named: new Map(),
      lists: [],
      language,
      answers: this.answers,
    };
    for (const { kind, need, value, says } of sinksOf(site)) this.sink(kind, need, value, place, says);
  }

  private sink(kind: number, need: number, value: Value, place: Place, says: string, here = false): void {
    for (const [label, taint] of wholeTaints(value)) {
      if ((taint.mask & need) === 0) continue;
      const at = here ? { ...taint, built: place, builtMarkup: place } : taint;
      this.reach(kind, need, label, { ...at, way: step(place, says, taint.way) }, place);
    }
  }

  /** From a source it is a finding; from a parameter it is for the callers to know. */
  private reach(kind: number, need: number, label: string, taint: Taint, place: Place): void {
    const read = readLabel(label);
    if (kind === KEY && this.program.frozen) return;
    if (read === undefined) return this.report(kind, place, taint.way, taint);
    const owner = this.program.functionById(read.id);
    const key = `${kind}@${taint.built?.line ?? 0}@${place.file}:${place.line}`;
    const known = owner.reached.get(label) ?? new Map<string, Hit>();
    const needed = read.bit === 0 ? need & taint.mask : need;
    if (!known.has(key) && known.size < 40)
      known.set(key, {
        kind,
        need: needed,
        place,
        way: taint.way,
        built: taint.built,
        builtMarkup: taint.builtMarkup,
      });
    owner.reached.set(label, known);
  }
}

const labelOf = (way: Taint["way"]): string => `@${way.file}:${way.line}:${way.says}`;

function mergeNames(states: readonly Map<string, Value>[]): Map<string, Value> {
  const [first = new Map<string, Value>(), ...rest] = states;
  const out = new Map(first);
  for (const state of rest)
    for (const [name, value] of state) {
      const known = out.get(name);
      if (known === undefined) {
        // Narrowed on one side only: on the other it is what it was.
        if (!name.includes(".")) out.set(name, value);
      } else if (known !== value) out.set(name, merge(known, value));
    }
  for (const name of first.keys())
    if (name.includes(".") && rest.some((state) => !state.has(name))) out.delete(name);
  return out;
}

const isPath = (value: Value): boolean =>
  value.refs.some((ref) => ref.kind === "foreign" && ref.name.startsWith("path"));
const isMarkup = (value: Value | undefined): value is Value =>
  value?.refs.some((ref) => ref.kind === "foreign" && ref.name === "markup") === true;

function rootName(expr: Expr): string {
  if (expr.kind === "name") return expr.name;
  if (expr.kind === "member") return `${rootName(expr.object)}.${expr.name}`;
  return expr.kind === "call" ? rootName(expr.callee) : "";
}
