/** JavaScript's syntax tree in the small form. */
import { childOf, type JsNode as Node } from "../javascript/nodes.ts";
import type { ClassNode, Expr, FunctionNode, Module, Pattern, Statement } from "./program.ts";
import { named, SyntaxReader } from "./syntax-reader.ts";

export function readJavaScriptModule(file: string, root: Node): Module {
  return { file, language: "javascript", body: new JavaScriptReader(file).block(root) };
}

class JavaScriptReader extends SyntaxReader {
  /** A block, or the one statement that stands in its place. */
  private body(node: Node | undefined): Statement[] {
    if (node === undefined) return [];
    return node.type === "statement_block" ? this.block(node) : this.statement(node);
  }

  protected statement(node: Node): Statement[] {
    switch (node.type) {
      case "expression_statement":
        return this.expressions(named(node)[0]);
      case "lexical_declaration":
      case "variable_declaration":
        return named(node).flatMap((one) => this.declaration(one));
      case "return_statement":
        return [this.returned(node)];
      case "throw_statement":
      case "break_statement":
      case "continue_statement": {
        const [value] = node.type === "throw_statement" ? named(node) : [];
        return [{ kind: "leave", ...(value === undefined ? {} : { value: this.expr(value) }) }];
      }
      case "if_statement": {
        const alternative = childOf(node, "alternative");
        return [
          {
            kind: "if",
            test: this.expr(childOf(node, "condition")!),
            body: this.body(childOf(node, "consequence")),
            other: alternative === undefined ? [] : this.body(named(alternative)[0]),
          },
        ];
      }
      case "for_in_statement": {
        const right = childOf(node, "right")!;
        const keys = childOf(node, "operator")?.text === "in";
        const from = this.expr(right);
        return [
          {
            kind: "loop",
            target: this.pattern(childOf(node, "left")!),
            from: keys ? this.objectCall(node, "keys", from) : from,
            body: this.body(childOf(node, "body")),
          },
        ];
      }
      case "for_statement": {
        const first = childOf(node, "initializer");
        const test = childOf(node, "condition");
        return [
          ...(first === undefined ? [] : this.statement(first)),
          {
            kind: "loop",
            ...(test === undefined ? {} : { test: this.expr(named(test)[0] ?? test) }),
            body: [...this.body(childOf(node, "body")), ...this.expressions(childOf(node, "increment"))],
          },
        ];
      }
      case "while_statement":
      case "do_statement":
        return [
          {
            kind: "loop",
            test: this.expr(childOf(node, "condition")!),
            body: this.body(childOf(node, "body")),
          },
        ];
      case "try_statement": {
        const handler = childOf(node, "handler");
        const others = handler === undefined ? [] : [this.block(childOf(handler, "body"))];
        const last = childOf(node, "finalizer");
        return [
          { kind: "try", body: this.block(childOf(node, "body")), others },
          ...(last === undefined ? [] : this.block(childOf(last, "body"))),
        ];
      }
      case "switch_statement": {
        const cases = named(childOf(node, "body")!);
        const bodies = cases.map((one) =>
          one.children.filter(({ field }) => field === "body").flatMap((part) => this.statement(part)),
        );
        const value = this.expr(childOf(node, "value")!);
        return [
          { kind: "expression", value },
          { kind: "try", body: [], others: bodies },
        ];
      }
      case "function_declaration":
      case "generator_function_declaration":
        return [{ kind: "function", of: this.functionNode(node) }];
      case "class_declaration":
        return [{ kind: "class", of: this.classNode(node) }];
      case "import_statement":
        return this.imports(node);
      case "export_statement":
        return this.exports(node);
      case "statement_block":
      case "ERROR":
        return this.block(node);
      case "labeled_statement":
        return this.body(childOf(node, "body"));
      default:
        return [];
    }
  }

  private expressions(node: Node | undefined): Statement[] {
    if (node === undefined) return [];
    if (node.type === "sequence_expression") return named(node).flatMap((one) => this.expressions(one));
    const value = this.expr(node);
    if (value.kind === "assign")
      return [
        {
          kind: "assign",
          target: value.target,
          value: value.value,
          adds: node.type === "augmented_assignment_expression",
        },
      ];
    return [{ kind: "expression", value }];
  }

  private declaration(node: Node): Statement[] {
    const value = childOf(node, "value");
    if (node.type !== "variable_declarator" || value === undefined) return [];
    const target = this.pattern(childOf(node, "name")!);
    return [{ kind: "assign", target, value: this.expr(value), adds: false }];
  }

  private imports(node: Node): Statement[] {
    const source = childOf(node, "source");
    if (source === undefined) return [];
    const module = source.text.slice(1, -1);
    const out: Statement[] = [];
    const visit = (part: Node): void => {
      if (part.type === "import_specifier") {
        const member = childOf(part, "name")!.text;
        const name = (childOf(part, "alias") ?? childOf(part, "name")!).text;
        out.push({ kind: "import", name, module, member });
      } else if (part.type === "identifier") out.push({ kind: "import", name: part.text, module });
      else for (const child of part.children) visit(child);
    };
    for (const child of node.children) if (child.type === "import_clause") visit(child);
    return out;
  }

  /** `export` as what CommonJS writes: a property of `exports`. */
  private exports(node: Node): Statement[] {
    const at = this.at(node);
    const exported = (name: string, value: Expr): Statement => ({
      kind: "assign",
      target: {
        kind: "member",
        at: { kind: "member", ...at, object: { kind: "name", ...at, name: "exports" }, name },
      },
      value,
      adds: false,
    });
    const declaration = childOf(node, "declaration");
    const value = childOf(node, "value");
    if (value !== undefined) return [exported("default", this.expr(value))];
    if (declaration !== undefined) {
      const body = this.statement(declaration);
      const names = body.flatMap((one) => {
        if (one.kind === "function" || one.kind === "class") return [one.of.name];
        return one.kind === "assign" && one.target.kind === "name" ? [one.target.name] : [];
      });
      return [...body, ...names.map((name) => exported(name, { kind: "name", ...at, name }))];
    }
    const clause = node.children.find(({ type }) => type === "export_clause");
    return (clause === undefined ? [] : named(clause)).map((one) => {
      const local = childOf(one, "name")!.text;
      return exported((childOf(one, "alias") ?? childOf(one, "name")!).text, {
        kind: "name",
        ...at,
        name: local,
      });
    });
  }

  private functionNode(node: Node, name = childOf(node, "name")?.text ?? "function"): FunctionNode {
    const list = childOf(node, "parameters");
    const single = childOf(node, "parameter");
    const given = list === undefined ? (single === undefined ? [] : [single]) : named(list);
    const body = childOf(node, "body")!;
    return {
      ...this.at(node),
      name,
      params: given.map((one) => {
        if (one.type !== "assignment_pattern") return { pattern: this.pattern(one) };
        const initial = this.expr(childOf(one, "right")!);
        return { pattern: this.pattern(childOf(one, "left")!), initial };
      }),
      decorators: [],
      body:
        body.type === "statement_block"
          ? this.block(body)
          : [{ kind: "return", ...this.at(body), value: this.expr(body) }],
    };
  }

  private classNode(node: Node): ClassNode {
    const members = named(childOf(node, "body")!);
    const heritage = node.children.find(({ type }) => type === "class_heritage");
    return {
      ...this.at(node),
      name: childOf(node, "name")?.text ?? "class",
      bases: heritage === undefined ? [] : named(heritage).map((base) => this.expr(base)),
      methods: members
        .filter(({ type }) => type === "method_definition")
        .map((one) => this.functionNode(one)),
      rest: [],
    };
  }

  private pattern(node: Node): Pattern {
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
      case "assignment_pattern":
        return this.pattern(childOf(node, "left")!);
      case "rest_pattern":
        return this.pattern(named(node)[0]!);
      default:
        return { kind: "parts", parts: named(node).map((part) => this.pattern(part)) };
    }
  }

  private objectCall(node: Node, name: string, value: Expr): Expr {
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
