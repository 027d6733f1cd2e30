/** Python's syntax tree in the small form. */
import { childOf, type JsNode as Node } from "../javascript/nodes.ts";
import type { ClassNode, Expr, Field, FunctionNode, Module, Statement } from "./program.ts";
import { PythonExpressions } from "./read-python-expressions.ts";
import { named } from "./syntax-reader.ts";

export function readPythonModule(file: string, root: Node): Module {
  return { file, language: "python", body: new PythonReader(file).block(root) };
}

class PythonReader extends PythonExpressions {
  protected statement(node: Node): Statement[] {
    switch (node.type) {
      case "expression_statement":
        return named(node).flatMap((child) => this.simple(child));
      case "return_statement":
        return [this.returned(node)];
      case "raise_statement":
      case "break_statement":
      case "continue_statement": {
        const [value] = named(node);
        return [{ kind: "leave", ...(value === undefined ? {} : { value: this.expr(value) }) }];
      }
      case "if_statement":
        return [
          this.conditional(
            node,
            node.children.filter((child) => child.field === "alternative"),
          ),
        ];
      case "for_statement":
        return [
          {
            kind: "loop",
            target: this.pattern(childOf(node, "left")!),
            from: this.expr(childOf(node, "right")!),
            body: this.block(childOf(node, "body")),
          },
          ...this.block(childOf(childOf(node, "alternative") ?? node, "body")).slice(
            0,
            childOf(node, "alternative") === undefined ? 0 : undefined,
          ),
        ];
      case "while_statement":
        return [
          {
            kind: "loop",
            test: this.expr(childOf(node, "condition")!),
            body: this.block(childOf(node, "body")),
          },
        ];
      case "try_statement": {
        const clauses = node.children.filter(({ type }) => type.endsWith("_clause"));
        const body = this.block(childOf(node, "body"));
        const blockOf = (clause: Node): Statement[] =>
          this.block(clause.children.findLast(({ type }) => type === "block"));
        const after = clauses.filter(({ type }) => /^(else|finally)/.test(type)).flatMap(blockOf);
        const others = clauses.filter(({ type }) => type.startsWith("except")).map(blockOf);
        return [{ kind: "try", body: [...body], others }, ...after];
      }
      case "with_statement":
        return [...this.withItems(node), ...this.block(childOf(node, "body"))];
      case "match_statement": {
        const cases = childOf(node, "body")!.children.filter(({ type }) => type === "case_clause");
        const others = cases.map((one) => this.block(childOf(one, "consequence")));
        return [
          { kind: "expression", value: this.expr(childOf(node, "subject")!) },
          { kind: "try", body: [], others },
        ];
      }
      case "function_definition":
        return [{ kind: "function", of: this.functionNode(node, []) }];
      case "class_definition":
        return [{ kind: "class", of: this.classNode(node) }];
      case "decorated_definition": {
        const decorators = node.children
          .filter(({ type }) => type === "decorator")
          .map((one) => this.expr(named(one)[0]!));
        const definition = childOf(node, "definition")!;
        return definition.type === "class_definition"
          ? [{ kind: "class", of: this.classNode(definition) }]
          : [{ kind: "function", of: this.functionNode(definition, decorators) }];
      }
      case "import_statement":
        return named(node).map((one) => {
          if (one.type !== "aliased_import") {
            const [first] = one.text.split(".");
            return { kind: "import", name: first!, module: first! };
          }
          return { kind: "import", name: childOf(one, "alias")!.text, module: childOf(one, "name")!.text };
        });
      case "import_from_statement": {
        const module = childOf(node, "module_name")!.text;
        return node.children
          .filter(({ field }) => field === "name")
          .map((one) => {
            const member = one.type === "aliased_import" ? childOf(one, "name")!.text : one.text;
            const name = one.type === "aliased_import" ? childOf(one, "alias")!.text : one.text;
            return { kind: "import", name, module, member };
          });
      }
      case "assert_statement":
        return [{ kind: "if", test: this.expr(named(node)[0]!), body: [], other: [{ kind: "leave" }] }];
      case "ERROR":
        return this.block(node);
      default:
        return [];
    }
  }

  private simple(node: Node): Statement[] {
    if (node.type === "assignment") {
      const right = childOf(node, "right");
      if (right === undefined) return [];
      const target = this.pattern(childOf(node, "left")!);
      if (right.type === "assignment") {
        const inner = this.simple(right);
        const [last] = inner.filter(({ kind }) => kind === "assign");
        const value = last?.kind === "assign" ? last.value : this.expr(right);
        return [...inner, { kind: "assign", target, value, adds: false }];
      }
      return [{ kind: "assign", target, value: this.expr(right), adds: false }];
    }
    if (node.type === "augmented_assignment")
      return [
        {
          kind: "assign",
          target: this.pattern(childOf(node, "left")!),
          value: this.expr(childOf(node, "right")!),
          adds: true,
        },
      ];
    return [{ kind: "expression", value: this.expr(node) }];
  }

  private conditional(node: Node, alternatives: readonly Node[]): Statement {
    const [first, ...rest] = alternatives;
    let other: Statement[] = [];
    if (first?.type === "elif_clause") other = [this.conditional(first, rest)];
    else if (first !== undefined) other = this.block(childOf(first, "body"));
    return {
      kind: "if",
      test: this.expr(childOf(node, "condition")!),
      body: this.block(childOf(node, "consequence")),
      other,
    };
  }

  private withItems(node: Node): Statement[] {
    const items = node.children
      .filter(({ type }) => type === "with_clause")
      .flatMap((clause) => clause.children.filter(({ type }) => type === "with_item"));
    return items.map((item) => {
      const value = childOf(item, "value")!;
      if (value.type !== "as_pattern") return { kind: "expression", value: this.expr(value) };
      const alias = childOf(value, "alias")!;
      return {
        kind: "assign",
        target: this.pattern(named(alias)[0] ?? alias),
        value: this.expr(named(value)[0]!),
        adds: false,
      };
    });
  }

  protected functionNode(node: Node, decorators: readonly Expr[]): FunctionNode {
    const parameters = childOf(node, "parameters");
    const params = parameters === undefined ? [] : named(parameters).flatMap((one) => this.parameter(one));
    const body = childOf(node, "body")!;
    return {
      ...this.at(node),
      name: childOf(node, "name")?.text ?? "lambda",
      params,
      decorators,
      body:
        node.type === "lambda"
          ? [{ kind: "return", ...this.at(body), value: this.expr(body) }]
          : this.block(body),
    };
  }

  private parameter(node: Node): FunctionNode["params"] {
    const name = childOf(node, "name") ?? (node.type === "identifier" ? node : named(node)[0]);
    if (name === undefined || node.type.endsWith("separator")) return [];
    const value = childOf(node, "value");
    const type = childOf(node, "type");
    return [
      {
        pattern: { kind: "name", name: name.text.replace(/^\*+/, "") },
        ...(type === undefined ? {} : { type: this.expr(type) }),
        ...(value === undefined ? {} : { initial: this.expr(value) }),
      },
    ];
  }

  private fields(body: Node | undefined): Field[] {
    const declared = (body === undefined ? [] : named(body))
      .filter(({ type }) => type === "expression_statement")
      .flatMap((one) => named(one))
      .filter(({ type }) => type === "assignment");
    return declared.flatMap((one) => {
      const [name, type, value] = [childOf(one, "left"), childOf(one, "type"), childOf(one, "right")];
      if (name?.type !== "identifier" || type === undefined) return [];
      const initial = value === undefined ? {} : { initial: this.expr(value) };
      return [{ name: name.text, type: this.expr(type), ...initial }];
    });
  }

  private classNode(node: Node): ClassNode {
    const body = this.block(childOf(node, "body"));
    const bases = childOf(node, "superclasses");
    return {
      ...this.at(node),
      name: childOf(node, "name")!.text,
      bases: bases === undefined ? [] : named(bases).map((base) => this.expr(base)),
      methods: body.flatMap((one) => (one.kind === "function" ? [one.of] : [])),
      rest: body.filter(({ kind }) => kind !== "function"),
      fields: this.fields(childOf(node, "body")),
    };
  }
}
