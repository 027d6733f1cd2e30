/** Where text comes in: what a framework hands over of a request, and parts of its address. */
import { HOST, PATH, RAW } from "./kinds.ts";
import { pathOf, type Expr, type FunctionNode, type Module, type Place } from "./program.ts";
import { dependencyOf, isGiven } from "./types.ts";
import { step, type FunctionInfo, type Ref, type Taint, type Value } from "./value.ts";

const PYTHON_PARTS =
  /^(args|form|values|cookies|headers|json|data|files|path|full_path|url|base_url|query_string|view_args|referrer|user_agent|stream|GET|POST|COOKIES|META|FILES|body|query_params|path_params|get_json\(\)|get_data\(\)|get_full_path\(\)|json\(\)|form\(\)|body\(\))$/;
const JAVASCRIPT_PARTS =
  /^(query|params|body|headers|cookies|signedCookies|url|originalUrl|path|hostname|rawBody|querystring|get\(\)|header\(\)|param\(\)|on\(\)|text\(\)|json\(\)|formData\(\)|\*)$/;
const REQUEST_NAMES = { python: /^request$/, javascript: /^_?(req|request|ctx)$/ };

type Language = "python" | "javascript";

/** A parameter that is named as requests are. */
export function requestRefs(name: string, language: Language, _params: number): Ref[] {
  return REQUEST_NAMES[language].test(name) ? [{ kind: "foreign", name: "request" }] : [];
}

/** A part of a request: text from outside; undefined for anything else. Calls end in `()`, elements are `*`. */
export function requestPart(
  object: Value,
  name: string,
  language: Language,
  place?: Place,
): Value | undefined {
  const request = object.refs.some(
    (ref) => ref.kind === "foreign" && (ref.name === "request" || ref.name === "flask.request"),
  );
  if (!request || place === undefined) return undefined;
  // Koa's ctx.request, Fastify's request.raw.
  if (/^(request|req|raw)$/.test(name))
    return { taints: new Map(), refs: [{ kind: "foreign", name: "request" }] };
  if (!(language === "python" ? PYTHON_PARTS : JAVASCRIPT_PARTS).test(name)) return undefined;
  const says = name === "*" ? "reads the request" : `reads ${name.replace("()", "")} of the request`;
  const { file, line } = place;
  const taint: Taint = { mask: RAW, way: step(place, says), built: undefined, builtMarkup: undefined };
  return { taints: new Map([[`@${file}:${line}:${says}`, taint]]), refs: [] };
}

const ROUTES = /^(route|get|post|put|patch|delete|errorhandler|app_errorhandler|websocket)$/;

/** Frameworks that fill every parameter of a handler by its name and its type, and answer in JSON by default. */
const TYPED = /^(fastapi|starlette)\b/;

export const isTyped = ({ body }: Module): boolean =>
  body.some((one) => one.kind === "import" && TYPED.test(one.module));

/** Marks the parameters of a function that such a framework calls; `rule` is the address, where there is one. */
export function markTyped(of: FunctionInfo, rule = ""): void {
  for (const { pattern, type, initial } of of.node.params) {
    if (pattern.kind !== "name" || isGiven(type) || dependencyOf(type, initial) !== undefined) continue;
    const [, converter] = new RegExp(`\\{${pattern.name}(?::(\\w+))?\\}`).exec(rule) ?? [rule];
    const inAddress = rule.includes(`{${pattern.name}}`) || converter !== undefined;
    if (/^(int|float|uuid)$/.test(converter ?? "")) continue;
    // Without a converter a part has no slash.
    const mask = inAddress && converter !== "path" ? RAW & ~PATH : RAW;
    markParam(
      of,
      pattern.name,
      mask,
      inAddress ? `is a part of the address ${rule}` : "is sent by a visitor",
    );
  }
}

/** The decorator that makes a function answer requests. */
export function routeOf(
  node: FunctionNode,
):
  | { readonly name: string; readonly rule: string | undefined; readonly answers: string | undefined }
  | undefined {
  for (const one of node.decorators) {
    if (one.kind !== "call" || one.callee.kind !== "member" || !ROUTES.test(one.callee.name)) continue;
    const [first] = one.args;
    const as = one.named.find(({ name }) => name === "response_class")?.value;
    const rule = first?.kind === "constant" ? first.text : undefined;
    return { name: one.callee.name, rule, answers: as === undefined ? undefined : pathOf(as) };
  }
  return undefined;
}

/** Marks the parameters that the parts of an address become. */
export function markRule(of: FunctionInfo, rule: string): void {
  for (const [, converter = "string", name] of rule.matchAll(/<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>/g)) {
    if (/^(int|float|uuid|any)$/.test(converter)) continue;
    // Without a converter a part has no slash.
    markParam(of, name!, converter === "path" ? RAW : RAW & ~PATH, `is a part of the address ${rule}`);
  }
}

/** Begins the label of what a document asks for. */
export const ENTITY_LABEL = "@entity ";

/** Marks the functions that a parser asks for what a document names: `loader=f`, a resolver's method. */
export function markLoader(of: FunctionInfo): void {
  const skip = of.owner === undefined ? 0 : 1;
  for (const { pattern } of of.node.params.slice(skip, skip + 2))
    if (pattern.kind === "name") markParam(of, pattern.name, PATH | HOST, ENTITY_SAYS);
}
const ENTITY_SAYS = "is what a document asks for";

export const labelOf = ({ file, line, says }: Taint["way"]): string =>
  `${says.endsWith(ENTITY_SAYS) ? ENTITY_LABEL : "@"}${file}:${line}:${says}`;

export function markParam(of: FunctionInfo, name: string, mask: number, says: string): void {
  const index = of.node.params.findIndex(({ pattern }) => pattern.kind === "name" && pattern.name === name);
  if (index < 0) return;
  of.fromOutside.set(index, {
    mask,
    way: step(of.node, `${name} ${says}`),
    built: undefined,
    builtMarkup: undefined,
  });
}

/** Marks what decorators say about a function: routes, handlers of errors, filters of templates. */
export function markDecorated(of: FunctionInfo): void {
  const route = routeOf(of.node);
  if (route !== undefined && isTyped(of.module.module)) return markTyped(of, route.rule);
  if (route?.rule !== undefined) markRule(of, route.rule);
  const [first] = of.node.params;
  if (first?.pattern.kind !== "name") return;
  if (route !== undefined && route.name.endsWith("errorhandler"))
    markParam(of, first.pattern.name, RAW, "is an error with what a visitor wrote");
  const filter = of.node.decorators.some((one: Expr) =>
    (pathOf(one.kind === "call" ? one.callee : one) ?? "").endsWith("template_filter"),
  );
  if (filter) markParam(of, first.pattern.name, RAW, "is what a template shows");
}
