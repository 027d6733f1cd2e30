/** Batched multi-turn sampling from a local model: each wave keeps its KV cache between turns. */
import { InputError } from "../core/errors.ts";
import type { SamplingOptions, TurnResult, TurnRow, TurnSampler } from "../core/sampling.ts";
import { noGrad, tensor, tidy } from "../torch/index.ts";
import { makeRng, type Rng } from "../util/rng.ts";
import type { ConstraintModule, TokenConstraint } from "./constraint.ts";
import { KvCache, type CacheRow } from "./kv-cache.ts";
import type { Qwen2 } from "./qwen2.ts";
import type { Rope } from "./rope.ts";
import { drawToken } from "./sample-token.ts";

/** A row between turns: its cached text, and the tokens that are not in the cache yet. */
interface WaveRow {
  at: CacheRow;
  waiting: readonly number[];
}

/** A row that is taking a turn. */
interface Drawing {
  readonly row: number;
  readonly constraint: TokenConstraint | undefined;
  readonly rng: Rng;
  readonly ids: number[];
  readonly logprobs: number[];
  readonly masks: (Uint8Array | undefined)[];
  finished: boolean;
  /** Row of the current cache. */
  index: number;
}

/** When fewer than this share of the rows in the batch is still drawing, they move to a cache of their own. */
const COMPACT_BELOW = 0.5;

type WaveRows = (WaveRow | undefined)[];

function rowOf(wave: WaveRows, row: number): WaveRow {
  const found = wave[row];
  if (found === undefined) throw new InputError(`row ${row} has ended or was never begun`);
  return found;
}

const cachesOf = (wave: WaveRows): Set<KvCache> =>
  new Set(wave.flatMap((row) => (row === undefined ? [] : [row.at.cache])));

export class LocalTurnSampler implements TurnSampler {
  readonly #model: Qwen2;
  readonly #rope: Rope;
  readonly #stop: number;
  readonly #pad: number;
  readonly #constraints: ConstraintModule | undefined;
  readonly #waves = new Map<number, WaveRows>();

  constructor(
    model: Qwen2,
    rope: Rope,
    tokens: { stop: number; pad: number },
    constraints?: ConstraintModule,
  ) {
    this.#model = model;
    this.#rope = rope;
    this.#stop = tokens.stop;
    this.#pad = tokens.pad;
    this.#constraints = constraints;
  }

  /** Each prompt is computed once; its cache rows are repeated for the copies. All but the last token are cached. */
  async begin(wave: number, prompts: readonly (readonly number[])[], copies: number): Promise<void> {
    await this.end(wave);
    const { layers, kvHeads } = this.#model.config;
    const longest = Math.max(...prompts.map((prompt) => prompt.length));
    if (longest > this.#model.config.maxPositions)
      throw new InputError(
        `a prompt of ${longest} tokens is longer than the model's ${this.#model.config.maxPositions} positions`,
      );
    const shape = { layers, kvHeads, headDim: this.#model.headDim };
    const cache = KvCache.empty(shape, prompts.length, longest);
    this.#feed(
      cache,
      prompts.map((prompt) => prompt.slice(0, -1)),
    );
    const rows = prompts.flatMap((prompt, index) =>
      Array.from({ length: copies }, () => ({ at: { cache, index }, waiting: prompt.slice(-1) })),
    );
    this.#waves.set(wave, rows);
  }

  async turn(waveId: number, rows: readonly TurnRow[], options: SamplingOptions): Promise<TurnResult[]> {
    const wave = this.#waves.get(waveId);
    if (wave === undefined) throw new InputError(`wave ${waveId} was not begun`);
    const wanted = new Set(rows.map((row) => row.row));
    // A row that sits out a turn has ended: its cache can go.
    wave.forEach((_, row) => {
      if (!wanted.has(row)) wave[row] = undefined;
    });
    const drawing = await Promise.all(rows.map((row, index) => this.#start(row, index)));
    const first = rows.map((row) => [...rowOf(wave, row.row).waiting, ...row.append]);
    let cache = this.#takeRows(
      wave,
      drawing,
      Math.max(...first.map((ids) => ids.length)) + options.maxTokens,
    );
    let feed = first;
    for (let n = 0; n < options.maxTokens; n++) {
      const logits = this.#feed(cache, feed);
      for (const row of drawing) if (!row.finished) this.#draw(row, logits[row.index]!, options);
      const going = drawing.filter((row) => !row.finished);
      for (const row of drawing) rowOf(wave, row.row).waiting = row.ids.slice(-1);
      if (going.length === 0) break;
      if (going.length < cache.rows * COMPACT_BELOW)
        cache = this.#takeRows(wave, going, options.maxTokens - n);
      feed = Array.from({ length: cache.rows }, () => []);
      for (const row of going) feed[row.index] = row.ids.slice(-1);
    }
    return drawing.map(({ row, ids, logprobs, masks, finished }) => ({
      row,
      ids,
      logprobs,
      masks,
      finished,
    }));
  }

  async end(waveId: number): Promise<void> {
    for (const cache of cachesOf(this.#waves.get(waveId) ?? [])) cache.dispose();
    this.#waves.delete(waveId);
  }

  close(): void {
    for (const wave of this.#waves.values()) for (const cache of cachesOf(wave)) cache.dispose();
    this.#waves.clear();
  }

  async #start(row: TurnRow, index: number): Promise<Drawing> {
    if (row.constraint !== undefined && this.#constraints === undefined)
      throw new InputError("the sampler was made without a constraint module");
    const constraint =
      row.constraint === undefined ? undefined : await this.#constraints!.createConstraint(row.constraint);
    return {
      row: row.row,
      constraint,
      rng: makeRng(row.seed),
      ids: [],
      logprobs: [],
      masks: [],
      finished: false,
      index,
    };
  }

  /** Moves the rows into one new cache with room for `room` more tokens; caches that no row uses any more are freed. */
  #takeRows(wave: WaveRows, drawing: readonly Drawing[], room: number): KvCache {
    const sources = drawing.map((row) => rowOf(wave, row.row).at);
    const before = cachesOf(wave);
    const longest = Math.max(...sources.map(({ cache, index }) => cache.lengths[index]!));
    const cache = tidy(() => KvCache.gather(sources, longest + room));
    drawing.forEach((row, index) => {
      row.index = index;
      rowOf(wave, row.row).at = { cache, index };
    });
    const used = cachesOf(wave);
    for (const old of before) if (!used.has(old)) old.dispose();
    return cache;
  }

  #draw(row: Drawing, logits: Float32Array, options: SamplingOptions): void {
    const mask = row.constraint?.mask();
    const { id, logprob } = drawToken(logits, mask, options, row.rng);
    row.ids.push(id);
    row.logprobs.push(logprob);
    row.masks.push(mask);
    row.constraint?.push(id);
    row.finished = row.constraint === undefined ? id === this.#stop : row.constraint.finished;
  }

  /** Appends tokens to rows (none for some) and returns each row's logits after its last one. */
  #feed(cache: KvCache, tokens: readonly (readonly number[])[]): Float32Array[] {
    const counts = tokens.map((ids) => ids.length);
    const chunk = Math.max(...counts);
    if (chunk === 0) return [];
    const ids = new BigInt64Array(cache.rows * chunk).fill(BigInt(this.#pad));
    tokens.forEach((row, r) => row.forEach((id, t) => (ids[r * chunk + t] = BigInt(id))));
    const lasts = BigInt64Array.from(counts, (count, row) => BigInt(row * chunk + Math.max(0, count - 1)));
    const { data, width } = tidy(() =>
      noGrad(() => {
        const hidden = this.#model.hidden(
          tensor(ids, { shape: [cache.rows, chunk] }),
          cache.attention(this.#rope, counts, chunk),
        );
        const last = hidden
          .reshape(cache.rows * chunk, this.#model.config.hiddenSize)
          .indexSelect(0, tensor(lasts));
        const logits = this.#model.logits(last);
        return { data: logits.toFloat32Array(), width: logits.size(1) };
      }),
    );
    cache.advance(counts);
    return counts.map((_, row) => data.subarray(row * width, (row + 1) * width));
  }
}
