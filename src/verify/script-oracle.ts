/** Would a browser that receives this answer run the attacker's script? Decided on the parsed document. */
import { defaultTreeAdapter as tree, parse, type DefaultTreeAdapterMap } from "parse5";
import type { HttpReply } from "../sandbox/index.ts";
import { NO_POLICY, type ScriptPolicy } from "./csp.ts";
import { mentionsAsCode, type ScriptKind } from "./javascript.ts";
import { rendersAsMarkup } from "./media-type.ts";

type Element = DefaultTreeAdapterMap["element"];
type Node = DefaultTreeAdapterMap["childNode"];

const MAX_DEPTH = 4;
const JS_TYPES = new Set(
  ["application", "text"].flatMap((top) =>
    ["javascript", "ecmascript", "x-javascript", "x-ecmascript"].map((sub) => `${top}/${sub}`),
  ),
);
for (const version of [
  "jscript",
  "livescript",
  ..."012345".split("").map((minor) => `javascript1.${minor}`),
]) {
  JS_TYPES.add(`text/${version}`);
}
/** Attributes that a browser follows as an address, by element; `*` on any element. */
const URL_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  a: ["href", "xlink:href"],
  area: ["href"],
  iframe: ["src"],
  frame: ["src"],
  embed: ["src"],
  object: ["data"],
  form: ["action"],
  button: ["formaction"],
  input: ["formaction"],
};
const FRAMES = new Set(["iframe", "frame", "embed", "object"]);

/** What is looked for, and what the browser was told to refuse. */
interface Look {
  readonly marker: string;
  readonly policy: ScriptPolicy;
}

/**
 * Says what would run, or nothing when the answer is inert. `marker` is as in `mentionsAsCode`. Without a policy
 * the answer is judged as a browser that ignores Content-Security-Policy would: a patch must do without it.
 */
export function findScript(
  reply: Pick<HttpReply, "status" | "headers" | "body">,
  marker: string,
  policy: ScriptPolicy = NO_POLICY,
): string | undefined {
  return rendersAsMarkup(reply) ? inDocument(reply.body, { marker, policy }, 0) : undefined;
}

function inDocument(html: string, look: Look, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return undefined;
  return inNodes(parse(html).childNodes, look, depth);
}

/** Iterative: hostile markup may nest deeper than the stack. A template's content is inert and not among the children. */
function inNodes(roots: readonly Node[], look: Look, depth: number): string | undefined {
  const stack = [...roots];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (!tree.isElementNode(node)) continue;
    const found = inElement(node, look, depth);
    if (found !== undefined) return found;
    if (node.tagName === "template") {
      const shadow = attribute(node, "shadowrootmode")?.toLowerCase();
      if (shadow !== "open" && shadow !== "closed") continue;
      stack.push(...(node as DefaultTreeAdapterMap["template"]).content.childNodes);
    }
    stack.push(...node.childNodes);
  }
  return undefined;
}

function inElement(element: Element, look: Look, depth: number): string | undefined {
  const tag = element.tagName.toLowerCase();
  const runs = (code: string, kind: ScriptKind): boolean => mentionsAsCode(code, look.marker, kind);
  if (tag === "script") {
    const kind = scriptKind(element);
    const source =
      attribute(element, "src") ?? attribute(element, "href") ?? attribute(element, "xlink:href");
    const nonce = attribute(element, "nonce");
    if (kind !== undefined && source !== undefined) {
      const allowed = look.policy.source(source.trim(), nonce);
      if (allowed && foreign(source) && source.includes(look.marker))
        return "a script element with a foreign source";
      const data = /^data:[^,]*,(.*)$/is.exec(source.trim())?.[1];
      if (allowed && data !== undefined && runs(percentDecoded(data), kind))
        return "a script element with a data source";
    } else if (
      kind !== undefined &&
      look.policy.inline(nonce, textOf(element)) &&
      runs(textOf(element), kind)
    )
      return "a script element";
  }
  for (const { name } of element.attrs) {
    if (look.policy.handlers && /^on[a-z]/i.test(name) && runs(attribute(element, name)!, "handler")) {
      return `the handler ${name} of ${tag}`;
    }
  }
  for (const name of URL_ATTRIBUTES[tag] ?? []) {
    const value = attribute(element, name);
    if (value !== undefined && !(name === "src" && sandboxed(element)) && inUrl(value, tag, look, depth)) {
      return `${name} of ${tag}`;
    }
  }
  return inSpecial(element, tag, look, depth);
}

/** Documents inside attributes, refreshes, and animations that set an address or a handler. */
function inSpecial(element: Element, tag: string, look: Look, depth: number): string | undefined {
  if (tag === "iframe" && !sandboxed(element)) {
    const inner = attribute(element, "srcdoc");
    if (inner !== undefined && inDocument(inner, look, depth + 1)) return "srcdoc of iframe";
  }
  if (tag === "meta" && attribute(element, "http-equiv")?.toLowerCase() === "refresh") {
    const target = /^[\s\d.]*[;,]\s*(?:url\s*=\s*)?['"]?(.*)$/is.exec(
      attribute(element, "content") ?? "",
    )?.[1];
    if (target !== undefined && inUrl(target, tag, look, depth)) return "a refresh";
  }
  if (tag === "animate" || tag === "set") {
    const animated = attribute(element, "attributeName")?.toLowerCase() ?? "";
    const values = ["values", "from", "to", "by"].flatMap(
      (name) => attribute(element, name)?.split(";") ?? [],
    );
    const live = animated === "href" || animated === "xlink:href";
    if (live && values.some((value) => inUrl(value, tag, look, depth))) return `an animated ${animated}`;
  }
  return undefined;
}

function inUrl(value: string, tag: string, look: Look, depth: number): boolean {
  // As the URL standard has it: leading controls and spaces go, tabs and line ends go everywhere.
  // oxlint-disable-next-line no-control-regex
  const url = value.replace(/^[\0- ]+/, "").replace(/[\t\n\r]/g, "");
  const code = /^javascript:(.*)$/is.exec(url)?.[1];
  if (code !== undefined)
    return look.policy.inline(undefined) && mentionsAsCode(percentDecoded(code), look.marker, "script");
  if (!FRAMES.has(tag) || !look.policy.dataFrames) return false;
  const data = /^data:(?:text\/html|image\/svg\+xml|application\/xhtml\+xml|text\/xml)([^,]*),(.*)$/is.exec(
    url,
  );
  if (data === null) return false;
  const text = percentDecoded(data[2]!);
  const html = /;\s*base64\s*$/i.test(data[1]!) ? Buffer.from(text, "base64").toString("utf8") : text;
  return inDocument(html, look, depth + 1) !== undefined;
}

function scriptKind(element: Element): ScriptKind | undefined {
  const type = attribute(element, "type");
  const language = attribute(element, "language");
  if (type === undefined && language !== undefined && language !== "") {
    return JS_TYPES.has(`text/${language.toLowerCase()}`) ? "script" : undefined;
  }
  const essence = (type ?? "").trim().toLowerCase();
  if (essence === "module") return "module";
  if (attribute(element, "nomodule") !== undefined) return undefined;
  return essence === "" || JS_TYPES.has(essence) ? "script" : undefined;
}

function sandboxed(element: Element): boolean {
  const tokens = attribute(element, "sandbox")?.toLowerCase().split(/\s+/);
  return tokens !== undefined && !tokens.includes("allow-scripts");
}

/** Value by name; foreign elements keep a prefix apart. Of attributes given twice the parser kept the first. */
function attribute(element: Element, name: string): string | undefined {
  const found = element.attrs.find((one) => (one.prefix ? `${one.prefix}:${one.name}` : one.name) === name);
  return found?.value;
}

function textOf(element: Element): string {
  return element.childNodes.map((node) => (tree.isTextNode(node) ? node.value : "")).join("");
}

function foreign(url: string): boolean {
  return /^\s*(?:https?:)?[\\/]{2}/i.test(url);
}

function percentDecoded(text: string): string {
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return bytes === text ? text : Buffer.from(bytes, "latin1").toString("utf8");
}
