/** What a flow is followed through: Python and JavaScript in one small form, without what does not move text. */

export interface Place {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

export type Expr =
  | (Place & { readonly kind: "constant"; readonly text: string | undefined })
  | (Place & { readonly kind: "regex"; readonly text: string; readonly flags: string })
  | (Place & { readonly kind: "name"; readonly name: string })
  | (Place & { readonly kind: "member"; readonly object: Expr; readonly name: string })
  | (Place & { readonly kind: "index"; readonly object: Expr; readonly index: Expr })
  | (Place & {
      readonly kind: "call";
      readonly callee: Expr;
      readonly args: readonly Expr[];
      readonly named: readonly NamedArgument[];
    })
  /** Text put together: a sum, a template, `%` and f-strings. */
  | (Place & { readonly kind: "join"; readonly parts: readonly Expr[] })
  /** Lists, sets and tuples; of a dictionary or object, `keys` has the key of each item where it is written out. */
  | (Place & {
      readonly kind: "list";
      readonly items: readonly Expr[];
      readonly keys?: readonly (string | undefined)[];
    })
  /** One of several: `a or b`, `c ? a : b`. */
  | (Place & { readonly kind: "either"; readonly test?: Expr; readonly options: readonly Expr[] })
  | (Place & { readonly kind: "test"; readonly operator: string; readonly items: readonly Expr[] })
  | (Place & { readonly kind: "function"; readonly of: FunctionNode })
  | (Place & {
      readonly kind: "each";
      readonly bindings: readonly { readonly target: Pattern; readonly from: Expr }[];
      readonly tests: readonly Expr[];
      readonly body: Expr;
    })
  | (Place & { readonly kind: "assign"; readonly target: Pattern; readonly value: Expr });

export interface NamedArgument {
  readonly name: string;
  readonly value: Expr;
}

export type Pattern =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "member"; readonly at: Extract<Expr, { kind: "member" | "index" }> }
  /** `names` has the property that a part is taken from, where it is one. */
  | {
      readonly kind: "parts";
      readonly parts: readonly Pattern[];
      readonly names?: readonly (string | undefined)[];
    };

export type Statement =
  | { readonly kind: "assign"; readonly target: Pattern; readonly value: Expr; readonly adds: boolean }
  | { readonly kind: "expression"; readonly value: Expr }
  | (Place & { readonly kind: "return"; readonly value?: Expr })
  /** Whatever leaves: raise, throw, break, continue. */
  | { readonly kind: "leave"; readonly value?: Expr }
  | {
      readonly kind: "if";
      readonly test: Expr;
      readonly body: readonly Statement[];
      readonly other: readonly Statement[];
    }
  | {
      readonly kind: "loop";
      readonly target?: Pattern;
      readonly from?: Expr;
      readonly test?: Expr;
      readonly body: readonly Statement[];
    }
  /** Any of the branches may run, or several, one after another. */
  | {
      readonly kind: "try";
      readonly body: readonly Statement[];
      readonly others: readonly (readonly Statement[])[];
    }
  | { readonly kind: "function"; readonly of: FunctionNode }
  | { readonly kind: "class"; readonly of: ClassNode }
  | { readonly kind: "import"; readonly name: string; readonly module: string; readonly member?: string };

export interface Parameter {
  readonly pattern: Pattern;
  readonly initial?: Expr;
  /** As it is annotated. */
  readonly type?: Expr;
}

export interface FunctionNode extends Place {
  readonly name: string;
  readonly params: readonly Parameter[];
  readonly body: readonly Statement[];
  readonly decorators: readonly Expr[];
}

export interface ClassNode extends Place {
  readonly name: string;
  readonly bases: readonly Expr[];
  readonly methods: readonly FunctionNode[];
  readonly rest: readonly Statement[];
  /** What is declared with a type in its body. */
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly type: Expr;
  readonly initial?: Expr;
}

export interface Module {
  readonly file: string;
  readonly language: "python" | "javascript";
  readonly body: readonly Statement[];
}

/** `a.b.c`, `this.x`: how a place is called inside a function; undefined for anything computed. */
export function pathOf(expr: Expr): string | undefined {
  if (expr.kind === "name") return expr.name;
  if (expr.kind === "index" && expr.index.kind === "constant" && expr.index.text !== undefined) {
    const object = pathOf(expr.object);
    return object === undefined ? undefined : `${object}.${expr.index.text}`;
  }
  if (expr.kind !== "member") return undefined;
  const object = pathOf(expr.object);
  return object === undefined ? undefined : `${object}.${expr.name}`;
}
