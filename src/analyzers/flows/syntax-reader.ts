/** What the readers of both languages share: blocks, places and lists of expressions. */
import { type JsNode as Node } from "../javascript/nodes.ts";
import type { Expr, Statement } from "./program.ts";

/** Children that mean something. */
export const named = (node: Node): readonly Node[] =>
  node.children.filter((child) => child.named && child.type !== "comment");

export abstract class SyntaxReader {
  protected readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  protected abstract statement(node: Node): Statement[];
  protected abstract expr(node: Node): Expr;

  block(node: Node | undefined): Statement[] {
    return node === undefined ? [] : named(node).flatMap((child) => this.statement(child));
  }

  protected returned(node: Node): Statement {
    const [value] = named(node);
    return { kind: "return", ...this.at(node), ...(value === undefined ? {} : { value: this.expr(value) }) };
  }

  protected at(node: Node): { file: string; line: number } {
    return { file: this.file, line: node.line };
  }

  protected exprs(nodes: readonly Node[]): Expr[] {
    return nodes.map((node) => this.expr(node));
  }

  /** What no rule speaks of holds whatever its parts hold. */
  protected whole(node: Node): Expr {
    const parts = named(node);
    return parts.length === 0
      ? { kind: "constant", ...this.at(node), text: undefined }
      : { kind: "list", ...this.at(node), items: this.exprs(parts) };
  }
}
