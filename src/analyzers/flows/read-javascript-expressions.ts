/** JavaScript's expressions in the small form. */
import { childOf, type JsNode as Node } from "../javascript/nodes.ts";
import type { Expr, FunctionNode, Pattern } from "./program.ts";
import { named, SyntaxReader } from "./syntax-reader.ts";

export abstract class JavaScriptExpressions extends SyntaxReader {
  protected abstract functionNode(node: Node): FunctionNode;

  protected pattern(node: Node): Pattern {
    switch (node.type) {
      case "identifier":
      case "shorthand_property_identifier_pattern":
        return { kind: "name", name: node.text };
      case "member_expression":
      case "subscript_expression": {
        const at = this.expr(node);
        return at.kind === "member" || at.kind === "index"
          ? { kind: "member", at }
          : { kind: "parts", parts: [] };
      }
      case "object_pattern": {
        const parts = named(node);
        return {
          kind: "parts",
          parts: parts.map((part) => this.pattern(childOf(part, "value") ?? childOf(part, "left") ?? part)),
          names: parts.map((part) => {
            const name = childOf(part, "key") ?? childOf(part, "left") ?? part;
            return part.type === "rest_pattern" ? undefined : name.text;
          }),
        };
      }
      case "array_pattern": {
        // A place that is left out counts.
        const parts: Pattern[] = [];
        let isLeftOut = true;
        for (const part of node.children) {
          if (part.type === "comment" || part.type === "[" || part.type === "]") continue;
          if (part.type !== ",") parts.push(this.pattern(part));
          else if (isLeftOut) parts.push({ kind: "parts", parts: [] });
          isLeftOut = part.type === ",";
        }
        return { kind: "parts", parts };
      }
      case "assignment_pattern":
        return this.pattern(childOf(node, "left")!);
      case "rest_pattern":
        return this.pattern(named(node)[0]!);
      default:
        return { kind: "parts", parts: named(node).map((part) => this.pattern(part)) };
    }
  }

  protected objectCall(node: Node, name: string, value: Expr): Expr {
    const at = this.at(node);
    const callee: Expr = { kind: "member", ...at, object: { kind: "name", ...at, name: "Object" }, name };
    return { kind: "call", ...at, callee, args: [value], named: [] };
  }

  expr(node: Node): Expr {
    const at = this.at(node);
    switch (node.type) {
      case "identifier":
      case "this":
      case "super":
      case "shorthand_property_identifier":
        return { kind: "name", ...at, name: node.text };
      case "member_expression":
        return {
          kind: "member",
          ...at,
          object: this.expr(childOf(node, "object")!),
          name: childOf(node, "property")!.text,
        };
      case "subscript_expression":
        return {
          kind: "index",
          ...at,
          object: this.expr(childOf(node, "object")!),
          index: this.expr(childOf(node, "index")!),
        };
      case "call_expression":
      case "new_expression": {
        const list = childOf(node, "arguments");
        const given = list === undefined ? [] : list.type === "arguments" ? named(list) : [list];
        return {
          kind: "call",
          ...at,
          callee: this.expr(childOf(node, "function") ?? childOf(node, "constructor")!),
          args: this.exprs(given),
          named: [],
        };
      }
      case "string":
        return { kind: "constant", ...at, text: plain(node.text.slice(1, -1)) };
      case "template_string":
        return this.joined(
          at,
          named(node).map((part) => {
            if (part.type === "template_substitution") return this.expr(named(part)[0]!);
            return { kind: "constant", ...this.at(part), text: plain(part.text) };
          }),
        );
      case "number":
      case "true":
      case "false":
      case "null":
      case "undefined":
        return { kind: "constant", ...at, text: node.text };
      case "regex":
        return {
          kind: "regex",
          ...at,
          text: childOf(node, "pattern")?.text ?? "",
          flags: childOf(node, "flags")?.text ?? "",
        };
      case "binary_expression": {
        const items = [this.expr(childOf(node, "left")!), this.expr(childOf(node, "right")!)];
        const operator = childOf(node, "operator")!.text;
        if (operator === "+") return this.joined(at, items);
        if (operator === "??") return { kind: "either", ...at, options: items };
        if (operator === "||" || operator === "&&")
          return { kind: "test", ...at, operator: operator === "||" ? "or" : "and", items };
        return { kind: "test", ...at, operator: operator.replace(/^([!=]=)=$/, "$1"), items };
      }
      case "unary_expression": {
        const argument = this.expr(childOf(node, "argument")!);
        const operator = childOf(node, "operator")!.text;
        if (operator === "!") return { kind: "test", ...at, operator: "not", items: [argument] };
        return operator === "+" || operator === "-" || operator === "typeof"
          ? { kind: "test", ...at, operator, items: [argument] }
          : argument;
      }
      case "ternary_expression":
        return {
          kind: "either",
          ...at,
          test: this.expr(childOf(node, "condition")!),
          options: this.exprs([childOf(node, "consequence")!, childOf(node, "alternative")!]),
        };
      case "object":
        return this.object(node);
      case "arrow_function":
      case "function_expression":
      case "generator_function":
        return { kind: "function", ...at, of: this.functionNode(node) };
      case "assignment_expression":
      case "augmented_assignment_expression":
        return {
          kind: "assign",
          ...at,
          target: this.pattern(childOf(node, "left")!),
          value: this.expr(childOf(node, "right")!),
        };
      case "parenthesized_expression":
      case "await_expression":
      case "yield_expression":
      case "spread_element":
      case "update_expression": {
        const inner = named(node).at(-1);
        return inner === undefined ? { kind: "constant", ...at, text: undefined } : this.expr(inner);
      }
      default:
        return this.whole(node);
    }
  }

  private object(node: Node): Expr {
    const parts = named(node);
    const keys = parts.map((part) => {
      if (part.type === "shorthand_property_identifier") return part.text;
      const key = childOf(part, "key") ?? childOf(part, "name");
      return key === undefined || key.type === "computed_property_name"
        ? undefined
        : key.text.replace(/["']/g, "");
    });
    const items = parts.map((part): Expr => {
      if (part.type === "method_definition")
        return { kind: "function", ...this.at(part), of: this.functionNode(part) };
      return this.expr(childOf(part, "value") ?? part);
    });
    return { kind: "list", ...this.at(node), items, keys };
  }

  private joined(at: { file: string; line: number }, parts: readonly Expr[]): Expr {
    const texts = parts.map((part) => (part.kind === "constant" ? part.text : undefined));
    return texts.every((text) => text !== undefined)
      ? { kind: "constant", ...at, text: texts.join("") }
      : { kind: "join", ...at, parts };
  }
}

const plain = (text: string): string =>
  text
    .replace(/\\n/g, "\n")
    .replace(/\\r/g, "\r")
    .replace(/\\(["'`])/g, "$1");
