/** Rows of packed sequences: ids, positions, visibility, and where each trained token is predicted. */
import type { Datum } from "../backend.ts";
import type { PackedRow } from "../packing.ts";

/** A token that is trained on. */
export interface Target {
  readonly datum: Datum;
  /** Index in the datum. */
  readonly token: number;
  /** Row-major index in the [B, L] batch of the position that predicts it. */
  readonly at: number;
}

export interface RowBatch {
  readonly rows: number;
  readonly length: number;
  readonly ids: BigInt64Array;
  readonly targets: readonly Target[];
  /** Undefined when every row is one plain sequence: causal attention from position 0 is enough. */
  readonly layout: { readonly positions: BigInt64Array; readonly visible: Uint8Array } | undefined;
}

/** `pad` fills row ends; padding sees itself only and is never a target. */
export function layOut(batch: readonly PackedRow[], pad: number): RowBatch {
  const rows = batch.length;
  const length = Math.max(...batch.map((row) => row.length));
  const ids = new BigInt64Array(rows * length).fill(BigInt(pad));
  const targets: Target[] = [];
  const packed = batch.some((row) => row.prefix > 0);
  const positions = new BigInt64Array(packed ? rows * length : 0);
  const visible = new Uint8Array(packed ? rows * length * length : 0);
  batch.forEach((row, r) => {
    const start = r * length;
    row.segments[0]!.datum.ids.slice(0, row.prefix).forEach((id, i) => (ids[start + i] = BigInt(id)));
    for (const { datum, from, offset } of row.segments) {
      for (let i = 1; i <= from; i++) {
        if (datum.weights[i]! > 0) targets.push({ datum, token: i, at: start + i - 1 });
      }
      for (let i = from; i < datum.ids.length; i++) {
        ids[start + offset + i - from] = BigInt(datum.ids[i]!);
        if (datum.weights[i]! > 0 && i > from)
          targets.push({ datum, token: i, at: start + offset + i - 1 - from });
      }
    }
    if (packed)
      showRow(
        row,
        length,
        positions.subarray(start, start + length),
        visible.subarray(start * length, (start + length) * length),
      );
  });
  return { rows, length, ids, targets, layout: packed ? { positions, visible } : undefined };
}

function showRow(row: PackedRow, length: number, positions: BigInt64Array, visible: Uint8Array): void {
  for (let i = 0; i < length; i++) visible[i * length + i] = 1;
  for (let i = 0; i < row.prefix; i++) {
    positions[i] = BigInt(i);
    visible.fill(1, i * length, i * length + i + 1);
  }
  for (const { datum, from, offset } of row.segments) {
    for (let i = 0; i < datum.ids.length - from; i++) {
      const at = offset + i;
      positions[at] = BigInt(row.prefix + i);
      visible.fill(1, at * length, at * length + row.prefix);
      visible.fill(1, at * length + offset, at * length + at + 1);
    }
  }
}
