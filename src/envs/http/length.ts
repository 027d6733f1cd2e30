/** Keeps an analysis within its bounds while it is drawn: not done before the least, done at the most. */
import type { TokenConstraint } from "../../model/constraint.ts";

export interface LengthSpec {
  readonly min: number;
  readonly max: number;
  readonly vocabulary: number;
  /** The mark that ends an analysis. */
  readonly result: number;
  /** Other marks; an analysis has none of them. */
  readonly marks: readonly number[];
}

/** The verdict and the end behind the mark of the result. */
const BEHIND = 2;

interface Masks {
  readonly text: Uint8Array;
  readonly textOrResult: Uint8Array;
  readonly result: Uint8Array;
  readonly any: Uint8Array;
}

const known = new Map<string, Masks>();

function masksOf({ vocabulary, result, marks }: LengthSpec): Masks {
  const key = [vocabulary, result, ...marks].join();
  let masks = known.get(key);
  if (masks === undefined) {
    const text = new Uint8Array(vocabulary).fill(1);
    for (const id of [result, ...marks]) text[id] = 0;
    const only = new Uint8Array(vocabulary);
    only[result] = 1;
    masks = {
      text,
      textOrResult: text.with(result, 1),
      result: only,
      any: new Uint8Array(vocabulary).fill(1),
    };
    known.set(key, masks);
  }
  return masks;
}

/** The verdict itself is not constrained: an answer that gives none is unclear, and counted. */
export function createConstraint(spec: unknown): TokenConstraint {
  const { min, max, result } = spec as LengthSpec;
  const masks = masksOf(spec as LengthSpec);
  let tokens = 0;
  let behind = -1;
  return {
    mask() {
      if (behind >= 0) return masks.any;
      if (tokens < min) return masks.text;
      return tokens < max ? masks.textOrResult : masks.result;
    },
    push(id) {
      if (behind >= 0) behind++;
      else if (id === result) behind = 0;
      else tokens++;
    },
    get finished() {
      return behind >= BEHIND;
    },
  };
}
