/** Packed sequences one after another in one row: ids, what sees what, and where each trained token is predicted. */
import type { Piece } from "../../model/attention.ts";
import type { Datum } from "../backend.ts";
import type { PackedRow } from "../packing.ts";

/** A token that is trained on. */
export interface Target {
  readonly datum: Datum;
  /** Index in the datum. */
  readonly token: number;
  /** Index in the row of the position that predicts it. */
  readonly at: number;
}

export interface RowBatch {
  /** [T], without padding. */
  readonly ids: BigInt64Array;
  /** Their lengths add up to T. */
  readonly pieces: readonly Piece[];
  readonly targets: readonly Target[];
}

export function layOut(batch: readonly PackedRow[]): RowBatch {
  const ids: number[] = [];
  const pieces: Piece[] = [];
  const targets: Target[] = [];
  for (const row of batch) {
    const start = ids.length;
    const first = pieces.length;
    if (row.prefix > 0) {
      ids.push(...row.segments[0]!.datum.ids.slice(0, row.prefix));
      pieces.push({ length: row.prefix });
    }
    for (const { datum, from, offset } of row.segments) {
      for (let i = 1; i < datum.ids.length; i++) {
        // The first token of a segment is predicted where the prefix ends, which the packing keeps among its own.
        const at = i <= from ? start + i - 1 : start + offset + i - 1 - from;
        if (datum.weights[i]! > 0) targets.push({ datum, token: i, at });
      }
      for (let i = from; i < datum.ids.length; i++) ids.push(datum.ids[i]!);
      pieces.push({ length: datum.ids.length - from, after: row.prefix > 0 ? first : undefined });
    }
  }
  return { ids: BigInt64Array.from(ids, BigInt), pieces, targets };
}
