/** A parsed source: its nodes with what the data-flow rules look at, its tokens in order, and the shapes of its subtrees. */
import type { Tree, TreeCursor } from "web-tree-sitter";
import { walk } from "../grammars.ts";
import type { Cursor } from "../quick-cursor.ts";

/** Number and text. A later token in the same place takes it over, so that both are its. */
export interface Token {
  at: number;
  text: string;
}

/** A node as a plain object: crossing into the parser costs more than everything that is done with it. */
export interface SourceNode {
  readonly type: string;
  readonly children: readonly SourceNode[];
  /** Field of the parent, or null. */
  readonly field: string | null;
  readonly leaf: boolean;
  readonly named: boolean;
  /** Of a leaf that is not inside another one. */
  readonly token: Token | undefined;
  /** How the parser writes it, for what it has made up or could not read. */
  readonly spelt: string | undefined;
}

const WHOLE = new Set(["string_literal", "string", "character_literal"]);

export function readTree(tree: Tree, source: string): SourceNode {
  const textOf = cutter(source);
  /** Of tokens without a text, which are all that can share a place. */
  const empty = new Map<number, Token>();
  let count = 0;
  const tokenAt = (from: number, to: number): Token => {
    const token = { at: count++, text: textOf(from, to) };
    if (from < to) return token;
    const before = empty.get(from);
    if (before === undefined) empty.set(from, token);
    return before === undefined ? token : Object.assign(before, token);
  };
  const slow = tree.rootNode.hasError ? tree.walk() : undefined;
  const cursor: Cursor = slow ?? walk(tree);
  const visit = (listed: boolean): SourceNode => {
    const {
      nodeType: type,
      currentFieldName: field,
      nodeIsNamed: named,
      startIndex: from,
      endIndex: to,
    } = cursor;
    const own = slow === undefined ? undefined : spellingOf(slow, from, to);
    const childless = !cursor.gotoFirstChild();
    const leaf = (childless || WHOLE.has(type)) && type !== "comment";
    const token = leaf && listed ? tokenAt(from, to) : undefined;
    const children: SourceNode[] = [];
    if (!childless) {
      do children.push(visit(listed && !leaf));
      while (cursor.gotoNextSibling());
      cursor.gotoParent();
    }
    return { type, children, field, leaf, named, token, spelt: childless ? own : undefined };
  };
  const root = visit(true);
  cursor.delete();
  return root;
}

/** Of leaves that it has made up or could not read, which the parser alone knows. */
function spellingOf(cursor: TreeCursor, from: number, to: number): string | undefined {
  const { nodeType: type } = cursor;
  if (from === to && cursor.nodeIsMissing) return `MISSING ${cursor.nodeIsNamed ? "" : '"'}${type}`;
  if (type !== "ERROR") return undefined;
  return to > from && cursor.currentNode.childCount === 0 ? cursor.currentNode.toString() : type;
}

/** Cuts texts as the reference implementation does: columns are bytes, and are used to cut lines of characters. */
function cutter(source: string): (from: number, to: number) => string {
  // oxlint-disable-next-line no-control-regex
  if (/^[\0-\x7f]*$/.test(source)) return (from, to) => source.slice(from, to).replaceAll("\n", "");
  const lines = source.split("\n").map((line) => ({ line, points: Array.from(line) }));
  const starts: number[] = [0];
  for (const { line } of lines) starts.push(starts.at(-1)! + line.length + 1);
  const place = (index: number): readonly [row: number, column: number] => {
    let row = 0;
    while (row + 1 < lines.length && starts[row + 1]! <= index) row++;
    return [row, Buffer.byteLength(lines[row]!.line.slice(0, index - starts[row]!))];
  };
  const cut = (row: number, from: number, to?: number): string => lines[row]!.points.slice(from, to).join("");
  return (from, to) => {
    const [[r0, c0], [r1, c1]] = [place(from), place(to)];
    if (r0 === r1) return cut(r0, c0, c1);
    let text = cut(r0, c0);
    for (let row = r0 + 1; row < r1; row++) text += lines[row]!.line;
    return text + cut(r1, 0, c1);
  };
}

export const fieldOf = (node: SourceNode, name: string): SourceNode | undefined =>
  node.children.find(({ field }) => field === name);

/** Numbers for texts; texts of different tables have nothing to do with one another. */
export type ShapeTable = Map<string, number>;

/**
 * A number for every node that has children, and for the root: two of one table are the same when their
 * S-expressions are. Those leave out nodes without a name, but for what the parser has made up. In a few sources that
 * cannot be parsed that is not so for every subtree.
 */
export function shapesOf(root: SourceNode, table: ShapeTable): number[] {
  const out: number[] = [];
  const number = (text: string): number => {
    let known = table.get(text);
    if (known === undefined) table.set(text, (known = table.size));
    return known;
  };
  /** `field`: of a node that is left out, which its children take over. */
  const parts = (node: SourceNode, field: string | null): string => {
    let text = "";
    for (const child of node.children) {
      const shown = child.field ?? field;
      if (child.named || child.spelt !== undefined) text += `${shown ?? ""}:${visit(child)} `;
      else if (child.children.length > 0) {
        text += parts(child, shown);
        // By itself it is written in a way of its own.
        out.push(number(`"${child.type} ${parts(child, null)}`));
      }
    }
    return text;
  };
  const visit = (node: SourceNode): number => {
    const shape = number(node.spelt === undefined ? `${node.type} ${parts(node, null)}` : `(${node.spelt}`);
    if (node.children.length > 0 || node === root) out.push(shape);
    return shape;
  };
  visit(root);
  return out;
}
