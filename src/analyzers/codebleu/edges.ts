/** Edges of a data flow: which variable gets its value from which, and how lists of them become one. */
import { setOrder } from "./python-set.ts";

export interface Edge {
  readonly name: string;
  /** Number of the token, which stands for one name. */
  readonly at: number;
  readonly relation: "comesFrom" | "computedFrom";
  readonly from: readonly string[];
  readonly fromAt: readonly number[];
}

/** By token, stable. Most lists are in order already. */
export function inOrder(edges: Edge[]): Edge[] {
  for (let i = 1; i < edges.length; i++)
    if (edges[i - 1]!.at > edges[i]!.at) return edges.toSorted((a, b) => a.at - b.at);
  return edges;
}

/** Edges of the same token and relation become one. */
export function united(edges: readonly Edge[]): Edge[] {
  const known = new Map<number, Edge>();
  for (const edge of edges) {
    const key = 2 * edge.at + (edge.relation === "comesFrom" ? 0 : 1);
    const before = known.get(key);
    known.set(
      key,
      before === undefined
        ? edge
        : {
            ...edge,
            from: setOrder([...before.from, ...edge.from]),
            fromAt: ascending([...before.fromAt, ...edge.fromAt]),
          },
    );
  }
  return inOrder([...known.values()]);
}

/** Without doubles. */
export function ascending(numbers: readonly number[]): readonly number[] {
  for (let i = 1; i < numbers.length; i++)
    if (numbers[i - 1]! >= numbers[i]!) return [...new Set(numbers)].toSorted((a, b) => a - b);
  return numbers;
}

/** One line per edge, with variables renamed in order of appearance. */
export function describeEdges(edges: Edge[]): string[] {
  return normalised(merged(connected(inOrder(edges))));
}

/** Only tokens that take part in some flow. */
function connected(edges: readonly Edge[]): Edge[] {
  const part = new Set<number>();
  for (const { at, fromAt } of edges) {
    if (fromAt.length === 0) continue;
    part.add(at);
    for (const from of fromAt) part.add(from);
  }
  return edges.filter(({ at }) => part.has(at));
}

/** One edge per token, with the relation of its last. */
function merged(edges: readonly Edge[]): Edge[] {
  const known = new Map<number, Edge>();
  for (const edge of edges) {
    const before = known.get(edge.at);
    known.set(
      edge.at,
      before === undefined
        ? edge
        : {
            ...edge,
            from: setOrder([...before.from, ...edge.from]),
            fromAt: [...before.fromAt, ...edge.fromAt],
          },
    );
  }
  return [...known.values()];
}

function normalised(edges: readonly Edge[]): string[] {
  const names = new Map<string, number>();
  const rename = (name: string): number => {
    let number = names.get(name);
    if (number === undefined) names.set(name, (number = names.size));
    return number;
  };
  return edges.map(({ name, relation, from }) => {
    const sources = from.map(rename);
    return `${rename(name)} ${relation} ${sources.join(",")}`;
  });
}
