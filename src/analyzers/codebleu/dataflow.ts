/**
 * Data flow as CodeBLEU's reference implementation extracts it: which variable gets its value from which. The rules
 * are those of its nine extractors, which differ only in the tables of languages.ts, with all that they leave out.
 */
import { ascending, describeEdges, inOrder, united, type Edge } from "./edges.ts";
import { DATAFLOW, type CodebleuLanguage, type DataflowRules } from "./languages.ts";
import { fieldOf, type SourceNode } from "./source-tree.ts";

/** Variable -> numbers of the tokens that may have set it. */
type States = ReadonlyMap<string, readonly number[]>;
type Flow = readonly [Edge[], States];

/** One line per edge, with variables renamed in order of appearance. */
export function dataflow(root: SourceNode, language: CodebleuLanguage): string[] {
  let edges: Edge[];
  try {
    [edges] = new Extractor(DATAFLOW[language]).extract(root, new Map());
  } catch (error) {
    // A node that the rules do not expect ends the extraction there too, without any edge.
    if (!(error instanceof Unexpected) && !(error instanceof RangeError)) throw error;
    edges = [];
  }
  return describeEdges(edges);
}

class Unexpected extends Error {}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Unexpected();
  return value;
}

class Extractor {
  private readonly rules: DataflowRules;
  constructor(rules: DataflowRules) {
    this.rules = rules;
  }

  extract(node: SourceNode, given: States): Flow {
    const { rules } = this;
    // Where changes are everybody's, a token's are not.
    const states = !rules.copies && node.leaf ? new Map(given) : given;
    if (node.leaf) return this.token(node, states);
    const { type } = node;
    if (rules.definition.includes(type)) return this.definition(node, states);
    if (rules.assignment.includes(type)) return this.assignment(node, states);
    if (rules.increment.includes(type)) return this.increment(node, states);
    if (rules.branch.includes(type)) return this.branch(node, states);
    if (rules.loop.includes(type)) return this.loop(node, states);
    if (rules.forEach.includes(type)) return this.forEach(node, states);
    if (rules.whileLoop.includes(type)) return this.twice(states, (now) => this.all(node.children, now));
    if (rules.first.length === 0) return sorted(this.all(node.children, states));
    const early = node.children.filter((child) => rules.first.includes(child.type));
    const late = node.children.filter((child) => !rules.first.includes(child.type));
    return sorted(this.all(early.length === 0 ? node.children : [...early, ...late], states));
  }

  /** What is known once tokens have set variables: a new map, unless changes are everybody's. */
  private set(states: States, variables: readonly (readonly [at: number, name: string])[]): States {
    if (variables.length === 0) return states;
    const next = this.rules.copies ? new Map(states) : (states as Map<string, readonly number[]>);
    for (const [at, name] of variables) next.set(name, [at]);
    return next;
  }

  private token({ token, type }: SourceNode, states: States): Flow {
    const { at, text: name } = need(token);
    if (type === name) return [[], states];
    const set = states.get(name);
    if (set !== undefined) return [[{ name, at, relation: "comesFrom", from: [name], fromAt: set }], states];
    const after = type === "identifier" ? this.set(states, [[at, name]]) : states;
    return [[{ name, at, relation: "comesFrom", from: [], fromAt: [] }], after];
  }

  private all(nodes: readonly SourceNode[], given: States): Flow {
    const edges: Edge[] = [];
    let states = given;
    for (const node of nodes) {
      const [more, after] = this.extract(node, states);
      append(edges, more);
      states = after;
    }
    return [edges, states];
  }

  private definition(node: SourceNode, given: States): Flow {
    const { children } = node;
    const fields = this.rules.nameOf === "fields";
    const name = need(fields ? fieldOf(node, "name") : children[0]);
    const value = fields
      ? fieldOf(node, this.rules.valueField)
      : children.length === 2
        ? children[1]
        : undefined;
    if (value === undefined) {
      const variables = this.variables(name);
      const edges = variables.map(([at, text]): Edge => {
        return { name: text, at, relation: "comesFrom", from: [], fromAt: [] };
      });
      return sorted([edges, this.set(given, variables)]);
    }
    return this.after(this.extract(value, given), (states) =>
      this.eachWithEach(name, value, "comesFrom", states),
    );
  }

  private assignment(node: SourceNode, given: States): Flow {
    if (this.rules.pairs) return this.pairedAssignment(node, given);
    const [left, right] = [need(fieldOf(node, "left")), need(fieldOf(node, "right"))];
    return this.after(this.extract(right, given), (states) =>
      this.eachWithEach(left, right, "computedFrom", states),
    );
  }

  /** One flow and then another. */
  private after([edges, between]: Flow, next: (states: States) => Flow): Flow {
    const [more, states] = next(between);
    return sorted([[...edges, ...more], states]);
  }

  private pairedAssignment(node: SourceNode, given: States): Flow {
    let [lefts, rights]: [SourceNode[], SourceNode[]] = [[], []];
    if (node.type === "for_in_clause") {
      [lefts, rights] = [[need(fieldOf(node, "left"))], [need(node.children.at(-1))]];
    } else {
      if (fieldOf(node, "right") === undefined && this.rules.valueless) return [[], given];
      [lefts, rights] = pairsOf(need(fieldOf(node, "left")), need(fieldOf(node, "right")));
      if (node.type === "operator_assignment")
        [lefts, rights] = [[node.children[0]!], [node.children.at(-1)!]];
    }
    return this.after(this.all(rights, given), (states) => this.pairwise(lefts, rights, states));
  }

  /** Every variable on the left is computed from all on the right, pair by pair. */
  private pairwise(lefts: readonly SourceNode[], rights: readonly SourceNode[], states: States): Flow {
    const edges: Edge[] = [];
    let after = states;
    lefts.slice(0, rights.length).forEach((left, index) => {
      const [targets, sources] = [this.variables(left), this.variables(rights[index]!)];
      const [from, fromAt] = [sources.map(([, text]) => text), sources.map(([number]) => number)];
      for (const [at, name] of targets) edges.push({ name, at, relation: "computedFrom", from, fromAt });
      after = this.set(after, targets);
    });
    return [edges, after];
  }

  private eachWithEach(
    left: SourceNode,
    right: SourceNode,
    relation: Edge["relation"],
    states: States,
  ): Flow {
    const [targets, sources] = [this.variables(left), this.variables(right)];
    const edges = targets.flatMap(([at, name]) =>
      sources.map(([number, text]): Edge => ({ name, at, relation, from: [text], fromAt: [number] })),
    );
    return [edges, this.set(states, targets)];
  }

  private increment(node: SourceNode, states: States): Flow {
    return sorted(this.eachWithEach(node, node, "computedFrom", states));
  }

  private branch(node: SourceNode, states: States): Flow {
    const { branch, branchParts, merge } = this.rules;
    const edges: Edge[] = [];
    let current: States = this.rules.copies ? states : new Map(states);
    const others: States[] = [];
    let otherwise = node.type.includes("else");
    let apart = false;
    for (const child of node.children) {
      if (child.type.includes("else")) otherwise = true;
      const own = branchParts?.includes(child.type) ?? (apart || branch.includes(child.type));
      const [more, after] = this.extract(child, own ? states : current);
      append(edges, more);
      if (own) {
        apart = true;
        others.push(after);
      } else current = after;
    }
    others.push(current);
    if (merge !== "always" && !otherwise) others.push(states);
    if (merge !== "without-else") others.push(states);
    return sorted([edges, joined(others)]);
  }

  private loop(node: SourceNode, given: States): Flow {
    if (this.rules.pairs) return this.pairedLoop(node, given);
    const edges: Edge[] = [];
    let [first, states] = this.all(node.children, given);
    append(edges, first);
    let again = false;
    for (const child of node.children) {
      if (again) {
        [first, states] = this.extract(child, states);
        append(edges, first);
      } else if (child.type === this.rules.loopHead) {
        const update = child.type === "for_clause" ? fieldOf(child, "update") : undefined;
        if (update !== undefined) {
          [first, states] = this.extract(update, states);
          append(edges, first);
        }
        again = true;
      }
    }
    return [united(edges), states];
  }

  private pairedLoop(node: SourceNode, given: States): Flow {
    const ruby = node.type === "for";
    return this.twice(given, (states) => {
      const [left, right] = ruby
        ? [need(fieldOf(node, "pattern")), need(fieldOf(node, "value"))]
        : [need(fieldOf(node, "left")), need(fieldOf(node, "right"))];
      const [lefts, rights] = ruby ? [[left], [right]] : pairsOf(left, right);
      const [edges, between] = this.all(rights, states);
      const [pairs, after] = this.pairwise(lefts, rights, between);
      append(edges, pairs);
      const body = ruby ? need(fieldOf(node, "body")) : need(node.children.at(-1));
      if (!ruby && body.type !== "block") return [edges, after];
      const [more, last] = this.extract(body, after);
      append(edges, more);
      return [edges, last];
    });
  }

  private forEach(node: SourceNode, given: States): Flow {
    const { eachFields } = this.rules;
    const variables = node.children.filter(({ type }) => type === "variable_name");
    const name = need(eachFields ? fieldOf(node, eachFields[0]) : variables[1]);
    const value = need(eachFields ? fieldOf(node, eachFields[1]) : variables[0]);
    const body = need(fieldOf(node, "body"));
    return this.twice(given, (states) => {
      const [edges, between] = this.extract(value, states);
      const [each, after] = this.eachWithEach(name, value, "computedFrom", between);
      const [more, last] = this.extract(body, after);
      return [[...edges, ...each, ...more], last];
    });
  }

  /** What a loop's second pass sees, the first has set. */
  private twice(given: States, pass: (states: States) => Flow): Flow {
    const [first, between] = pass(given);
    const [second, states] = pass(between);
    return [united([...first, ...second]), states];
  }

  /** Tokens below a node that are not punctuation or keywords. */
  private variables(node: SourceNode): (readonly [number, string])[] {
    if (!node.leaf) return node.children.flatMap((child) => this.variables(child));
    const { at, text } = need(node.token);
    return text === node.type ? [] : [[at, text]];
  }
}

function pairsOf(left: SourceNode, right: SourceNode): [SourceNode[], SourceNode[]] {
  const [lefts, rights] = [left, right].map(({ children }) => children.filter(({ type }) => type !== ","));
  if (lefts!.length !== rights!.length || lefts!.length === 0) return [[left], [right]];
  return [lefts!, rights!];
}

function append(edges: Edge[], more: readonly Edge[]): void {
  for (const edge of more) edges.push(edge);
}

const sorted = ([edges, states]: Flow): Flow => [inOrder(edges), states];

/** What is known after one of several ways. */
function joined(ways: readonly States[]): States {
  const [first, ...others] = ways;
  // Most branches set nothing.
  if (others.every((way) => way === first)) return first!;
  const out = new Map<string, readonly number[]>();
  for (const way of ways)
    for (const [name, at] of way) {
      const before = out.get(name);
      out.set(name, before === undefined || before === at ? at : [...before, ...at]);
    }
  for (const [name, at] of out) out.set(name, ascending(at));
  return out;
}
