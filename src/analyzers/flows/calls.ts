/** Calls: functions of the sources by what is known of them, library functions by name. */
import { Scope } from "./scope.ts";
import { type Called } from "./guards.ts";
import { HOLE, joined } from "./joins.ts";
import { ALL, ROOT, XSS } from "./kinds.ts";
import { pathOf, type Expr, type Place } from "./program.ts";
import { interleaved } from "./read-python.ts";
import { leftBy, leftWithout, leftWithoutText, signsOf } from "./sanitizers.ts";
import { sinksOf, type Site } from "./sinks.ts";
import { requestPart } from "./sources.ts";
import { templateSinks } from "./templates.ts";
import {
  append,
  merge,
  mergeTaints,
  masked,
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

/** Methods that put their arguments into what they are called on. */
const CHANGES = /^(append|add|insert|push|unshift|extend|update|set|appendleft|setdefault|write)$/;
/** Names that too many libraries have to tell anything about a method of the sources. */
const COMMON =
  /^(get|post|put|set|add|all|run|open|read|write|close|join|split|replace|format|items|keys|values|map|filter|find|push|append|pop|then|catch|send|end|json|status|type|use|on|log|test|match|exec|execute|query|strip|lower|upper|encode|decode|sort|slice|concat|includes|has|delete|clear|copy|update|index|count|call|apply|bind|toString|render|next|done|emit|listen|load|loads|dump|dumps|parse|stringify|fetchall|fetchone|commit|start|stop|main)$/;

export abstract class Calls extends Scope {
  protected abstract readMember(expr: Extract<Expr, { kind: "member" }>): Value;

  protected call(expr: Extract<Expr, { kind: "call" }>): Value {
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
  protected special(
    expr: Extract<Expr, { kind: "call" }>,
    full: string | undefined,
    method: string,
    receiver: Value | undefined,
    args: readonly Value[],
    named: ReadonlyMap<string, Value>,
  ): Value | undefined {
    const [first, second] = args;
    if (
      /^(Set|set|frozenset|tuple|list|Map|sorted|Object\.freeze)$/.test(full ?? "") &&
      first !== undefined
    ) {
      const [object] = expr.args;
      if (full === "Object.freeze" && object?.kind === "member" && object.name === "prototype")
        this.program.frozen = true;
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
    if (method === "get" && receiver !== undefined) return merge(textOf(receiver), second ?? NOTHING);
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
  protected path(parts: readonly Value[], place: Place, posixJoin: boolean, resolves: boolean): Value {
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

  protected replaced(
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

const isMarkup = (value: Value | undefined): value is Value =>
  value?.refs.some((ref) => ref.kind === "foreign" && ref.name === "markup") === true;

function rootName(expr: Expr): string {
  if (expr.kind === "name") return expr.name;
  if (expr.kind === "member") return `${rootName(expr.object)}.${expr.name}`;
  return expr.kind === "call" ? rootName(expr.callee) : "";
}
