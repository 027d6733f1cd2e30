/** Batched multi-turn sampling from a local model: rows keep their KV cache between turns and take turns independently. */
import { InputError } from "../core/errors.ts";
import type { SamplingOptions, TurnResult, TurnRow, TurnSampler, WaveChange } from "../core/sampling.ts";
import { noGrad, tensor, tidy } from "../torch/index.ts";
import { makeRng, type Rng } from "../util/rng.ts";
import type { ConstraintModule, TokenConstraint } from "./constraint.ts";
import { KvCache, type SharedPrefix } from "./kv-cache.ts";
import type { Decoder } from "./decoder.ts";
import { prefill } from "./prefill.ts";
import type { Rope } from "./rope.ts";
import { drawToken } from "./sample-token.ts";

/** A turn under way. */
interface Turn {
  readonly constraint: TokenConstraint | undefined;
  readonly rng: Rng;
  readonly ids: number[];
  readonly logprobs: number[];
  readonly masks: (Uint8Array | undefined)[];
  finished: boolean;
}

interface Row {
  readonly row: number;
  readonly prompt: number;
  /** Tokens that are not in the cache yet: what the environment said, and the last token drawn. */
  readonly waiting: number[];
  turn: Turn | undefined;
}

/** What the model says after a row's text: logits [V] and, where tokens are drawn, as `drawToken` wants them, likelihoods. */
interface Fed {
  readonly logits: Float32Array;
  readonly likelihoods: Float32Array | undefined;
}

/** Rows that are computed together; each prompt is cached once, however many rows go on from it. */
interface Batch {
  readonly cache: KvCache;
  readonly prefix: SharedPrefix;
  /** Row of the cache -> row of the wave. */
  readonly rows: readonly Row[];
}

interface Wave {
  readonly prompts: KvCache;
  /** Undefined once dropped. */
  readonly rows: (Row | undefined)[];
  batch: Batch;
}

/** When fewer than this share of a batch's rows is left, they move to a smaller batch. */
const COMPACT_BELOW = 0.75;
/** Positions that a batch gets beyond what it needs at once, so that it does not grow at every call. */
const SPARE = 48;

function disposeWave({ prompts, batch }: Wave): void {
  for (const cache of new Set([prompts, batch.cache, batch.prefix.cache])) cache.dispose();
}

export class LocalTurnSampler implements TurnSampler {
  readonly #model: Decoder;
  readonly #rope: Rope;
  readonly #stop: number;
  readonly #pad: number;
  readonly #constraints: ConstraintModule | undefined;
  readonly #prepare: () => void;
  readonly #waves = new Map<number, Wave>();

  /** `prepare` is called before the model computes anything, say to merge an adapter. */
  constructor(
    model: Decoder,
    rope: Rope,
    tokens: { stop: number; pad: number },
    constraints?: ConstraintModule,
    prepare: () => void = () => {},
  ) {
    this.#prepare = prepare;
    this.#model = model;
    this.#rope = rope;
    this.#stop = tokens.stop;
    this.#pad = tokens.pad;
    this.#constraints = constraints;
  }

  /** Each prompt is computed and cached once, all but its last token, which every copy reads for itself. */
  async begin(waveId: number, prompts: readonly (readonly number[])[], copies: number): Promise<void> {
    await this.end(waveId);
    const { layers, kvHeads, maxPositions } = this.#model.config;
    const longest = Math.max(...prompts.map((prompt) => prompt.length));
    if (longest > maxPositions)
      throw new InputError(
        `a prompt of ${longest} tokens is longer than the model's ${maxPositions} positions`,
      );
    this.#prepare();
    const shape = { layers, kvHeads, headDim: this.#model.headDim, dtype: this.#model.dtype };
    const cached = KvCache.empty(shape, prompts.length, longest);
    const heads = prompts.map((prompt) => prompt.slice(0, -1));
    prefill(this.#model, this.#rope, cached, heads, this.#pad);
    const rows = prompts.flatMap((prompt, index) =>
      Array.from({ length: copies }, (_, copy): Row => ({
        row: index * copies + copy,
        prompt: index,
        waiting: prompt.slice(-1),
        turn: undefined,
      })),
    );
    const prefix = { cache: cached, of: rows.map((row) => row.prompt) };
    const batch = { cache: KvCache.empty(shape, rows.length, SPARE), prefix, rows };
    this.#waves.set(waveId, { prompts: cached, rows: [...rows], batch });
  }

  async advance(
    waveId: number,
    { start, drop }: WaveChange,
    options: SamplingOptions,
    steps: number,
  ): Promise<TurnResult[]> {
    const wave = this.#waves.get(waveId);
    if (wave === undefined) throw new InputError(`wave ${waveId} was not begun`);
    for (const row of drop) wave.rows[row] = undefined;
    await Promise.all(start.map((request) => this.#startTurn(wave, request)));
    this.#arrange(wave, steps);
    this.#prepare();
    const ended: TurnResult[] = [];
    for (let n = 0; n < steps && wave.rows.some((row) => row?.turn !== undefined); n++)
      ended.push(...this.#step(wave.batch, options));
    return ended;
  }

  async end(waveId: number): Promise<void> {
    const wave = this.#waves.get(waveId);
    if (wave !== undefined) disposeWave(wave);
    this.#waves.delete(waveId);
  }

  close(): void {
    for (const wave of this.#waves.values()) disposeWave(wave);
    this.#waves.clear();
  }

  async #startTurn(wave: Wave, { row, append, constraint, seed }: TurnRow): Promise<void> {
    const found = wave.rows[row];
    if (found === undefined) throw new InputError(`row ${row} was dropped or never begun`);
    if (found.turn !== undefined) throw new InputError(`row ${row} is taking a turn already`);
    if (constraint !== undefined && this.#constraints === undefined)
      throw new InputError("the sampler was made without a constraint module");
    found.waiting.push(...append);
    const turn = { rng: makeRng(seed), ids: [], logprobs: [], masks: [], finished: false };
    found.turn = {
      ...turn,
      constraint:
        constraint === undefined ? undefined : await this.#constraints!.createConstraint(constraint),
    };
  }

  /** Moves the rows that are left to a new batch when many have gone or the cache has no room for `steps` tokens. */
  #arrange(wave: Wave, steps: number): void {
    const { cache, prefix, rows } = wave.batch;
    const left = rows.flatMap((row, index) => (wave.rows[row.row] === row ? [{ row, index }] : []));
    const longest = Math.max(0, ...left.map(({ index }) => cache.lengths[index]!));
    if (
      left.length === 0 ||
      (left.length >= rows.length * COMPACT_BELOW && longest + steps <= cache.capacity)
    )
      return;
    const used = [...new Set(left.map(({ row }) => row.prompt))];
    const next = tidy(() => ({
      cache: KvCache.gather(
        left.map(({ index }) => ({ cache, index })),
        longest + steps + SPARE,
      ),
      prompts: used.length === prefix.cache.rows ? prefix.cache : this.#gatherPrompts(wave.prompts, used),
    }));
    const of =
      next.prompts === prefix.cache
        ? left.map(({ index }) => prefix.of[index]!)
        : left.map(({ row }) => used.indexOf(row.prompt));
    cache.dispose();
    if (next.prompts !== prefix.cache && prefix.cache !== wave.prompts) prefix.cache.dispose();
    wave.batch = {
      cache: next.cache,
      prefix: { cache: next.prompts, of },
      rows: left.map(({ row }) => row),
    };
  }

  #gatherPrompts(prompts: KvCache, used: readonly number[]): KvCache {
    const longest = Math.max(1, ...used.map((index) => prompts.lengths[index]!));
    return KvCache.gather(
      used.map((index) => ({ cache: prompts, index })),
      longest,
    );
  }

  /** Feeds one token to every row that is taking a turn, and draws where nothing is left to be read. */
  #step(batch: Batch, options: SamplingOptions): TurnResult[] {
    const tokens = batch.rows.map((row) => (row.turn === undefined ? undefined : row.waiting.shift()!));
    const rows = this.#feed(batch, tokens, options.temperature);
    return batch.rows.flatMap((row, index) => {
      if (tokens[index] === undefined || row.waiting.length > 0) return [];
      this.#draw(row, rows[index]!, options);
      const { ids, logprobs, masks, finished } = row.turn!;
      if (!finished && ids.length < options.maxTokens) return [];
      row.turn = undefined;
      return [{ row: row.row, ids, logprobs, masks, finished }];
    });
  }

  #draw(row: Row, { logits, likelihoods }: Fed, options: SamplingOptions): void {
    const turn = row.turn!;
    const mask = turn.constraint?.mask();
    const { id, logprob } = drawToken(logits, mask, options, turn.rng, likelihoods);
    row.waiting.push(id);
    turn.ids.push(id);
    turn.logprobs.push(logprob);
    turn.masks.push(mask);
    turn.constraint?.push(id);
    turn.finished = turn.constraint === undefined ? id === this.#stop : turn.constraint.finished;
  }

  /** Appends a token to rows (none to some) and returns what each row's next may be. */
  #feed({ cache, prefix }: Batch, tokens: readonly (number | undefined)[], temperature: number): Fed[] {
    const counts = tokens.map((id) => (id === undefined ? 0 : 1));
    const ids = BigInt64Array.from(tokens, (id) => BigInt(id ?? this.#pad));
    const { logits, likelihoods, width } = tidy(() =>
      noGrad(() => {
        const attention = cache.attention(this.#rope, counts, 1, prefix);
        const hidden = this.#model.hidden(tensor(ids, { shape: [cache.rows, 1] }), attention);
        const logits = this.#model.logits(hidden.squeeze(1)).float();
        // The engine's exponentials are vectorised; JavaScript's took a third of a step at a vocabulary of 8,192.
        const likelihoods =
          temperature === 0
            ? undefined
            : logits
                .sub(logits.amax(1, true))
                .mul_(1 / temperature)
                .exp()
                .toFloat32Array();
        return { logits: logits.toFloat32Array(), likelihoods, width: logits.size(1) };
      }),
    );
    cache.advance(counts);
    return counts.map((_, row) => {
      const own = (all: Float32Array): Float32Array => all.subarray(row * width, (row + 1) * width);
      return { logits: own(logits), likelihoods: likelihoods && own(likelihoods) };
    });
  }
}
