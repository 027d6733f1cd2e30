/** Rows of one adapter that are computed together: they join and leave between steps. */
import { noGrad, tensor, tidy } from "../../torch/index.ts";
import type { Decoder } from "../decoder.ts";
import { KvCache, type CacheRow, type CacheShape } from "../kv-cache.ts";
import type { Rope } from "../rope.ts";

/** The token that is next to be read. */
export interface LaneRow {
  next: number;
}

export interface Lane<Row extends LaneRow> {
  readonly rows: readonly Row[];
  /** `source` has what was read before `row.next`. It is copied. */
  join(joining: readonly { readonly row: Row; readonly source: CacheRow }[]): void;
  leave(row: Row): void;
  /** Reads one token for every row; `each` is given the row's logits [V], which it may keep but not change. */
  step(each: (row: Row, logits: Float32Array) => void): void;
  dispose(): void;
}

/** When fewer than this share of a cache's places is taken, the rows move to a smaller one. */
const COMPACT_BELOW = 0.75;
/** Positions beyond what is needed at once, so that a cache is not copied at every step. */
const SPARE = 64;

export function createLane<Row extends LaneRow>(
  model: Decoder,
  rope: Rope,
  shape: CacheShape,
  pad: number,
): Lane<Row> {
  let cache: KvCache | undefined;
  /** By the row of the cache; undefined where the place is free. */
  let places: (Row | undefined)[] = [];
  const rows = (): Row[] => places.filter((row) => row !== undefined);

  /** Moves all rows, and these with them, to a cache that has room for `longest` positions. */
  const rebuild = (joining: readonly { row: Row; source: CacheRow }[], longest: number): void => {
    const staying = places.flatMap((row, index) =>
      row === undefined ? [] : [{ row, source: { cache: cache!, index } }],
    );
    const all = [...staying, ...joining];
    const next =
      all.length === 0
        ? undefined
        : tidy(() =>
            KvCache.gather(
              all.map(({ source }) => source),
              longest + SPARE,
            ),
          );
    cache?.dispose();
    cache = next;
    places = all.map(({ row }) => row);
  };
  const longestOf = (sources: readonly CacheRow[]): number =>
    Math.max(0, ...sources.map((source) => source.cache.lengths[source.index]!));

  return {
    get rows() {
      return rows();
    },

    join(joining) {
      const free = places.flatMap((row, index) => (row === undefined ? [index] : []));
      const longest = longestOf(joining.map(({ source }) => source));
      if (cache === undefined || free.length < joining.length || longest >= cache.capacity)
        rebuild(joining, Math.max(longest, ...(cache?.lengths ?? [])));
      else
        tidy(() =>
          joining.forEach(({ row, source }, i) => {
            cache!.replace(free[i]!, source);
            places[free[i]!] = row;
          }),
        );
    },

    leave(row) {
      const index = places.indexOf(row);
      if (index < 0) return;
      places[index] = undefined;
      cache!.clear(index);
    },

    step(each) {
      const taken = places.filter((row) => row !== undefined).length;
      const longest = Math.max(0, ...(cache?.lengths ?? []));
      if (taken < places.length * COMPACT_BELOW || (cache !== undefined && longest >= cache.capacity))
        rebuild([], longest);
      if (cache === undefined) return;
      const current = cache;
      const counts = places.map((row) => (row === undefined ? 0 : 1));
      const ids = BigInt64Array.from(places, (row) => BigInt(row?.next ?? pad));
      const { data, width } = tidy(() =>
        noGrad(() => {
          const attention = current.attention(rope, counts, 1);
          const hidden = model.hidden(tensor(ids, { shape: [places.length, 1] }), attention);
          const logits = model.logits(hidden.squeeze(1));
          return { data: logits.toFloat32Array(), width: logits.size(1) };
        }),
      );
      current.advance(counts);
      // Rows may leave while they are told.
      [...places].forEach((row, index) => {
        if (row !== undefined) each(row, data.subarray(index * width, (index + 1) * width));
      });
    },

    dispose() {
      cache?.dispose();
      cache = undefined;
      places = [];
    },
  };
}
