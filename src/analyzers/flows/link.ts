/** Files as one program: what a name of one file means in another, and rounds until nothing new is learnt. */
import { posix } from "node:path";
import { Evaluator } from "./evaluate.ts";
import type { Report } from "./scope.ts";
import { PATH, RAW } from "./kinds.ts";
import type { ClassNode, FunctionNode, Module, Place } from "./program.ts";
import type { World } from "./world.ts";
import { isTyped, markDecorated, markLoader, markParam, markRule, markTyped, routeOf } from "./sources.ts";
import type { Template } from "./templates.ts";
import { OutOfTime, timeLimit, type TimeLimit } from "./time-limit.ts";
import {
  merge,
  NOTHING,
  type ClassInfo,
  type Frame,
  type FunctionInfo,
  type ModuleInfo,
  type Ref,
  type Value,
} from "./value.ts";

const MAX_ROUNDS = 6;
/** More functions of one name, and a call by that name alone says nothing. */
const MAX_NAMESAKES = 3;
const VIEW_METHODS = /^(get|post|put|patch|delete|dispatch_request)$/;

/** Told of a place that could not be followed, because it nests too deep or takes too long. */
export type Lost = (place: Place, why: "depth" | "time") => void;

export class Program implements World {
  readonly templates: ReadonlyMap<string, Template>;
  readonly usesExpress: boolean;
  /** Prototypes are frozen: nothing can be set on them. */
  frozen = false;
  private readonly modules = new Map<string, ModuleInfo>();
  private readonly functions: FunctionInfo[] = [];
  private readonly byNode = new Map<FunctionNode, FunctionInfo>();
  private readonly classes = new Map<ClassNode, ClassInfo>();
  private readonly byMethod = new Map<string, FunctionInfo[]>();
  private readonly handlers = new Set<FunctionInfo>();

  private readonly limit: TimeLimit;

  constructor(
    modules: readonly Module[],
    templates: ReadonlyMap<string, Template>,
    limit: TimeLimit = timeLimit(),
  ) {
    this.limit = limit;
    for (const module of modules)
      this.modules.set(module.file, {
        module,
        frame: { names: new Map(), parent: undefined },
        exported: undefined,
        exports: new Map(),
      });
    this.templates = templates;
    this.usesExpress = modules.some(({ body }) => JSON.stringify(body.slice(0, 30)).includes('"express"'));
  }

  /** Findings of the last round go to `report`; `lost` names what could not be followed. */
  run(report: Report, lost: Lost): void {
    const silent: Report = () => {};
    let before = "";
    for (let round = 0; round < MAX_ROUNDS; round++) {
      this.round(silent, () => {});
      const now = this.measure();
      if (now === before) break;
      before = now;
    }
    this.round(report, lost);
  }

  private round(report: Report, lost: Lost): void {
    for (const module of this.modules.values())
      this.guarded({ file: module.module.file, line: 1 }, lost, () =>
        new Evaluator(this, module, undefined, report).run(module.module.body),
      );
    // The list grows while it is worked through.
    for (let at = 0; at < this.functions.length; at++) {
      const of = this.functions[at]!;
      this.guarded(of.node, lost, () => new Evaluator(this, of.module, of, report).run(of.node.body));
    }
    for (const of of this.functions) {
      of.hits = of.reached;
      of.reached = new Map();
    }
  }

  private guarded(place: Place, lost: Lost, work: () => void): void {
    try {
      this.limit.of(place.file, work);
    } catch (error) {
      if (error instanceof OutOfTime) lost(place, "time");
      else if (error instanceof RangeError) lost(place, "depth");
      else throw error;
    }
  }

  step(): void {
    this.limit.step();
  }

  /** Changes as long as something new is learnt. */
  private measure(): string {
    let [hits, taints, masks] = [0, 0, 0];
    for (const { hits: own, result, afterwards, whenTrue, passed } of this.functions) {
      for (const reached of own.values()) hits += reached.size;
      for (const { mask } of result.taints.values()) masks = (masks + mask) % 1_000_003;
      taints += result.taints.size + result.refs.length + passed.size;
      for (const mask of [...afterwards, ...whenTrue]) masks = (masks + mask) % 1_000_003;
    }
    let attributes = 0;
    for (const { attributes: own } of this.classes.values())
      for (const value of own.values()) attributes += 1 + value.taints.size;
    return `${hits} ${taints} ${masks} ${attributes} ${this.functions.length}`;
  }

  functionById(id: number): FunctionInfo {
    return this.functions[id]!;
  }

  functionOf(
    node: FunctionNode,
    module: ModuleInfo,
    owner: ClassInfo | undefined,
    outer: Frame,
  ): FunctionInfo {
    const known = this.byNode.get(node);
    if (known !== undefined) return known;
    const info: FunctionInfo = {
      id: this.functions.length,
      node,
      module,
      owner,
      outer,
      frame: { names: new Map(), parent: outer },
      result: NOTHING,
      hits: new Map(),
      reached: new Map(),
      whenTrue: [],
      whenFalse: [],
      afterwards: [],
      passed: new Map(),
      passedWalked: new Map(),
      fromOutside: new Map(),
    };
    this.functions.push(info);
    this.byNode.set(node, info);
    if (owner !== undefined) this.byMethod.set(node.name, [...(this.byMethod.get(node.name) ?? []), info]);
    markDecorated(info);
    const route = routeOf(node);
    const answersInPages = !isTyped(module.module) || (route?.answers ?? "").endsWith("HTMLResponse");
    if (route !== undefined && answersInPages) this.handlers.add(info);
    return info;
  }

  classOf(node: ClassNode, module: ModuleInfo, outer: Frame): ClassInfo {
    const known = this.classes.get(node);
    if (known !== undefined) return known;
    const info: ClassInfo = { node, module, methods: new Map(), attributes: new Map(), bases: [] };
    this.classes.set(node, info);
    for (const method of node.methods)
      info.methods.set(method.name, this.functionOf(method, module, info, outer));
    const resolves = node.bases.some((base) => /Resolver/.test(JSON.stringify(base)));
    for (const [name, of] of info.methods)
      if (resolves && /^(resolve|resolveEntity)$/.test(name)) markLoader(of);
    const isView = node.bases.some((base) => JSON.stringify(base).includes("View"));
    for (const [name, of] of info.methods)
      if (isView && VIEW_METHODS.test(name)) {
        this.handlers.add(of);
        for (const { pattern } of of.node.params.slice(1))
          if (pattern.kind === "name") markParam(of, pattern.name, RAW & ~PATH, "is a part of the address");
      }
    return info;
  }

  isHandler(of: FunctionInfo): boolean {
    return this.handlers.has(of);
  }

  /** A route that is made by a call. */
  registered(name: string, args: readonly Value[], named: ReadonlyMap<string, Value>, _place: Place): void {
    if (/(^|\.)(Depends|Security)$/.test(name))
      for (const ref of args[0]?.refs ?? []) if (ref.kind === "function") markTyped(ref.of);
    if (/(^|\.)ElementInclude\.include$/.test(name))
      for (const ref of (named.get("loader") ?? args[1])?.refs ?? [])
        if (ref.kind === "function") markLoader(ref.of);
    if (!name.endsWith("add_url_rule")) return;
    const view = args[2] ?? named.get("view_func");
    for (const ref of view?.refs ?? [])
      if (ref.kind === "function") {
        this.handlers.add(ref.of);
        if (args[0]?.text !== undefined) markRule(ref.of, args[0].text);
      }
  }

  methodsNamed(name: string): readonly FunctionInfo[] {
    const found = this.byMethod.get(name) ?? [];
    return found.length <= MAX_NAMESAKES ? found : [];
  }

  method(of: ClassInfo, name: string, depth = 0): FunctionInfo | undefined {
    const own = of.methods.get(name);
    if (own !== undefined || depth > 8) return own;
    for (const base of of.bases) {
      const found = base.kind === "class" ? this.method(base.of, name, depth + 1) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  attribute(of: ClassInfo, name: string, self: Value): Value {
    const method = this.method(of, name);
    if (method === undefined) return of.attributes.get(name) ?? NOTHING;
    const isProperty = method.node.decorators.some(
      (one) => one.kind === "name" && one.name.endsWith("property"),
    );
    return isProperty ? method.result : { taints: new Map(), refs: [{ kind: "function", of: method, self }] };
  }

  /** What a name stands for that nobody in the sources gave a value. */
  builtin(name: string, _module: ModuleInfo): Value {
    return { taints: new Map(), refs: [{ kind: "foreign", name }] };
  }

  /** `module.exports = x`, `exports.name = x`. */
  exported(module: ModuleInfo, object: string, name: string, value: Value): void {
    if (object === "module" && name === "exports") {
      module.exported = value;
      for (const [field, part] of value.fields ?? []) module.exports.set(field, part);
    } else if (object === "exports" || object === "module.exports") module.exports.set(name, value);
  }

  imported(from: ModuleInfo, spec: string, member: string | undefined, name: string): Value {
    return from.module.language === "python"
      ? this.importedPython(from, spec, member)
      : this.importedJavaScript(from, spec, member, name);
  }

  private importedPython(from: ModuleInfo, spec: string, member: string | undefined): Value {
    const own = this.pythonModule(from.module.file, spec);
    if (member === undefined) return own === undefined ? foreign(spec) : moduleValue(own);
    const inner = this.pythonModule(
      from.module.file,
      spec.endsWith(".") ? `${spec}${member}` : `${spec}.${member}`,
    );
    if (inner !== undefined) return moduleValue(inner);
    return own === undefined ? foreign(`${spec}.${member}`) : (own.frame.names.get(member) ?? NOTHING);
  }

  private pythonModule(file: string, spec: string): ModuleInfo | undefined {
    const dots = /^\.*/.exec(spec)![0].length;
    const path = spec.slice(dots).replaceAll(".", "/");
    let folder = posix.dirname(file);
    for (let up = 1; up < dots; up++) folder = posix.dirname(folder);
    // An absolute name may start at any folder above, whichever is on the path.
    for (;;) {
      const base = posix.normalize(posix.join(folder, path));
      const found = this.modules.get(`${base}.py`) ?? this.modules.get(posix.join(base, "__init__.py"));
      if (found !== undefined || dots > 0 || folder === "." || folder === "/") return found;
      folder = posix.dirname(folder);
    }
  }

  private importedJavaScript(
    from: ModuleInfo,
    spec: string,
    member: string | undefined,
    name: string,
  ): Value {
    const plain = spec.replace(/^node:/, "").replace("fs/promises", "fs.promises");
    if (!spec.startsWith("."))
      return member === undefined || member === "default" ? foreign(plain) : foreign(`${plain}.${member}`);
    const base = posix.normalize(posix.join(posix.dirname(from.module.file), spec));
    const file = [base, `${base}.js`, `${base}.cjs`, `${base}.mjs`, `${base}/index.js`].find((one) =>
      this.modules.has(one),
    );
    if (file === undefined) return foreign(spec);
    const module = this.modules.get(file)!;
    if (member !== undefined) return module.exports.get(member) ?? NOTHING;
    const whole = module.exported ?? NOTHING;
    const main = name === "" ? NOTHING : (module.exports.get("default") ?? NOTHING);
    return merge({ ...whole, refs: [...whole.refs, { kind: "module", of: module } satisfies Ref] }, main);
  }
}

const foreign = (name: string): Value => ({ taints: new Map(), refs: [{ kind: "foreign", name }] });
const moduleValue = (of: ModuleInfo): Value => ({ taints: new Map(), refs: [{ kind: "module", of }] });
