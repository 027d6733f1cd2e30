/** Rules for JavaScript: calls and settings that are weaknesses as they stand, by weakness. */
import type { Level } from "../types.ts";
import type { Bindings } from "./bindings.ts";
import {
  argumentsOf,
  childOf,
  isConstant,
  mixedText,
  propertyOf,
  stringValue,
  type JsNode,
} from "./nodes.ts";

export interface Rule {
  readonly id: string;
  readonly cwe: string;
  readonly severity: Level;
  readonly confidence: Level;
  readonly message: string;
  /** Types of the nodes that it looks at. */
  readonly on: readonly string[];
  matches(node: JsNode, names: Bindings): boolean;
}

const CALLS = ["call_expression"];
const callee = (call: JsNode): JsNode => childOf(call, "function")!;
/** Name of a function that is called as a method or by itself. */
const calledName = (call: JsNode): string => {
  const target = callee(call);
  return (target.type === "member_expression" ? childOf(target, "property")! : target).text;
};
const importedAs = (call: JsNode, names: Bindings, modules: readonly string[]): string | undefined => {
  const [module, name, ...rest] = names.imported(callee(call))?.split(".") ?? [];
  const inner = name === "promises" ? rest[0] : name;
  return module !== undefined && modules.includes(module.split("/")[0]!) ? inner : undefined;
};
const computed = (node: JsNode | undefined, { resolved }: Bindings): boolean =>
  node !== undefined && !isConstant(node, resolved) && !isFunction(resolved(node));
const isFunction = ({ type }: JsNode): boolean => /function|^class$/.test(type);
const isTrue = (node: JsNode | undefined): boolean =>
  node?.type === "true" || (node !== undefined && stringValue(node) !== undefined);

const SQL =
  /^\s*(select\s.*\sfrom|insert\s+into|update\s.*\sset|delete\s+from|replace\s+into|drop\s+table|create\s+table|alter\s+table|with\s)/is;
const SQL_CALLS = new Set([
  "query",
  "execute",
  "exec",
  "run",
  "all",
  "get",
  "each",
  "prepare",
  "raw",
  "$queryRawUnsafe",
  "$executeRawUnsafe",
]);
const SHELL_CALLS = new Set(["exec", "execSync"]);
const PROGRAM_CALLS = new Set(["spawn", "spawnSync", "execFile", "execFileSync"]);
const VM_CALLS = new Set([
  "runInThisContext",
  "runInNewContext",
  "runInContext",
  "compileFunction",
  "Script",
]);
const FILE_CALLS =
  /^(readFile|writeFile|appendFile|open|createReadStream|createWriteStream|unlink|rm|readdir|stat|access|copyFile|rename|mkdir)(Sync)?$/;
const WRITE_CALLS = /^(writeFile|appendFile|open|createWriteStream)(Sync)?$/;
const WEAK_DIGESTS = /^(md4|md5|sha1|sha-1|ripemd160|rsa-md5|rsa-sha1)$/i;
const WEAK_CIPHERS = /^(des|rc2|rc4|bf|blowfish)(-|$)|-ecb$/i;
const SECRET =
  /pass(word|wd)?$|secret|token|api_?key|private_?key|session_?id|nonce|otp|salt|csrf|reset_?code/i;
/** What somebody on the other side of a connection or pipe writes. */
const REQUEST = /\b(req|request|ctx)\.(query|params|body|headers|cookies|url|path)\b/;

export const RULES: readonly Rule[] = [
  {
    id: "JS101",
    cwe: "CWE-95",
    severity: "HIGH",
    confidence: "HIGH",
    message: "Text that is not constant is run as a program.",
    on: ["call_expression", "new_expression"],
    matches(node, names) {
      const args = argumentsOf(node);
      if (node.type === "new_expression") {
        const made = childOf(node, "constructor")!;
        if (made.text === "Function") return args.some((one) => computed(one, names));
        return names.imported(made) === "vm.Script" && computed(args[0], names);
      }
      const target = callee(node).text;
      if (/^((globalThis|global|window)\.)?(eval|Function)$/.test(target))
        return args.some((one) => computed(one, names));
      if (/^(setTimeout|setInterval)$/.test(target))
        return mixedText(args[0] ?? node, names.resolved) !== undefined;
      return VM_CALLS.has(importedAs(node, names, ["vm"]) ?? "") && computed(args[0], names);
    },
  },
  {
    id: "JS102",
    cwe: "CWE-78",
    severity: "HIGH",
    confidence: "HIGH",
    message: "A shell reads a command that is not constant.",
    on: CALLS,
    matches(node, names) {
      const name = importedAs(node, names, ["child_process"]) ?? "";
      const args = argumentsOf(node);
      if (SHELL_CALLS.has(name)) return computed(args[0], names);
      if (!PROGRAM_CALLS.has(name)) return false;
      const shell = args.some((one) => isTrue(propertyOf(names.resolved(one), "shell")));
      return shell && args.slice(0, 2).some((one) => one.type !== "object" && computed(one, names));
    },
  },
  {
    id: "JS103",
    cwe: "CWE-89",
    severity: "MEDIUM",
    confidence: "MEDIUM",
    message: "An SQL statement is put together from text.",
    on: CALLS,
    matches(node, { resolved }) {
      const [first] = argumentsOf(node);
      if (first === undefined || !SQL_CALLS.has(calledName(node))) return false;
      return SQL.test(mixedText(first, resolved) ?? "");
    },
  },
  {
    id: "JS104",
    cwe: "CWE-502",
    severity: "HIGH",
    confidence: "HIGH",
    message: "Reading this format can run what it holds.",
    on: CALLS,
    matches(node, names) {
      const full = names.imported(callee(node));
      return (
        full === "node-serialize.unserialize" ||
        full === "funcster.deepDeserialize" ||
        full === "v8.deserialize"
      );
    },
  },
  {
    id: "JS105",
    cwe: "CWE-328",
    severity: "MEDIUM",
    confidence: "HIGH",
    message: "This digest is broken.",
    on: CALLS,
    matches(node, names) {
      const name = importedAs(node, names, ["crypto"]);
      const [first] = argumentsOf(node);
      if ((name !== "createHash" && name !== "hash") || first === undefined) return false;
      return WEAK_DIGESTS.test(stringValue(names.resolved(first)) ?? "");
    },
  },
  {
    id: "JS106",
    cwe: "CWE-327",
    severity: "HIGH",
    confidence: "HIGH",
    message: "This cipher, or the way it is used, is broken.",
    on: CALLS,
    matches(node, names) {
      const name = importedAs(node, names, ["crypto"]) ?? "";
      if (/^create(C|Dec)ipher$/.test(name)) return true;
      const [first] = argumentsOf(node);
      if (!/^create(C|Dec)ipheriv$/.test(name) || first === undefined) return false;
      return WEAK_CIPHERS.test(stringValue(names.resolved(first)) ?? "");
    },
  },
  {
    id: "JS107",
    cwe: "CWE-338",
    severity: "MEDIUM",
    confidence: "MEDIUM",
    message: "Math.random() can be predicted, and what is made from it is to be secret.",
    on: CALLS,
    matches: (node) => callee(node).text === "Math.random" && SECRET.test(destinationOf(node) ?? ""),
  },
  {
    id: "JS108",
    cwe: "CWE-22",
    severity: "MEDIUM",
    confidence: "MEDIUM",
    message: "A path is put together from parts that are not constant, and nothing looks where it leads.",
    on: CALLS,
    matches(node, names) {
      const name = importedAs(node, names, ["fs"]) ?? "";
      const [first] = argumentsOf(node);
      if (first === undefined || !FILE_CALLS.test(name) || looksWhere(rootOf(node))) return false;
      return isJoined(first, names) && !isRandom(first, names);
    },
  },
  {
    id: "JS109",
    cwe: "CWE-377",
    severity: "MEDIUM",
    confidence: "MEDIUM",
    message: "A file in the temporary folder has a name that can be foreseen and may be there already.",
    on: CALLS,
    matches(node, names) {
      const name = importedAs(node, names, ["fs"]) ?? "";
      const args = argumentsOf(node);
      if (!WRITE_CALLS.test(name) || args[0] === undefined) return false;
      const exclusive = args.some((one) => {
        const options = names.resolved(one);
        const flag = propertyOf(options, "flag") ?? propertyOf(options, "flags") ?? options;
        return /^[wa]x/.test(stringValue(flag) ?? "");
      });
      const reads = name.startsWith("open") && (args[1] === undefined || stringValue(args[1]) === "r");
      return !exclusive && !reads && isForeseeable(args[0], names);
    },
  },
  {
    id: "JS110",
    cwe: "CWE-295",
    severity: "HIGH",
    confidence: "HIGH",
    message: "Certificates are not checked.",
    on: ["pair", "assignment_expression"],
    matches(node) {
      if (node.type === "pair") {
        const key = childOf(node, "key")!;
        const named = (stringValue(key) ?? key.text) === "rejectUnauthorized";
        return named && childOf(node, "value")!.type === "false";
      }
      const off = stringValue(childOf(node, "right")!) ?? childOf(node, "right")!.text;
      return /NODE_TLS_REJECT_UNAUTHORIZED/.test(childOf(node, "left")!.text) && off === "0";
    },
  },
  {
    id: "JS111",
    cwe: "CWE-79",
    severity: "MEDIUM",
    confidence: "MEDIUM",
    message: "Text of a request becomes part of a page as it is.",
    on: ["call_expression", "assignment_expression"],
    matches(node, names) {
      if (node.type === "assignment_expression") {
        const left = childOf(node, "left")!;
        const html =
          left.type === "member_expression" && /^(inner|outer)HTML$/.test(childOf(left, "property")!.text);
        return html && computed(childOf(node, "right"), names);
      }
      const [first] = argumentsOf(node);
      if (first === undefined) return false;
      if (/^document\.write(ln)?$/.test(callee(node).text)) return computed(first, names);
      const answers = /^(res|response|reply)\.(send|write|end)$/.test(callee(node).text);
      const value = names.resolved(first);
      return answers && mixedText(value, names.resolved) !== undefined && REQUEST.test(unescapedParts(value));
    },
  },
  {
    id: "JS112",
    cwe: "CWE-798",
    severity: "LOW",
    confidence: "MEDIUM",
    message: "A secret is written in the source.",
    on: ["variable_declarator", "assignment_expression", "pair"],
    matches(node) {
      const [name, value] = [
        childOf(node, "name") ?? childOf(node, "left") ?? childOf(node, "key"),
        childOf(node, "value") ?? childOf(node, "right"),
      ];
      const text = value === undefined ? undefined : stringValue(value);
      return text !== undefined && text.length > 3 && SECRET.test((name?.text ?? "").replace(/["']/g, ""));
    },
  },
];

const rootOf = (node: JsNode): JsNode => (node.parent === undefined ? node : rootOf(node.parent));

/** Name of the variable, property or function that a value ends up in. */
function destinationOf(node: JsNode): string | undefined {
  for (let at = node.parent; at !== undefined; at = at.parent) {
    const name = childOf(at, "name") ?? childOf(at, "left") ?? childOf(at, "key");
    if (
      ["variable_declarator", "assignment_expression", "augmented_assignment_expression", "pair"].includes(
        at.type,
      )
    ) {
      if (SECRET.test(name?.text ?? "")) return name!.text;
    } else if (/function|method_definition/.test(at.type) && name !== undefined) return name.text;
  }
  return undefined;
}

/** Whether a program compares paths at all. What it does with the result is beyond one look. */
const looksWhere = ({ text }: JsNode): boolean =>
  /\.startsWith\(|\brelative\(|\brealpath(Sync)?\b|\bbasename\(|\.includes\(\s*["'`](\.\.|\/|\\\\)|\.has\(|\/\^?\[/.test(
    text,
  );

/** A constant folder and something else: a sum, a template, or `path.join`. */
function isJoined(node: JsNode, names: Bindings): boolean {
  const value = names.resolved(node);
  if (value.type === "call_expression") {
    const full = names.imported(callee(value)) ?? "";
    if (!/^path\.(posix\.)?(join|resolve)$/.test(full)) return false;
    const args = argumentsOf(value);
    return args.length > 1 && args.slice(1).some((one) => computed(one, names));
  }
  return /[/\\]/.test(mixedText(value, names.resolved) ?? "");
}

/** In the temporary folder, under a name without anything random in it. */
function isForeseeable(node: JsNode, names: Bindings): boolean {
  const value = names.resolved(node);
  const { text } = value;
  const parts = value.type === "call_expression" ? argumentsOf(value) : [value];
  const constant = parts.map(
    (one) => stringValue(names.resolved(one)) ?? mixedText(one, names.resolved) ?? "",
  );
  const temporary =
    constant.join("/").startsWith("/tmp/") || /\btmpdir\(\)/.test(text) || constant[0] === "/tmp";
  return temporary && !isRandom(value, names);
}

/** Nobody chooses where such a path leads, and nobody knows it before. */
const isRandom = (node: JsNode, names: Bindings): boolean =>
  /random|uuid|mkdtemp/i.test(resolvedText(names.resolved(node), names));

/** The source with names replaced by what they stand for, one level deep. */
const resolvedText = (node: JsNode, names: Bindings): string =>
  node.children.length === 0
    ? names.resolved(node).text
    : node.children.map((part) => resolvedText(part, names)).join(" ");

/** What is put in without a call around it: a call may be one that escapes. */
const unescapedParts = (node: JsNode): string =>
  node.type === "call_expression"
    ? ""
    : node.type === "member_expression" || node.children.length === 0
      ? node.text
      : node.children.map(unescapedParts).join(" ");
