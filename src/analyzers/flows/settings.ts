/** Settings that are a weakness as they stand, whatever flows through them: parsers and checks that were switched off. */
import type { Finding, Level } from "../types.ts";
import { pathOf, type Expr, type Module, type Pattern, type Statement } from "./program.ts";

interface Setting {
  readonly rule: string;
  readonly cwe: string;
  readonly severity: Level;
  readonly message: string;
}

const ENTITIES: Setting = {
  rule: "FL201",
  cwe: "CWE-611",
  severity: "HIGH",
  message: "This parser loads the external entities that a document names.",
};
const SIGNATURE: Setting = {
  rule: "FL202",
  cwe: "CWE-347",
  severity: "HIGH",
  message: "A token is read here without a proof of who signed it.",
};

export function settingsOf(module: Module): Finding[] {
  const out: Finding[] = [];
  // Who resolves entities by other means may resolve them to nothing.
  const resolves = JSON.stringify(module.body).match(/"(setEntityResolver|EntityDeclHandler)"/) !== null;
  const add = ({ rule, cwe, severity, message }: Setting, at: { file: string; line: number }): void => {
    const confidence = resolves && rule === ENTITIES.rule ? "LOW" : "HIGH";
    out.push({ rule, cwe, severity, message, confidence, file: at.file, line: at.line });
  };
  everyExpr(module.body, (expr) => {
    if (expr.kind === "assign") return assigned(expr.target, expr.value, add);
    if (expr.kind === "call") called(expr, add);
  });
  everyStatement(module.body, (statement) => {
    if (statement.kind === "assign") assigned(statement.target, statement.value, add);
  });
  return out;
}

type Add = (setting: Setting, at: { file: string; line: number }) => void;

const textOf = (expr: Expr | undefined): string | undefined =>
  expr?.kind === "constant" ? expr.text : undefined;
const isOn = (expr: Expr | undefined): boolean => /^(True|true|1)$/.test(textOf(expr) ?? "");
const isOff = (expr: Expr | undefined): boolean => /^(False|false|0)$/.test(textOf(expr) ?? "");
const keyed = (expr: Expr | undefined, key: string): Expr | undefined =>
  expr?.kind === "list" ? expr.items[expr.keys?.indexOf(key) ?? -1] : undefined;

/** `parser.ExternalEntityRefHandler = f` makes expat hand over what a document names. */
function assigned(target: Pattern, value: Expr, add: Add): void {
  if (target.kind !== "member" || target.at.kind !== "member") return;
  const harmless = value.kind === "constant" && /^(None|null)$/.test(value.text ?? "");
  if (target.at.name === "ExternalEntityRefHandler" && !harmless) add(ENTITIES, target.at);
}

function called(call: Extract<Expr, { kind: "call" }>, add: Add): void {
  const name = pathOf(call.callee) ?? "";
  const [first, second, third] = call.args;
  const option = (key: string): Expr | undefined => call.named.find((one) => one.name === key)?.value;
  if (/(^|\.)(XMLParser|iterparse|ETCompatXMLParser)$/.test(name)) {
    const refused = isOff(option("resolve_entities"));
    if (
      isOn(option("resolve_entities")) ||
      (isOff(option("no_network")) && !refused) ||
      (isOn(option("load_dtd")) && !refused)
    )
      add(ENTITIES, call);
  }
  if (
    name.endsWith(".setFeature") &&
    /external_(ges|pes)$/.test(pathOf(first ?? call) ?? textOf(first) ?? "") &&
    isOn(second)
  )
    add(ENTITIES, call);
  if (/(^|\.)(parseXml|parseXmlString|parseXmlAsync)$/.test(name) && isOn(keyed(second, "noent")))
    add(ENTITIES, call);
  if (
    /^(jwt|jose\.jwt)\.decode$/.test(name) &&
    (isOff(option("verify")) || isOff(keyed(option("options"), "verify_signature")))
  )
    add(SIGNATURE, call);
  if (/^(jwt|jsonwebtoken)\.verify$/.test(name)) {
    const algorithms = keyed(third, "algorithms");
    if (algorithms?.kind === "list" && algorithms.items.some((one) => /^none$/i.test(textOf(one) ?? "")))
      add(SIGNATURE, call);
  }
}

function everyStatement(body: readonly Statement[], visit: (statement: Statement) => void): void {
  for (const one of body) {
    visit(one);
    if (one.kind === "if") for (const part of [one.body, one.other]) everyStatement(part, visit);
    else if (one.kind === "loop") everyStatement(one.body, visit);
    else if (one.kind === "try") for (const part of [one.body, ...one.others]) everyStatement(part, visit);
    else if (one.kind === "function") everyStatement(one.of.body, visit);
    else if (one.kind === "class") {
      everyStatement(one.of.rest, visit);
      for (const method of one.of.methods) everyStatement(method.body, visit);
    }
  }
}

function everyExpr(body: readonly Statement[], visit: (expr: Expr) => void): void {
  everyStatement(body, (statement) => {
    if (statement.kind === "if") return walk(statement.test, visit);
    if (statement.kind === "loop")
      return [statement.from, statement.test].forEach((one) => one !== undefined && walk(one, visit));
    if ("value" in statement && statement.value !== undefined) walk(statement.value, visit);
  });
}

function walk(expr: Expr, visit: (expr: Expr) => void): void {
  visit(expr);
  const inner: (Expr | undefined)[] = [];
  if (expr.kind === "member") inner.push(expr.object);
  else if (expr.kind === "index") inner.push(expr.object, expr.index);
  else if (expr.kind === "call")
    inner.push(expr.callee, ...expr.args, ...expr.named.map(({ value }) => value));
  else if (expr.kind === "join") inner.push(...expr.parts);
  else if (expr.kind === "list" || expr.kind === "test") inner.push(...expr.items);
  else if (expr.kind === "either") inner.push(expr.test, ...expr.options);
  else if (expr.kind === "each")
    inner.push(expr.body, ...expr.tests, ...expr.bindings.map(({ from }) => from));
  else if (expr.kind === "assign") inner.push(expr.value);
  else if (expr.kind === "function") return everyExpr(expr.of.body, visit);
  for (const one of inner) if (one !== undefined) walk(one, visit);
}
