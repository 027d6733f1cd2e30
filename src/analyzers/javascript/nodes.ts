/** A JavaScript syntax tree as plain objects, and the questions that rules ask about a node. */
import type { Tree } from "web-tree-sitter";

export interface JsNode {
  readonly type: string;
  readonly text: string;
  readonly named: boolean;
  /** Field of the parent, or null. */
  readonly field: string | null;
  /** 1-based. */
  readonly line: number;
  readonly parent: JsNode | undefined;
  readonly children: readonly JsNode[];
}

export function readJavaScript(tree: Tree, source: string): JsNode {
  const cursor = tree.walk();
  const visit = (parent: JsNode | undefined): JsNode => {
    const children: JsNode[] = [];
    const node: JsNode = {
      type: cursor.nodeType,
      text: source.slice(cursor.startIndex, cursor.endIndex),
      named: cursor.nodeIsNamed,
      field: cursor.currentFieldName,
      line: cursor.startPosition.row + 1,
      parent,
      children,
    };
    if (cursor.gotoFirstChild()) {
      do children.push(visit(node));
      while (cursor.gotoNextSibling());
      cursor.gotoParent();
    }
    return node;
  };
  const root = visit(undefined);
  cursor.delete();
  return root;
}

export const childOf = (node: JsNode, field: string): JsNode | undefined =>
  node.children.find((child) => child.field === field);

/** The text of a string that is written out; undefined for anything that is computed. */
export function stringValue(node: JsNode): string | undefined {
  if (node.type === "string") return node.text.slice(1, -1);
  const constant = node.type === "template_string" && !node.children.some(isSubstitution);
  return constant ? node.text.slice(1, -1) : undefined;
}

export const isSubstitution = ({ type }: JsNode): boolean => type === "template_substitution";

/** Positional arguments; undefined for a call with a template instead of a list. */
export const argumentsOf = (call: JsNode): readonly JsNode[] =>
  (childOf(call, "arguments")?.children ?? []).filter(({ named, type }) => named && type !== "comment");

/** Whether all of it is written in the source: strings, numbers, and lists and sums of these. */
export function isConstant(node: JsNode, resolve: (node: JsNode) => JsNode): boolean {
  const value = resolve(node);
  if (stringValue(value) !== undefined || value.type === "number") return true;
  const parts = value.children.filter(({ named }) => named);
  const compound = ["binary_expression", "parenthesized_expression", "array", "template_string"];
  if (!compound.includes(value.type)) return ["true", "false", "null", "undefined"].includes(value.type);
  return parts.every(
    (part) =>
      part.type === "string_fragment" ||
      part.type === "escape_sequence" ||
      isConstant(part.type === "template_substitution" ? part.children[1]! : part, resolve),
  );
}

/** A text put together from constant and other parts: the constant ones, joined; undefined for anything else. */
export function mixedText(node: JsNode, resolve: (node: JsNode) => JsNode): string | undefined {
  const value = resolve(node);
  if (value.type === "parenthesized_expression") return mixedText(value.children[1]!, resolve);
  if (isConstant(value, resolve)) return undefined;
  if (value.type === "template_string")
    return value.children.map((part) => (part.type === "string_fragment" ? part.text : " ")).join("");
  if (value.type !== "binary_expression" || childOf(value, "operator")?.text !== "+") return undefined;
  const constant = ["left", "right"].map((side) => {
    const part = resolve(childOf(value, side)!);
    return stringValue(part) ?? mixedText(part, resolve);
  });
  return constant.every((text) => text === undefined)
    ? undefined
    : constant.map((text) => text ?? " ").join("");
}

/** The value of a property of an object that is written out. */
export function propertyOf(object: JsNode | undefined, name: string): JsNode | undefined {
  if (object?.type !== "object") return undefined;
  for (const pair of object.children) {
    if (pair.type !== "pair") continue;
    const key = childOf(pair, "key")!;
    if ((stringValue(key) ?? key.text) === name) return childOf(pair, "value");
  }
  return undefined;
}
