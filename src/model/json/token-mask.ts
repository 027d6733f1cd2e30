/** Constrained decoding by a grammar over bytes: which tokens may come next, for any vocabulary. */
import type { TokenConstraint } from "../constraint.ts";
import { startOf, type State } from "./matcher.ts";
import type { Rule } from "./rule.ts";

/** The bytes of the tokens of a vocabulary, sorted, so that tokens that begin alike are looked at together. */
export interface SortedTokens {
  /** Entries of the model's vocabulary: the width of masks. */
  readonly vocabSize: number;
  /** Ids in the order of their bytes. */
  readonly ids: readonly number[];
  readonly bytes: readonly Uint8Array[];
  /** How many bytes a token's beginning shares with the one before. */
  readonly shared: readonly number[];
}

/** `bytesOf` is undefined for tokens that stand for no text. */
export function sortTokens(vocabSize: number, bytesOf: (id: number) => Uint8Array | undefined): SortedTokens {
  const entries: { id: number; bytes: Uint8Array }[] = [];
  for (let id = 0; id < vocabSize; id++) {
    const bytes = bytesOf(id);
    if (bytes !== undefined && bytes.length > 0) entries.push({ id, bytes });
  }
  entries.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  const shared = entries.map(({ bytes }, i) => {
    const before = entries[i - 1]?.bytes ?? new Uint8Array();
    let n = 0;
    while (n < bytes.length && n < before.length && bytes[n] === before[n]) n++;
    return n;
  });
  return { vocabSize, ids: entries.map(({ id }) => id), bytes: entries.map(({ bytes }) => bytes), shared };
}

/** What answers to the same schema share: states and their masks. */
export interface Grammar {
  /** Follows a text of its own. */
  follow(): TokenConstraint;
}

/** A mask has a byte for every token of the vocabulary. */
const KEPT_MASKS = 256;

/** `end` are the tokens that end an answer where it may end. */
export function tokenGrammar(rule: Rule, tokens: SortedTokens, end: ReadonlySet<number>): Grammar {
  const start = startOf(rule);
  const masks = new Map<State, Uint8Array>();
  const bytesOf = new Map(tokens.ids.map((id, i) => [id, tokens.bytes[i]!]));

  const maskOf = (state: State): Uint8Array => {
    const known = masks.get(state);
    if (known !== undefined) return known;
    if (masks.size >= KEPT_MASKS) masks.clear();
    const mask = permitted(state, tokens);
    if (state.accepting) for (const id of end) mask[id] = 1;
    masks.set(state, mask);
    return mask;
  };

  return {
    follow() {
      let state: State | undefined = start;
      return {
        mask: () => maskOf(state!),
        push(id) {
          for (const byte of bytesOf.get(id) ?? []) state = state?.next(byte);
          if (state === undefined) throw new RangeError(`token ${id} was not permitted`);
        },
        get finished() {
          return state!.accepting && !state!.open;
        },
      };
    },
  };
}

function permitted(state: State, { vocabSize, ids, bytes, shared }: SortedTokens): Uint8Array {
  const mask = new Uint8Array(vocabSize);
  /** The states after each byte of the token before. */
  const path: State[] = [state];
  /** The token before fell out of the grammar at this byte: all that share it do too. */
  let dead = Infinity;
  for (let i = 0; i < ids.length; i++) {
    const from = shared[i]!;
    if (from > dead) continue;
    dead = Infinity;
    path.length = from + 1;
    const token = bytes[i]!;
    for (let at = from; at < token.length; at++) {
      const next = path[at]!.next(token[at]!);
      if (next === undefined) {
        dead = at;
        break;
      }
      path.push(next);
    }
    if (dead === Infinity) mask[ids[i]!] = 1;
  }
  return mask;
}
