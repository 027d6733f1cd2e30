/** JavaScript's syntax tree in the small form. */
import { childOf, type JsNode as Node } from "../javascript/nodes.ts";
import type { ClassNode, Expr, FunctionNode, Module, Statement } from "./program.ts";
import { JavaScriptExpressions } from "./read-javascript-expressions.ts";
import { named } from "./syntax-reader.ts";

export function readJavaScriptModule(file: string, root: Node): Module {
  return { file, language: "javascript", body: new JavaScriptReader(file).block(root) };
}

class JavaScriptReader extends JavaScriptExpressions {
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

  protected functionNode(node: Node, name = childOf(node, "name")?.text ?? "function"): FunctionNode {
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
      fields: [],
    };
  }
}
