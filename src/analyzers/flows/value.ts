/** What is known of a value: where its text comes from, what that text can still do, and what the value stands for. */
import { ALL, TURNED } from "./kinds.ts";
import type { ClassNode, FunctionNode, Module, Place } from "./program.ts";

/** The way that a text came, newest first. */
export interface Way extends Place {
  readonly says: string;
  readonly before: Way | undefined;
  readonly length: number;
}

export interface Taint {
  /** What it can still do. */
  readonly mask: number;
  readonly way: Way;
  /** Where it first became a part of a longer text, and of one with markup: where a reader looks for the mistake. */
  readonly built: Place | undefined;
  readonly builtMarkup: Place | undefined;
}

export type Ref =
  | { readonly kind: "function"; readonly of: FunctionInfo; readonly self?: Value }
  | { readonly kind: "class"; readonly of: ClassInfo }
  | { readonly kind: "instance"; readonly of: ClassInfo }
  | { readonly kind: "module"; readonly of: ModuleInfo }
  /** Something that is not part of the sources, by its full name: `os.path.join`. */
  | { readonly kind: "foreign"; readonly name: string };

export interface Value {
  /** By label: a source, or a parameter of the function under analysis and one of its bits. */
  readonly taints: ReadonlyMap<string, Taint>;
  readonly refs: readonly Ref[];
  /** Constant text; of a text put together, with U+FFFC for what is not constant. */
  readonly text?: string | undefined;
  /** Of objects and modules: what is known of their parts. */
  readonly fields?: ReadonlyMap<string, Value> | undefined;
  /** Constant members of a list or set, and constant keys of a table. */
  readonly members?: readonly string[] | undefined;
  /** A pattern of constant text, with its flags. */
  readonly pattern?: { readonly text: string; readonly flags: string } | undefined;
  /** A path without dots and links. */
  readonly resolved?: boolean;
  /** The path as it was before it was made relative to a folder, by the name it has here. */
  readonly relativeOf?: string | undefined;
  /** The address of which this is the origin or host, by the name it has here. */
  readonly originOf?: string | undefined;
  /** Where it was read out of an object under a key from outside. */
  readonly walked?: Place | undefined;
}

export interface ModuleInfo {
  readonly module: Module;
  readonly frame: Frame;
  /** `module.exports` as a whole, where it was replaced. */
  exported: Value | undefined;
  readonly exports: Map<string, Value>;
}

export interface ClassInfo {
  readonly node: ClassNode;
  readonly module: ModuleInfo;
  readonly methods: Map<string, FunctionInfo>;
  readonly attributes: Map<string, Value>;
  readonly bases: Ref[];
}

export interface Hit {
  readonly kind: number;
  readonly need: number;
  readonly place: Place;
  readonly way: Way;
  readonly built: Place | undefined;
  readonly builtMarkup: Place | undefined;
}

export interface FunctionInfo {
  readonly id: number;
  readonly node: FunctionNode;
  readonly module: ModuleInfo;
  readonly owner: ClassInfo | undefined;
  readonly outer: Frame;
  readonly frame: Frame;
  /** What a call gives back, in terms of labels of its parameters. */
  result: Value;
  /** Label of a parameter -> places that it reaches, by kind and place. */
  hits: ReadonlyMap<string, ReadonlyMap<string, Hit>>;
  /** The same, as far as this round has come. */
  reached: Map<string, Map<string, Hit>>;
  /** Of each parameter: what it can still do once the function returned something true, something false, or at all. */
  whenTrue: number[];
  whenFalse: number[];
  afterwards: number[];
  /** What calls passed, beside text. */
  readonly passed: Map<number, readonly Ref[]>;
  readonly passedWalked: Map<number, Place>;
  /** Parameters that come from outside, as a framework calls it. */
  readonly fromOutside: Map<number, Taint>;
}

/** Names of one function or module; branches replace `names` and put it back. */
export interface Frame {
  names: Map<string, Value>;
  readonly parent: Frame | undefined;
}

/** Names an object without a prototype: no key leads out of it. */
export const BARE = "object without a prototype";

export const NOTHING: Value = { taints: new Map(), refs: [] };
const MAX_LABELS = 24;
const MAX_WAY = 24;
const MAX_REFS = 8;

export const step = (place: Place, says: string, before?: Way): Way => {
  const length = (before?.length ?? 0) + 1;
  const { file, line } = place;
  // A way without end would be one that goes in circles.
  if (before !== undefined && (length > MAX_WAY || (before.file === file && before.line === line)))
    return before;
  return { file, line, says, before, length };
};

export function mergeTaints(
  a: ReadonlyMap<string, Taint>,
  b: ReadonlyMap<string, Taint>,
): ReadonlyMap<string, Taint> {
  if (b.size === 0 || a === b) return a;
  if (a.size === 0) return b;
  const out = new Map(a);
  for (const [label, taint] of b) addTaint(out, label, taint);
  return out;
}

export function addTaint(taints: Map<string, Taint>, label: string, taint: Taint): void {
  const known = taints.get(label);
  if (known === undefined) {
    if (taints.size < MAX_LABELS || label.startsWith("#")) taints.set(label, taint);
  } else if ((known.mask | taint.mask) !== known.mask) {
    // The more dangerous of the two ways is the one to show.
    const shown = bits(taint.mask) > bits(known.mask) ? taint : known;
    taints.set(label, { ...shown, mask: known.mask | taint.mask });
  }
}

function bits(mask: number): number {
  let count = 0;
  for (let left = mask; left !== 0; left &= left - 1) count++;
  return count;
}

export function merge(...values: readonly Value[]): Value {
  const [first = NOTHING, ...rest] = values;
  return rest.reduce(mergeTwo, first);
}

function mergeTwo(a: Value, b: Value): Value {
  if (a === b || b === NOTHING) return a;
  if (a === NOTHING) return b;
  const refs = b.refs.length === 0 ? a.refs : [...a.refs];
  for (const ref of b.refs)
    if (refs.length < MAX_REFS && !refs.some((one) => sameRef(one, ref))) (refs as Ref[]).push(ref);
  return {
    taints: mergeTaints(a.taints, b.taints),
    refs,
    text: a.text === b.text ? a.text : undefined,
    fields: mergeFields(a.fields, b.fields),
    members: a.members ?? b.members,
    pattern: a.pattern ?? b.pattern,
    resolved: a.resolved === true && b.resolved === true,
    relativeOf: a.relativeOf ?? b.relativeOf,
    walked: a.walked ?? b.walked,
  };
}

const sameRef = (a: Ref, b: Ref): boolean =>
  a.kind === b.kind && (a.kind === "foreign" ? a.name === (b as typeof a).name : a.of === (b as typeof a).of);

function mergeFields(a: Value["fields"], b: Value["fields"]): Value["fields"] {
  if (a === undefined || b === undefined) return a ?? b;
  const out = new Map(a);
  for (const [name, value] of b) out.set(name, merge(out.get(name) ?? NOTHING, value));
  return out;
}

/** The value with only some of what its text can do. */
export function masked(value: Value, mask: number): Value {
  if (value.taints.size === 0 && value.fields === undefined) return value;
  const taints = new Map<string, Taint>();
  for (const [label, taint] of value.taints)
    if ((taint.mask & mask) !== 0) taints.set(label, { ...taint, mask: taint.mask & mask });
  const fields =
    value.fields === undefined
      ? undefined
      : new Map([...value.fields].map(([name, field]) => [name, masked(field, mask)] as const));
  return { ...value, taints, fields };
}

/** Its text alone: what it stood for and what was known of it is gone. */
export const textOf = (value: Value): Value => ({ taints: wholeTaints(value), refs: [] });

/** Of the value and of all its parts. */
export function wholeTaints(value: Value): ReadonlyMap<string, Taint> {
  let out = value.taints;
  for (const field of value.fields?.values() ?? []) out = mergeTaints(out, wholeTaints(field));
  return out;
}

export const paramLabel = (of: FunctionInfo, index: number, bit: number): string =>
  `#${of.id}:${index}:${bit}`;

export function readLabel(
  label: string,
): { readonly id: number; readonly index: number; readonly bit: number } | undefined {
  if (!label.startsWith("#")) return undefined;
  // Asked more often than anything else: no lists are made.
  const first = label.indexOf(":");
  const second = label.indexOf(":", first + 1);
  return {
    id: Number(label.slice(1, first)),
    index: Number(label.slice(first + 1, second)),
    bit: Number(label.slice(second + 1)),
  };
}

/** A parameter as the function's body sees it: one label for each bit that can turn into another, one for the rest. */
export function paramValue(of: FunctionInfo, index: number): Value {
  const way = step(of.node, `enters ${of.node.name}`);
  const taints = new Map<string, Taint>();
  let rest = ALL;
  for (const bit of TURNED) {
    rest &= ~bit;
    taints.set(paramLabel(of, index, bit), { mask: bit, way, built: undefined, builtMarkup: undefined });
  }
  taints.set(paramLabel(of, index, 0), { mask: rest, way, built: undefined, builtMarkup: undefined });
  return { taints, refs: of.passed.get(index) ?? [], walked: of.passedWalked.get(index) };
}

/** What a parameter can still do, as its variable stands. */
export function remaining(of: FunctionInfo, index: number, value: Value): number {
  let mask = 0;
  for (const [label, taint] of value.taints) {
    const read = readLabel(label);
    if (read?.id === of.id && read.index === index) mask |= taint.mask;
  }
  return mask;
}

/** What `taint` of a callee's value becomes when its parameter is `given`. */
export function substitute(
  taint: Taint,
  bit: number,
  given: Value,
  call: Place,
  name: string,
): Map<string, Taint> {
  const out = new Map<string, Taint>();
  for (const [label, outer] of wholeTaints(given)) {
    const mask = bit === 0 ? outer.mask & taint.mask : (outer.mask & bit) === 0 ? 0 : taint.mask;
    if (mask === 0) continue;
    addTaint(out, label, {
      mask,
      way: append(step(call, `goes through ${name}`, outer.way), taint.way),
      built: outer.built ?? taint.built,
      builtMarkup: outer.builtMarkup ?? taint.builtMarkup,
    });
  }
  return out;
}

/** The steps of `tail` behind those of `head`, without the one with which a function begins. */
export function append(head: Way, tail: Way): Way {
  const steps: Way[] = [];
  for (let at: Way | undefined = tail; at !== undefined; at = at.before) steps.unshift(at);
  return steps.slice(1).reduce((way, one) => step(one, one.says, way), head);
}
