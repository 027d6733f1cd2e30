/**
 * Follows a text through a grammar, byte by byte. A state is the set of all ways in which the text so far can be read;
 * equal states are one object, so that whatever was computed for one is there when it comes back.
 */
import type { Rule } from "./rule.ts";

/** Rules that are still to be matched, the first on top. */
interface Stack {
  readonly id: number;
  readonly rule: Rule;
  readonly rest: Stack | undefined;
}

export interface State {
  /** Nothing more has to come. */
  readonly accepting: boolean;
  /** Something more may come. */
  readonly open: boolean;
  /** Undefined: no text goes on like that. */
  next(byte: number): State | undefined;
}

/** The state before the first byte. */
export function startOf(grammar: Rule): State {
  const stacks = new Map<Rule, Map<number, Stack>>();
  const states = new Map<string, State>();
  const shorter = new Map<Rule, Rule>();
  let count = 0;

  const push = (rule: Rule, rest: Stack | undefined): Stack => {
    const known = stacks.get(rule) ?? new Map<number, Stack>();
    stacks.set(rule, known);
    const found = known.get(rest?.id ?? -1) ?? { id: count++, rule, rest };
    known.set(rest?.id ?? -1, found);
    return found;
  };
  /** A repetition of which one turn is over. */
  const less = (rule: Rule & { kind: "repeat" }): Rule => {
    const found = shorter.get(rule) ?? { ...rule, min: Math.max(0, rule.min - 1), max: rule.max - 1 };
    const same = rule.min === 0 && rule.max === Infinity ? rule : found;
    shorter.set(rule, same);
    return same;
  };

  const stateOf = (begun: readonly (Stack | undefined)[]): State | undefined => {
    const tops = new Map<number, Stack>();
    const seen = new Set<number>();
    let accepting = false;
    const todo = [...begun];
    while (todo.length > 0) {
      const stack = todo.pop();
      if (stack === undefined) {
        accepting = true;
        continue;
      }
      if (seen.has(stack.id)) continue;
      seen.add(stack.id);
      const { rule, rest } = stack;
      if (rule.kind === "byte") tops.set(stack.id, stack);
      else if (rule.kind === "sequence") todo.push(rule.items.reduceRight(onto, rest));
      else if (rule.kind === "choice") todo.push(...rule.options.map((option) => push(option, rest)));
      else if (rule.kind === "lazy") todo.push(push(rule.make(), rest));
      else {
        if (rule.min === 0) todo.push(rest);
        if (rule.max > 0) todo.push(push(rule.item, push(less(rule), rest)));
      }
    }
    if (tops.size === 0 && !accepting) return undefined;
    const key = `${accepting}:${[...tops.keys()].sort((a, b) => a - b).join()}`;
    const state = states.get(key) ?? makeState([...tops.values()], accepting);
    states.set(key, state);
    return state;
  };
  const onto = (rest: Stack | undefined, rule: Rule): Stack | undefined => push(rule, rest);

  const makeState = (tops: readonly Stack[], accepting: boolean): State => {
    const nexts = new Map<number, State | undefined>();
    return {
      accepting,
      open: tops.length > 0,
      next(byte) {
        if (nexts.has(byte)) return nexts.get(byte);
        const passed = tops.filter(({ rule }) => rule.kind === "byte" && rule.allowed[byte] === 1);
        const state = passed.length === 0 ? undefined : stateOf(passed.map(({ rest }) => rest));
        nexts.set(byte, state);
        return state;
      },
    };
  };

  return stateOf([push(grammar, undefined)]) ?? makeState([], false);
}

/** Whether the whole text is one that the grammar describes. */
export function matches(grammar: Rule, text: string): boolean {
  let state: State | undefined = startOf(grammar);
  for (const byte of Buffer.from(text, "utf8")) {
    state = state.next(byte);
    if (state === undefined) return false;
  }
  return state.accepting;
}
