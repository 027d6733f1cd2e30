/** Puts training sequences into rows: sequences with a common prompt share it, and rows of like length share a batch. */
import type { Datum } from "./backend.ts";

/** A piece of a row: tokens `from..to` of a datum, seeing the row's first `prefix` tokens and itself. */
export interface Segment {
  readonly datum: Datum;
  /** First token of the datum that this segment carries. */
  readonly from: number;
  /** Where it starts in the row. */
  readonly offset: number;
}

/**
 * One row of a batch: a prefix shared by all its segments, then the segments one after another. A token attends to
 * the prefix and to its own segment only, and positions continue from the prefix, so that the result equals
 * separate rows. With one segment this is an ordinary causal row.
 */
export interface PackedRow {
  /** The first `prefix` tokens of any of its data. */
  readonly prefix: number;
  readonly segments: readonly Segment[];
  readonly length: number;
}

/** Below this, sharing saves less than its explicit attention mask costs. */
const MIN_SHARED_PREFIX = 16;

/**
 * Groups data by the prompt that they share. Rows hold at most `maxSegmentTokens` suffix tokens.
 * Data without a common prompt get a row each.
 */
export function packRows(data: readonly Datum[], maxSegmentTokens = 1024): PackedRow[] {
  const groups = new Map<string, Datum[]>();
  for (const datum of data) {
    const prompt = datum.ids.slice(0, promptLength(datum));
    const key = prompt.length < MIN_SHARED_PREFIX ? `alone ${groups.size}` : prompt.join(",");
    groups.set(key, [...(groups.get(key) ?? []), datum]);
  }
  return [...groups.values()].flatMap((group) =>
    group.length === 1 ? [soleRow(group[0]!)] : splitRows(group, promptLength(group[0]!), maxSegmentTokens),
  );
}

/** Rows that have to be in the same batch. */
export interface Unit {
  readonly rows: readonly PackedRow[];
  readonly length: number;
}

export const unitOf = (row: PackedRow): Unit => ({ rows: [row], length: row.length });

/** Both answers of each pair together, behind their common prompt where that saves something. */
export function packPairs(data: readonly Datum[]): Unit[] {
  return pairsIn(data).map((pair) => {
    const rows = packRows(pair);
    return { rows, length: rows.reduce((sum, row) => sum + row.length, 0) };
  });
}

/** Data by their pair. */
function pairsIn(data: readonly Datum[]): Datum[][] {
  const pairs = new Map<number | undefined, Datum[]>();
  for (const datum of data) {
    const pair = datum.preference?.pair;
    pairs.set(pair, [...(pairs.get(pair) ?? []), datum]);
  }
  return [...pairs.values()];
}

function soleRow(datum: Datum): PackedRow {
  return { prefix: 0, segments: [{ datum, from: 0, offset: 0 }], length: datum.ids.length };
}

/** Tokens that siblings have in common; the last of them must stay in the suffix as the first query. */
function promptLength(datum: Datum): number {
  if (datum.shared !== undefined) return Math.max(0, datum.shared - 1);
  const first = datum.weights.findIndex((weight) => weight > 0);
  return Math.max(0, (first < 0 ? datum.ids.length : first) - 1);
}

function splitRows(group: readonly Datum[], prefix: number, maxSegmentTokens: number): PackedRow[] {
  const rows: PackedRow[] = [];
  let segments: Segment[] = [];
  let offset = prefix;
  const flush = (): void => {
    if (segments.length > 0) rows.push({ prefix, segments, length: offset });
    segments = [];
    offset = prefix;
  };
  for (const datum of group) {
    const size = datum.ids.length - prefix;
    if (offset - prefix + size > maxSegmentTokens) flush();
    segments.push({ datum, from: prefix, offset });
    offset += size;
  }
  flush();
  return rows;
}

/**
 * Rows to be laid one after another, at most `maxTokens` in one batch; a longer row stands alone. Best-fit decreasing:
 * the longest first, each to the fullest batch that has room.
 */
export function fillBatches<Row extends { readonly length: number }>(
  rows: readonly Row[],
  maxTokens: number,
): Row[][] {
  const batches: { rows: Row[]; room: number }[] = [];
  for (const row of rows.toSorted((a, b) => b.length - a.length)) {
    const best = batches
      .filter(({ room }) => room >= row.length)
      .reduce<(typeof batches)[number] | undefined>(
        (a, b) => (a === undefined || b.room < a.room ? b : a),
        undefined,
      );
    if (best === undefined) batches.push({ rows: [row], room: maxTokens - row.length });
    else {
      best.rows.push(row);
      best.room -= row.length;
    }
  }
  return batches.map((batch) => batch.rows);
}

/**
 * Shares a batch out among `parts`, the costliest rows first, each to whoever has least so far. Data of one row stay
 * together, so that their prompt is computed once.
 */
export function dealRows(data: readonly Datum[], parts: number): Datum[][] {
  const loads = Array.from({ length: parts }, () => ({ cost: 0, data: [] as Datum[] }));
  for (const row of packRows(data).toSorted((a, b) => b.length - a.length)) {
    const least = loads.reduce((a, b) => (b.cost < a.cost ? b : a));
    least.cost += row.length;
    least.data.push(...row.segments.map((segment) => segment.datum));
  }
  return loads.map((load) => load.data);
}

/** The same for pairs, which stay together. */
export function dealPairs(data: readonly Datum[], parts: number): Datum[][] {
  const pairs = pairsIn(data);
  const costs = pairs.map((pair) => pair.reduce((sum, { ids }) => sum + ids.length, 0));
  return dealIndices(costs, parts).map((indices) => indices.flatMap((index) => pairs[index]!));
}

/** Sum of the loss weights of all tokens. */
export const weightOf = (batch: readonly Datum[]): number =>
  batch.reduce((sum, datum) => sum + datum.weights.reduce((a, b) => a + b, 0), 0);

/** Indices of items, shared out among `parts` by cost as `dealRows` does. */
export function dealIndices(costs: readonly number[], parts: number): number[][] {
  const loads = Array.from({ length: parts }, () => ({ cost: 0, indices: [] as number[] }));
  for (const index of [...costs.keys()].toSorted((a, b) => costs[b]! - costs[a]!)) {
    const least = loads.reduce((a, b) => (b.cost < a.cost ? b : a));
    least.cost += costs[index]!;
    least.indices.push(index);
  }
  return loads.map((load) => load.indices);
}
