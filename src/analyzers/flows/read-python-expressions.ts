/** Python's expressions in the small form. */
import { childOf, type JsNode as Node } from "../javascript/nodes.ts";
import type { Expr, FunctionNode, NamedArgument, Pattern } from "./program.ts";
import { named, SyntaxReader } from "./syntax-reader.ts";

export abstract class PythonExpressions extends SyntaxReader {
  protected abstract functionNode(node: Node, decorators: readonly Expr[]): FunctionNode;

  protected pattern(node: Node): Pattern {
    if (node.type === "identifier") return { kind: "name", name: node.text };
    if (node.type === "attribute" || node.type === "subscript") {
      const at = this.expr(node);
      if (at.kind === "member" || at.kind === "index") return { kind: "member", at };
    }
    return { kind: "parts", parts: named(node).map((part) => this.pattern(part)) };
  }

  expr(node: Node): Expr {
    const at = this.at(node);
    switch (node.type) {
      case "identifier":
        return { kind: "name", ...at, name: node.text };
      case "attribute":
        return {
          kind: "member",
          ...at,
          object: this.expr(childOf(node, "object")!),
          name: childOf(node, "attribute")!.text,
        };
      case "subscript":
        return {
          kind: "index",
          ...at,
          object: this.expr(childOf(node, "value")!),
          index: this.expr(childOf(node, "subscript") ?? node.children.at(-2)!),
        };
      case "call":
        return this.call(node);
      case "string":
        return this.string(node);
      case "concatenated_string":
        return this.joined(at, this.exprs(named(node)));
      case "binary_operator":
        return this.binary(node);
      case "boolean_operator": {
        const items = [this.expr(childOf(node, "left")!), this.expr(childOf(node, "right")!)];
        const operator = childOf(node, "operator")!.text;
        return { kind: "test", ...at, operator, items };
      }
      case "not_operator":
        return { kind: "test", ...at, operator: "not", items: [this.expr(childOf(node, "argument")!)] };
      case "comparison_operator": {
        const operator = node.children
          .filter(({ field }) => field === "operators")
          .map(({ text }) => text.replace(/\s+/g, " "))
          .join(" ");
        return {
          kind: "test",
          ...at,
          operator,
          items: this.exprs(named(node).filter(({ field }) => field !== "operators")),
        };
      }
      case "conditional_expression": {
        const [yes, test, no] = named(node);
        return { kind: "either", ...at, test: this.expr(test!), options: this.exprs([yes!, no!]) };
      }
      case "lambda":
        return { kind: "function", ...at, of: this.functionNode(node, []) };
      case "list":
      case "tuple":
      case "set":
      case "expression_list":
        return { kind: "list", ...at, items: this.exprs(named(node)) };
      case "dictionary": {
        const pairs = named(node).map((pair) => ({ pair, key: childOf(pair, "key") }));
        const keys = pairs.map(({ key }) => (key === undefined ? undefined : constantText(this.expr(key))));
        return {
          kind: "list",
          ...at,
          items: pairs.map(({ pair }) => this.expr(childOf(pair, "value") ?? pair)),
          keys,
        };
      }
      case "list_comprehension":
      case "set_comprehension":
      case "generator_expression":
      case "dictionary_comprehension": {
        const body = childOf(node, "body")!;
        const clauses = node.children.filter(({ type }) => type === "for_in_clause");
        return {
          kind: "each",
          ...at,
          bindings: clauses.map((one) => ({
            target: this.pattern(childOf(one, "left")!),
            from: this.expr(childOf(one, "right")!),
          })),
          tests: node.children
            .filter(({ type }) => type === "if_clause")
            .map((one) => this.expr(named(one)[0]!)),
          body: body.type === "pair" ? this.expr(childOf(body, "value")!) : this.expr(body),
        };
      }
      case "named_expression":
        return {
          kind: "assign",
          ...at,
          target: this.pattern(childOf(node, "name")!),
          value: this.expr(childOf(node, "value")!),
        };
      case "true":
      case "false":
      case "none":
      case "integer":
      case "float":
      case "ellipsis":
        return { kind: "constant", ...at, text: node.text };
      case "parenthesized_expression":
      case "await":
      case "list_splat":
      case "dictionary_splat":
      case "yield":
      case "unary_operator":
      case "type":
      case "interpolation": {
        const [inner] = named(node);
        return inner === undefined ? { kind: "constant", ...at, text: undefined } : this.expr(inner);
      }
      default:
        return this.whole(node);
    }
  }

  private call(node: Node): Expr {
    const list = childOf(node, "arguments")!;
    // f(x for x in y): the generator itself stands in place of the list.
    const given = list.type === "argument_list" ? named(list) : [list];
    const keyword: NamedArgument[] = given
      .filter(({ type }) => type === "keyword_argument")
      .map((one) => ({ name: childOf(one, "name")!.text, value: this.expr(childOf(one, "value")!) }));
    return {
      kind: "call",
      ...this.at(node),
      callee: this.expr(childOf(node, "function")!),
      args: this.exprs(given.filter(({ type }) => type !== "keyword_argument")),
      named: keyword,
    };
  }

  private string(node: Node): Expr {
    const parts = node.children.flatMap((child): Expr[] => {
      if (child.type === "string_content")
        return [{ kind: "constant", ...this.at(child), text: unescaped(child.text) }];
      if (child.type !== "interpolation") return [];
      const value = this.expr(childOf(child, "expression") ?? named(child)[0]!);
      // !r quotes and shows line ends as signs.
      const shown = child.children.some(({ type, text }) => type === "type_conversion" && text === "!r");
      if (!shown) return [value];
      const at = this.at(child);
      return [
        { kind: "call", ...at, callee: { kind: "name", ...at, name: "repr" }, args: [value], named: [] },
      ];
    });
    return this.joined(this.at(node), parts);
  }

  private joined(at: { file: string; line: number }, parts: readonly Expr[]): Expr {
    const texts = parts.map(constantText);
    return texts.every((text) => text !== undefined)
      ? { kind: "constant", ...at, text: texts.join("") }
      : { kind: "join", ...at, parts };
  }

  private binary(node: Node): Expr {
    const at = this.at(node);
    const [left, right] = [this.expr(childOf(node, "left")!), this.expr(childOf(node, "right")!)];
    const operator = childOf(node, "operator")!.text;
    if (operator === "+") return this.joined(at, [left, right]);
    if (operator === "%") {
      const format = constantText(left);
      const values = right.kind === "list" && right.keys === undefined ? right.items : [right];
      return format === undefined
        ? {
            kind: "call",
            ...at,
            callee: { kind: "member", ...at, object: left, name: "__mod__" },
            args: values,
            named: [],
          }
        : interleaved(at, format.split(/%(?:\(\w+\))?[-+ #0-9.]*[a-zA-Z]/), values);
    }
    if (operator === "/")
      return {
        kind: "call",
        ...at,
        callee: { kind: "member", ...at, object: left, name: "joinpath" },
        args: [right],
        named: [],
      };
    return { kind: "list", ...at, items: [left, right] };
  }
}

const constantText = (expr: Expr): string | undefined => (expr.kind === "constant" ? expr.text : undefined);

const unescaped = (text: string): string => text.replace(/\\n/g, "\n").replace(/\\(["'])/g, "$1");

/** A format's constant pieces with the values between them. */
export function interleaved(
  { file, line }: { readonly file: string; readonly line: number },
  pieces: readonly string[],
  values: readonly Expr[],
): Expr {
  const at = { file, line };
  const parts: Expr[] = [];
  pieces.forEach((text, index) => {
    if (text !== "") parts.push({ kind: "constant", ...at, text });
    const value = values[Math.min(index, values.length - 1)];
    if (index < pieces.length - 1 && value !== undefined) parts.push(value);
  });
  return { kind: "join", ...at, parts };
}
