/** Python's syntax tree in the small form. */
import { childOf, type JsNode as Node } from "../javascript/nodes.ts";
import type { ClassNode, Expr, FunctionNode, Module, NamedArgument, Pattern, Statement } from "./program.ts";
import { named, SyntaxReader } from "./syntax-reader.ts";

export function readPythonModule(file: string, root: Node): Module {
  return { file, language: "python", body: new PythonReader(file).block(root) };
}

class PythonReader extends SyntaxReader {
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

  private functionNode(node: Node, decorators: readonly Expr[]): FunctionNode {
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
    return [
      {
        pattern: { kind: "name", name: name.text.replace(/^\*+/, "") },
        ...(value === undefined ? {} : { initial: this.expr(value) }),
      },
    ];
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
    };
  }

  private pattern(node: Node): Pattern {
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
