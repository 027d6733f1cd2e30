/** A syntax tree as plain objects, read with the quick cursor: large trees are mostly the time that this takes. */
import type { Tree } from "web-tree-sitter";
import { walk } from "../grammars.ts";
import type { JsNode } from "../javascript/nodes.ts";

export function readTree(tree: Tree, source: string): JsNode {
  const cursor = walk(tree);
  // Nodes come in the order of their starts, so that lines are counted once.
  let [line, at] = [1, 0];
  const lineOf = (index: number): number => {
    for (; at < index; at++) if (source.charCodeAt(at) === 10) line++;
    return line;
  };
  const visit = (parent: JsNode | undefined): JsNode => {
    const children: JsNode[] = [];
    const start = cursor.startIndex;
    const node: JsNode = {
      type: cursor.nodeType,
      text: source.slice(start, cursor.endIndex),
      named: cursor.nodeIsNamed,
      field: cursor.currentFieldName,
      line: lineOf(start),
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
  try {
    return visit(undefined);
  } finally {
    cursor.delete();
  }
}
