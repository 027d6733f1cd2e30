/** Path traversal shapes: how the path is put together, and what opens it. */
import type { Exploit } from "../../core/index.ts";
import {
  check,
  contains,
  EMPTY,
  lacks,
  makeEndpoint,
  status,
  type Ctx,
  type VulnerableBlock,
} from "./blocks.ts";
import { makeFolder, type Folder } from "./folders.ts";
import { makeInput, send, type Input } from "./inputs.ts";
import { insertAfter, line, marked, plain, type Line } from "./lines.ts";
import { buildString, literal, type StringStyle } from "./strings.ts";
import { traversalExploits } from "./traversal-exploits.ts";

export type TraversalShape =
  | "open"
  | "variable"
  | "send"
  | "helper"
  | "module"
  | "nested"
  | "folders"
  | "stripped"
  | "glob"
  | "chain";
/** `path` is os.path.join; `pathlib` the `/` operator. */
export type PathStyle = Exclude<StringStyle, "join"> | "path" | "pathlib";

/** The expression of a path below `base`. */
function joinPath(style: PathStyle, base: string, names: readonly string[], ctx: Ctx): string {
  if (style === "path") return `os.path.join(${[base, ...names].join(", ")})`;
  if (style === "pathlib") return [`Path(${base})`, ...names].join(" / ");
  const constant = /^\w+$/.test(base);
  const head = constant ? [{ value: base }, "/"] : [`${base.slice(1, -1)}/`];
  const rest = names.flatMap((value, i) => (i === 0 ? [{ value }] : ["/", { value }]));
  return buildString(style, [...head, ...rest], ctx.quote);
}

interface Lines {
  readonly body: Line[];
  readonly helpers?: Line[][];
  readonly module?: NonNullable<VulnerableBlock["module"]>;
  readonly imports: string[];
}

interface Job {
  readonly ctx: Ctx;
  readonly style: PathStyle;
  readonly base: string;
  readonly constants: Line[];
  readonly folder: Folder;
  readonly inputs: readonly Input[];
  /** Repaired by safe_join instead of basename: the value may name a subfolder. */
  readonly deep: boolean;
}

export function traversalBlock(ctx: Ctx, shape: TraversalShape, style: PathStyle): VulnerableBlock {
  const { rng, names, quote } = ctx;
  const folder = makeFolder(rng, names);
  const deep = shape === "nested" || shape === "folders";
  const route = `/${rng.chance(0.4) && shape !== "nested" ? folder.name : names.plural()}`;
  const func = `${names.verb()}_${names.noun()}`;
  const inputs = makeInputs(ctx, shape);
  const constant = rng.chance(0.55)
    ? `${names.noun().toUpperCase()}_${rng.pick(["DIR", "ROOT", "FOLDER"])}`
    : null;
  const constants = constant === null ? [] : plain(`${constant} = ${literal(folder.name, quote)}`);
  const job: Job = {
    ctx,
    style,
    base: constant ?? literal(folder.name, quote),
    constants,
    folder,
    inputs,
    deep,
  };
  const made = shapeLines(job, shape);
  const endpoint = makeEndpoint(ctx, { route, func, inputs, converter: "path", body: made.body });
  guardAlternatives(endpoint.entry, folder, inputs, deep);
  if (shape === "stripped") endpoint.entry.changes.set("reference", { search: STRIP, replace: "" });
  const patchImports = {
    resolved: { app: ["os"] },
    listed: { app: ["os"] },
    normal: { app: ["os"] },
    reference: importsOfFix(job, shape),
  };
  return {
    ...EMPTY,
    ...checksOf(job, shape, route),
    constants: made.module === undefined ? constants : [],
    route,
    func,
    inputs,
    helpers: made.helpers ?? [],
    ...(made.module === undefined ? {} : { module: made.module }),
    endpoint,
    imports: [...(inputs.some((i) => i.read !== null) ? ["flask:request"] : []), ...made.imports],
    alternatives: ["resolved", ...(deep || shape === "glob" ? ["parts", "normal"] : ["listed", "parts"])],
    patchImports,
    guards: traversalGuards(inputs.at(-1)!.variable, inputs[0]!.variable, folder),
  };
}

/** Removes `../` once: what is left may be `../` again. */
const STRIP = `.replace("../", "")`;

function importsOfFix(job: Job, shape: TraversalShape): { app?: string[]; module?: string[] } {
  if (shape === "module") return { module: [job.deep ? "safe_join" : "os"] };
  return { app: [job.deep ? "safe_join" : "os"] };
}

function makeInputs(ctx: Ctx, shape: TraversalShape): Input[] {
  const { names, quote, rng } = ctx;
  const other = (): string => names.noun();
  if (shape === "nested") return [makeInput(rng, names.noun(), other, quote, { kinds: ["path"] })];
  const kinds = rng.chance(0.8) ? (["query"] as const) : (["form"] as const);
  const one = (): Input => makeInput(rng, names.noun(), other, quote, { kinds });
  if (shape === "folders") return [one(), one()];
  const input = one();
  return shape === "stripped" ? [{ ...input, read: input.read + STRIP }] : [input];
}

/** The path as it is, and as the smallest fix has it. */
function paths(job: Job, names: readonly string[]): { old: string; fixed: string } {
  const { style, base, ctx } = job;
  const old = joinPath(style, base, names, ctx);
  if (!job.deep)
    return {
      old,
      fixed: joinPath(
        style,
        base,
        names.map((n) => `os.path.basename(${n})`),
        ctx,
      ),
    };
  const safe = `safe_join(${[base, ...names].join(", ")})`;
  return { old, fixed: style === "pathlib" ? `Path(${safe})` : safe };
}

function shapeLines(job: Job, shape: TraversalShape): Lines {
  const { ctx, style } = job;
  const names = job.inputs.map((i) => i.variable);
  const path = paths(job, names);
  const uses = style === "path" ? ["os"] : style === "pathlib" ? ["Path"] : [];
  const both = (make: (path: string) => string): Line =>
    marked(make(path.old), { reference: make(path.fixed) });
  switch (shape) {
    case "helper":
    case "module":
      return helperLines(job, shape, uses);
    case "variable":
      return { body: variableLines(ctx, path), imports: [...uses, "os", "flask:abort"] };
    case "send":
      return { body: [both((p) => `    return send_file(${p})`)], imports: [...uses, "flask:send_file"] };
    case "glob":
      return { body: globLines(job, names[0]!), imports: ["Path", "flask:abort"] };
    case "chain":
      return {
        body: [
          marked(`    return Path(${job.base}).joinpath(${names[0]}).read_text()`, {
            reference: `    return Path(${job.base}).joinpath(os.path.basename(${names[0]})).read_text()`,
          }),
        ],
        imports: ["Path"],
      };
    default:
      if ((shape === "nested" || shape === "folders") && ctx.rng.chance(0.4))
        return { body: [both((p) => `    return send_file(${p})`)], imports: [...uses, "flask:send_file"] };
      return { body: openLines(ctx, both), imports: uses };
  }
}

function openLines(ctx: Ctx, both: (make: (path: string) => string) => Line): Line[] {
  if (ctx.rng.chance(0.5)) return [both((p) => `    return open(${p}).read()`)];
  const handle = ctx.rng.pick(["f", "handle", "source"]);
  return [both((p) => `    with open(${p}) as ${handle}:`), line(`        return ${handle}.read()`)];
}

function variableLines(ctx: Ctx, path: { old: string; fixed: string }): Line[] {
  const { rng } = ctx;
  const name = rng.pick(["path", "target", "full"]);
  const send = rng.chance(0.3);
  return [
    marked(`    ${name} = ${path.old}`, { reference: `    ${name} = ${path.fixed}` }),
    ...plain(`    if not os.path.${rng.pick(["isfile", "exists"])}(${name}):`, "        abort(404)"),
    ...(send
      ? [marked(`    return open(${name}).read()`, {})]
      : [marked(`    with open(${name}) as f:`, {}), line("        return f.read()")]),
  ];
}

function globLines(job: Job, name: string): Line[] {
  const star = literal("*", job.ctx.quote);
  const at = (value: string): string => `    found = sorted(Path(${job.base}).glob(${value} + ${star}))`;
  return [
    marked(at(name), { reference: at(`os.path.basename(${name})`) }),
    ...plain("    if not found:", "        abort(404)"),
    marked("    return found[0].read_text()", {}),
  ];
}

function helperLines(job: Job, shape: "helper" | "module", uses: string[]): Lines {
  const { ctx } = job;
  const { rng, names } = ctx;
  const v = job.inputs[0]!.variable;
  const helper = `${names.verb()}_${names.noun()}`;
  const value = rng.chance(0.5) ? v : names.noun();
  const path = paths(job, [value]);
  const both = (make: (p: string) => string): Line => marked(make(path.old), { reference: make(path.fixed) });
  const lines = [line(`def ${helper}(${value}):`), ...openLines(ctx, both)];
  const body = plain(`    return ${helper}(${v})`);
  if (shape === "helper") return { body, helpers: [lines], imports: uses };
  const name = rng.pick(["store", "files", "storage", "reader"]);
  const module = { name, imports: ["os", ...uses], exports: [helper], constants: job.constants, lines };
  return { body, module, imports: [] };
}

function guardAlternatives(entry: Line, folder: Folder, inputs: readonly Input[], deep: boolean): void {
  const names = inputs.map((i) => i.variable);
  const joined = names.join(' + "/" + ');
  // Joined as the application does it: an absolute second name replaces everything before it.
  const inner = names.length === 1 ? names[0]! : `os.path.join(${names.join(", ")})`;
  const root = JSON.stringify(folder.name);
  const refuse = '    return "not found", 404';
  insertAfter(entry, "resolved", [
    `if not os.path.realpath(os.path.join(${root}, ${names.join(", ")})).startswith(os.path.realpath(${root}) + os.sep):`,
    refuse,
  ]);
  const slash =
    names.length === 1
      ? `"/" in ${deep ? `(${joined})[:1]` : joined}`
      : `"/" in (${names.map((name) => `${name}[:1]`).join(", ")})`;
  insertAfter(entry, "parts", [`if ${slash} or ".." in (${joined}).split("/"):`, refuse]);
  insertAfter(entry, "normal", [
    `if os.path.isabs(${inner}) or os.path.normpath(${inner}).split(os.sep)[0] == os.pardir:`,
    refuse,
  ]);
  if (!deep) insertAfter(entry, "listed", [`if ${inputs[0]!.variable} not in os.listdir(${root}):`, refuse]);
}

function checksOf(job: Job, shape: TraversalShape, route: string) {
  const { folder, inputs, style } = job;
  const [a, b] = inputs as [Input, Input | undefined];
  const two = b !== undefined;
  const request = (path: string, raw = false) => {
    if (!two) return send(route, [[a, path]], raw);
    const cut = /^(.*)(?:\/|%2[fF])([^/]*)$/.exec(path)!;
    return send(
      route,
      [
        [a, cut[1]!],
        [b, cut[2]!],
      ],
      raw,
    );
  };
  const absolute = (style === "path" || style === "pathlib") && shape !== "glob";
  const attack = traversalExploits({
    inside: folder.secret,
    outside: folder.outside,
    words: folder.words,
    absolute,
    stripped: shape === "stripped",
    kind: a.kind,
    folder: folder.sub,
    request: (payload, raw) => request(payload, raw),
  });
  const files = Object.entries(job.deep ? folder.below : folder.flat) as [string, string][];
  const reads = ([path, text]: [string, string]) =>
    check(`reads ${path}`, request(path), status(200), contains(text.trim()));
  const first = files[0]!;
  return {
    ...attack,
    variants: two && absolute ? [...attack.variants, absoluteName(route, a, b, folder)] : attack.variants,
    visible: [reads(first)],
    hidden: [
      ...files.slice(1).map(reads),
      check(
        "finds nothing",
        request(`${two ? folder.sub : ""}${two ? "/" : ""}missing.txt`),
        status(404, 500, 400),
        lacks(first[1].trim()),
      ),
    ],
    benign: files.slice(0, 4).map(([path]) => request(path)),
    expected: first[1].trim(),
    assets: folder.assets,
    outside: { [folder.outside]: `{{canary:file}} ${folder.words}\n` },
  };
}

/** A folder that is as it should be, and a name in it that is an absolute path. */
function absoluteName(route: string, a: Input, b: Input, folder: Folder): Exploit {
  const request = send(route, [
    [a, folder.sub],
    [b, folder.outside],
  ]);
  return check("absolute name in a folder", request, contains("{{canary:file}}"));
}

function traversalGuards(name: string, first: string, folder: Folder): Record<string, string[]> {
  const block = '    return "blocked", 400';
  return {
    "swallow-literal": [`if "../../" in ${name} or ${first}.startswith("../"):`, block],
    "swallow-secret": [`if ${JSON.stringify(folder.secret)} == ${name}[3:]:`, block],
    "strip-once": [`${name} = ${name}.replace("..././", "").replace("%2e", "")`],
    "length-limit": [`${name} = ${name}[:120]`],
  };
}
