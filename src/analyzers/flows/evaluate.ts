/** Follows text through one function: statement by statement, both sides of every branch, loops twice. */
import { Expressions } from "./expressions.ts";
import { joined } from "./joins.ts";
import { ALL, XSS } from "./kinds.ts";
import { dependencyOf, leftByType, modelOf } from "./types.ts";
import { pathOf, type Expr, type Pattern, type Place, type Statement } from "./program.ts";
import { labelOf, requestRefs } from "./sources.ts";
import {
  merge,
  masked,
  mergeTaints,
  NOTHING,
  paramValue,
  remaining,
  step,
  type ClassInfo,
  type FunctionInfo,
  type Ref,
  type Taint,
  type Value,
} from "./value.ts";

/** Runs the body of `of`, or of a module when there is none, once. */
export class Evaluator extends Expressions {
  private results: Value[] = [];
  private readonly remainders: { true: number[][]; false: number[][]; any: number[][] } = {
    true: [],
    false: [],
    any: [],
  };

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
    of.node.params.forEach(({ pattern, initial, type }, index) => {
      let value = paramValue(of, index);
      const outside = of.fromOutside.get(index);
      if (outside !== undefined) value = this.entering(value, outside, type, initial);
      const dependency = dependencyOf(type, initial);
      if (dependency !== undefined) value = merge(value, this.expr(dependency));
      else if (initial !== undefined && outside === undefined)
        value = { ...value, refs: [...value.refs, ...this.expr(initial).refs] };
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

  /** What comes in, as far as the type lets it; of a model, part by part. */
  private entering(value: Value, outside: Taint, type: Expr | undefined, initial: Expr | undefined): Value {
    const evaluate = (one: Expr): Value => this.expr(one);
    const label = labelOf(outside.way);
    const given = (left: number): Value => masked({ ...NOTHING, taints: new Map([[label, outside]]) }, left);
    const fields = modelOf(type, evaluate);
    if (fields === undefined) {
      const { taints } = given(leftByType(type, initial, evaluate));
      return { ...value, taints: mergeTaints(value.taints, taints) };
    }
    const parts = fields.map(
      (one) => [one.name, given(leftByType(one.type, one.initial, evaluate))] as const,
    );
    return { ...value, fields: new Map(parts) };
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
      [...value.taints].map(
        ([label, taint]) => [label, { ...taint, way: step(place, "is returned", taint.way) }] as const,
      ),
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
}

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
