/** Functions of the sources that are called: which they are, what they are given, and what is known of them. */
import type { Called } from "./narrowing.ts";
import type { Expr, Place } from "./program.ts";
import { Scope } from "./scope.ts";
import {
  append,
  merge,
  mergeTaints,
  NOTHING,
  readLabel,
  step,
  substitute,
  textOf,
  wholeTaints,
  type FunctionInfo,
  type Ref,
  type Taint,
  type Value,
} from "./value.ts";

/** Names that too many libraries have to tell anything about a method of the sources. */
const COMMON =
  /^(get|post|put|set|add|all|run|open|read|write|close|join|split|replace|format|items|keys|values|map|filter|find|push|append|pop|then|catch|send|end|json|status|type|use|on|log|test|match|exec|execute|query|strip|lower|upper|encode|decode|sort|slice|concat|includes|has|delete|clear|copy|update|index|count|call|apply|bind|toString|render|next|done|emit|listen|load|loads|dump|dumps|parse|stringify|fetchall|fetchone|commit|start|stop|main)$/;

export abstract class OwnCalls extends Scope {
  /** `known` is what the object is, where that has been found out: a long chain of calls would ask twice at each. */
  protected abstract readMember(expr: Extract<Expr, { kind: "member" }>, known?: Value): Value;

  /** Functions and classes of the sources that are called; by name alone where nothing else is known. */
  protected own(target: Value, callee: Expr, method: string): readonly Ref[] {
    const direct = target.refs.filter(({ kind }) => kind === "function" || kind === "class");
    if (direct.length > 0 || callee.kind !== "member" || COMMON.test(method)) return direct;
    if (target.refs.some(({ kind }) => kind === "foreign")) return [];
    return this.program.methodsNamed(method).map((of) => ({ kind: "function", of }));
  }

  protected callOwn(
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
  protected apply(
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

  protected given(of: FunctionInfo, args: readonly Value[], named: ReadonlyMap<string, Value>): Value[] {
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

  protected override calledBy(call: Extract<Expr, { kind: "call" }>): readonly Called[] {
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

  /** A function that is handed to a library gets whatever the library has. */
  protected callbacks(args: readonly Value[], everything: Value, place: Place): Value {
    const results: Value[] = [];
    for (const arg of args)
      for (const ref of arg.refs)
        if (ref.kind === "function") {
          const given = ref.of.node.params.map(() => textOf(everything));
          results.push(this.apply(ref.of, given, new Map(), place));
        }
    return merge(NOTHING, ...results.map(textOf));
  }
}
