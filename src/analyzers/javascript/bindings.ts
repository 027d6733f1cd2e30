/** What names in a JavaScript source stand for, as far as one look at its declarations tells. */
import { childOf, stringValue, type JsNode } from "./nodes.ts";

export interface Bindings {
  /** `child_process.exec` for what was imported from there, under whatever name; undefined when it is not known. */
  imported(node: JsNode): string | undefined;
  /** The value that a name was declared with and never given again; the node itself for everything else. */
  resolved(node: JsNode): JsNode;
}

/** Scopes are not told apart: a name declared or set twice stands for nothing. */
export function bindingsOf(root: JsNode): Bindings {
  const imports = new Map<string, string>();
  const values = new Map<string, JsNode>();
  const changed = new Set<string>();

  const declare = (pattern: JsNode, value: JsNode | undefined): void => {
    const module = value === undefined ? undefined : requiredModule(value);
    if (module !== undefined) bindModule(pattern, module, imports);
    else if (pattern.type === "identifier") {
      if (value === undefined || values.has(pattern.text)) changed.add(pattern.text);
      else values.set(pattern.text, value);
    } else for (const name of namesIn(pattern)) changed.add(name);
  };
  const visit = (node: JsNode): void => {
    if (node.type === "variable_declarator") declare(childOf(node, "name")!, childOf(node, "value"));
    else if (node.type === "import_statement") bindImport(node, imports);
    else if (node.type === "assignment_expression" || node.type === "augmented_assignment_expression")
      for (const name of namesIn(childOf(node, "left")!)) changed.add(name);
    else if (node.type === "formal_parameters") for (const name of namesIn(node)) changed.add(name);
    else if (node.type === "for_in_statement")
      for (const name of namesIn(childOf(node, "left")!)) changed.add(name);
    for (const child of node.children) visit(child);
  };
  visit(root);

  const imported = (node: JsNode): string | undefined => {
    if (node.type === "identifier") return imports.get(node.text);
    if (node.type === "member_expression") {
      const [object, property] = [childOf(node, "object")!, childOf(node, "property")!];
      const base = imported(object) ?? requiredModule(object);
      return base === undefined ? undefined : `${base}.${property.text}`;
    }
    return undefined;
  };
  return {
    imported,
    resolved(node) {
      let at = node;
      // A chain of names is short; a circle of them is not declared by anybody.
      for (let step = 0; step < 8 && at.type === "identifier" && !changed.has(at.text); step++) {
        const next = values.get(at.text);
        if (next === undefined) break;
        at = next;
      }
      return at;
    },
  };
}

/** `fs` for `require("node:fs")`. */
function requiredModule(node: JsNode): string | undefined {
  if (node.type === "member_expression") {
    const base = requiredModule(childOf(node, "object")!);
    return base === undefined ? undefined : `${base}.${childOf(node, "property")!.text}`;
  }
  if (node.type !== "call_expression" || childOf(node, "function")?.text !== "require") return undefined;
  const [first] = childOf(node, "arguments")!.children.filter(({ named }) => named);
  return first === undefined ? undefined : moduleName(stringValue(first));
}

const moduleName = (text: string | undefined): string | undefined => text?.replace(/^node:/, "");

function bindModule(pattern: JsNode, module: string, imports: Map<string, string>): void {
  if (pattern.type === "identifier") imports.set(pattern.text, module);
  else
    for (const part of pattern.children) {
      if (part.type === "shorthand_property_identifier_pattern")
        imports.set(part.text, `${module}.${part.text}`);
      else if (part.type === "pair_pattern") {
        const [key, value] = [childOf(part, "key")!, childOf(part, "value")!];
        imports.set(value.text, `${module}.${key.text}`);
      }
    }
}

function bindImport(node: JsNode, imports: Map<string, string>): void {
  const module = moduleName(stringValue(childOf(node, "source")!));
  if (module === undefined) return;
  const visit = (part: JsNode): void => {
    if (part.type === "import_specifier") {
      const [name, alias] = [childOf(part, "name")!, childOf(part, "alias")];
      imports.set((alias ?? name).text, name.text === "default" ? module : `${module}.${name.text}`);
    } else if (part.type === "identifier") imports.set(part.text, module);
    else for (const child of part.children) visit(child);
  };
  for (const child of node.children) if (child.type === "import_clause") visit(child);
}

/** Identifiers of a pattern; the object of a member is not set by setting the member. */
function namesIn(node: JsNode): string[] {
  if (node.type === "identifier" || node.type === "shorthand_property_identifier_pattern") return [node.text];
  if (node.type === "member_expression" || node.type === "subscript_expression") return [];
  return node.children.flatMap(namesIn);
}
