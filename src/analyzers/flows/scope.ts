/** What names and places stand for inside one function, and what reaches a place that does harm. */
import { applyTest } from "./guards.ts";
import type { Called } from "./narrowing.ts";
import { ALL, ANY_MARKUP, ENTITY, HOST, KEY, MARKUP, PATH } from "./kinds.ts";
import type { World } from "./world.ts";
import { pathOf, type Expr, type Pattern, type Place } from "./program.ts";
import { sinksOf, type Site } from "./sinks.ts";
import { ENTITY_LABEL, requestPart } from "./sources.ts";
import {
  merge,
  mergeTaints,
  masked,
  NOTHING,
  readLabel,
  step,
  textOf,
  wholeTaints,
  type Frame,
  type FunctionInfo,
  type Hit,
  type ModuleInfo,
  type Taint,
  type Value,
} from "./value.ts";

export interface Report {
  (kind: number, place: Place, way: Taint["way"], taint: Taint): void;
}

/** Runs the body of `of`, or of a module when there is none, once. */
export abstract class Scope {
  protected readonly program: World;
  protected readonly module: ModuleInfo;
  protected readonly of: FunctionInfo | undefined;
  protected readonly frame: Frame;
  protected readonly report: Report;
  protected answers: string | undefined;

  constructor(program: World, module: ModuleInfo, of: FunctionInfo | undefined, report: Report) {
    this.program = program;
    this.module = module;
    this.of = of;
    this.frame = of?.frame ?? module.frame;
    this.report = report;
  }

  protected abstract expr(expr: Expr): Value;
  protected abstract calledBy(call: Extract<Expr, { kind: "call" }>): readonly Called[];

  protected narrow(test: Expr, truth: boolean): void {
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

  protected isClean(value: Value): boolean {
    for (const label of wholeTaints(value).keys()) {
      const read = readLabel(label);
      if (read === undefined || read.id === this.of?.id) return false;
    }
    return true;
  }

  /** A variable of a loop, and what it goes through. */
  protected bind(target: Pattern, from: Expr): void {
    const value = this.expr(from);
    const [first, second] = target.kind === "parts" ? target.parts : [];
    if (from.kind === "call" && first !== undefined && second !== undefined) {
      // The number of a part, and the name of a named argument, are nobody's text.
      if (from.callee.kind === "name" && from.callee.name === "enumerate" && from.args[0] !== undefined) {
        this.assign(first, NOTHING, from);
        return this.assign(second, this.element(this.expr(from.args[0]), from), from);
      }
      if (pathOf(from.callee) === "Object.entries") {
        const part = this.element(value, from);
        const handedOver = [...value.taints.keys()].every((label) => readLabel(label) !== undefined);
        this.assign(first, handedOver ? masked(part, ALL & ~ANY_MARKUP) : part, from);
        return this.assign(second, part, from);
      }
      const object =
        from.callee.kind === "member" && from.callee.name === "items" ? from.callee.object : undefined;
      // Keys that came in by themselves are somebody's text; those of a table that was handed over rarely are.
      const isNamed =
        object !== undefined && [...value.taints.keys()].every((label) => readLabel(label) !== undefined);
      if (isNamed) {
        this.assign(first, NOTHING, from);
        return this.assign(second, this.element(value, from), from);
      }
    }
    this.assign(target, this.element(value, from), from);
  }

  protected take(path: string, gone: number): void {
    const value = this.frame.names.get(path) ?? (path.includes(".") ? this.atPath(path) : this.lookup(path));
    this.frame.names.set(path, masked(value, ALL & ~gone));
  }

  protected atPath(path: string): Value {
    const [first, ...rest] = path.split(".");
    return rest.reduce((value, name) => this.member(value, name), this.lookup(first!));
  }

  protected lookup(name: string): Value {
    for (let at: Frame | undefined = this.frame; at !== undefined; at = at.parent) {
      const value = at.names.get(name);
      if (value !== undefined) return value;
    }
    return this.program.builtin(name, this.module);
  }

  protected assign(pattern: Pattern, value: Value, place: Place): void {
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
        const position = String(index);
        const name = pattern.names?.[index] ?? (value.fields?.has(position) === true ? position : undefined);
        this.assign(part, name === undefined ? this.element(value, place) : this.member(value, name), place);
      });
    } else this.assignMember(pattern.at, value);
  }

  protected homeOf(name: string): Frame | undefined {
    for (let at: Frame | undefined = this.frame; at !== undefined; at = at.parent)
      if (at.names.has(name)) return at;
    return undefined;
  }

  protected assignMember(at: Extract<Expr, { kind: "member" | "index" }>, value: Value): void {
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
  protected change(container: Expr, value: Value): void {
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
  protected element(value: Value, place: Place): Value {
    const outside = requestPart(value, "*", this.module.module.language, place);
    if (outside !== undefined) return outside;
    return { ...textOf(value), walked: value.walked };
  }

  protected member(object: Value, name: string): Value {
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
    const originOf = /^(origin|host|hostname|netloc)$/.test(name) ? object.relativeOf : undefined;
    return { ...merge({ taints, refs: [] }, ...found), originOf };
  }

  protected siteSinks(place: Place, method: string, args: readonly Value[], receiverName: string): void {
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

  protected sink(kind: number, need: number, value: Value, place: Place, says: string, here = false): void {
    for (const [label, taint] of wholeTaints(value)) {
      if ((taint.mask & need) === 0) continue;
      const at = here ? { ...taint, built: place, builtMarkup: place } : taint;
      this.reach(kind, need, label, { ...at, way: step(place, says, taint.way) }, place);
    }
  }

  /** From a source it is a finding; from a parameter it is for the callers to know. */
  protected reach(kind: number, need: number, label: string, taint: Taint, place: Place): void {
    const read = readLabel(label);
    if (kind === KEY && this.program.frozen) return;
    if (read === undefined) return this.report(reportedAs(kind, label), place, taint.way, taint);
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

/** What a document names is read into it, whether it is a file or an address. */
const reportedAs = (kind: number, label: string): number =>
  label.startsWith(ENTITY_LABEL) && (kind === PATH || kind === HOST) ? ENTITY : kind;
