/** Continuous batching: requests join the batch and leave it between steps, each with its own settings. */
import type { TokenConstraint } from "../constraint.ts";
import type { Decoder } from "../decoder.ts";
import { KvCache, type CacheRow } from "../kv-cache.ts";
import { prefill, prefillMore } from "../prefill.ts";
import type { Rope } from "../rope.ts";
import { drawToken, mostLikely } from "../sample-token.ts";
import { makeRng, type Rng } from "../../util/rng.ts";
import { adjustLogits, logprobsOf, type Counts } from "./adjust.ts";
import { createLane, type Lane } from "./lane.ts";
import type { DrawnToken, FinishReason, TokenOptions } from "./request.ts";

/** One prompt and its answers. Prompt and new tokens must fit the model's positions; the caller sees to that. */
export interface ScheduledRequest {
  readonly id: number;
  /** At least one token. */
  readonly prompt: readonly number[];
  /** One answer for each; the prompt is computed once for all of them. */
  readonly seeds: readonly number[];
  readonly options: TokenOptions;
  /** Undefined: the base model. */
  readonly adapter?: string | undefined;
  /** Called once for each answer. */
  readonly constraint?: (() => TokenConstraint) | undefined;
}

export interface SchedulerOptions {
  /** Tokens that end an answer. */
  readonly end: ReadonlySet<number>;
  readonly pad: number;
  /** Switches the model to an adapter before its rows are computed. Default: there are none. */
  readonly useAdapter?: (name: string | undefined) => void;
  /** Answers that are computed at once; default 32. */
  readonly maxRows?: number;
  /** Positions that the caches of all answers under way may come to; default 65,536. One request always may run. */
  readonly maxPositions?: number;
}

export interface Scheduler {
  add(request: ScheduledRequest): void;
  /** Ends a request, or one answer of it, wherever it is. */
  cancel(request: number, answer?: number): void;
  /** One token for every answer under way, after those have joined that there is room for. */
  step(): DrawnToken[];
  /** Answers being computed, and requests that wait to be. */
  readonly running: number;
  readonly waiting: number;
  /** Whether any request, waiting or running, is with this adapter. */
  uses(adapter: string | undefined): boolean;
  /** Drops everything; new requests may be added. */
  dispose(): void;
}

interface Row {
  readonly request: ScheduledRequest;
  readonly answer: number;
  readonly rng: Rng;
  readonly constraint: TokenConstraint | undefined;
  readonly counts: Counts;
  drawn: number;
  next: number;
}

/** A prompt too long for one step. */
interface Reading {
  readonly request: ScheduledRequest;
  readonly cache: KvCache;
  read: number;
}

export const MAX_ROWS = 32;
export const MAX_POSITIONS = 65_536;
/** Tokens of prompts that are read in one step: longer ones take several, so that other answers go on between. */
const READ_PER_STEP = 512;

export function createScheduler(model: Decoder, rope: Rope, options: SchedulerOptions): Scheduler {
  const { end, pad, useAdapter = () => {}, maxRows = MAX_ROWS, maxPositions = MAX_POSITIONS } = options;
  const { layers, kvHeads } = model.config;
  const shape = { layers, kvHeads, headDim: model.headDim, dtype: model.dtype };
  let queue: ScheduledRequest[] = [];
  /** Whose prompts are being read over several steps. */
  let reading: Reading | undefined;
  const lanes = new Map<string | undefined, Lane<Row>>();
  /** Answers that were cancelled before they had a row. */
  const dropped = new Map<number, Set<number>>();

  const running = (): number => [...lanes.values()].reduce((sum, lane) => sum + lane.rows.length, 0);
  const rowsOf = (request: ScheduledRequest): number =>
    request.seeds.length - (dropped.get(request.id)?.size ?? 0);

  /** Positions in caches when every answer under way has grown as long as it may, and `extra` have joined. */
  const positionsWith = (extra: readonly ScheduledRequest[]): number => {
    const keys = new Set([...lanes.keys(), ...extra.map(({ adapter }) => adapter)]);
    return [...keys].reduce((sum, key) => {
      const lane = lanes.get(key)?.rows ?? [];
      const joining = extra.filter(({ adapter }) => adapter === key);
      const rows = lane.length + joining.reduce((n, request) => n + rowsOf(request), 0);
      const longest = Math.max(
        0,
        ...lane.map(({ request }) => finalLength(request)),
        ...joining.map(finalLength),
      );
      return sum + rows * longest;
    }, 0);
  };
  const fits = (joining: readonly ScheduledRequest[]): boolean => {
    const under = reading === undefined ? joining : [reading.request, ...joining];
    const rows = running() + under.reduce((sum, request) => sum + rowsOf(request), 0);
    if (running() === 0 && under.length === 1) return true;
    return rows <= maxRows && positionsWith(under) <= maxPositions;
  };

  /** Takes from the queue, in order, what there is room for and what can be read in one step. */
  const admit = (): ScheduledRequest[] => {
    const out: ScheduledRequest[] = [];
    let read = 0;
    while (queue.length > 0) {
      const request = queue[0]!;
      const length = request.prompt.length - 1;
      if (!fits([...out, request])) break;
      if (length > READ_PER_STEP) {
        if (reading !== undefined) break;
        reading = { request, cache: KvCache.empty(shape, 1, length), read: 0 };
      } else {
        if (read + length > READ_PER_STEP && out.length > 0) break;
        read += length;
        out.push(request);
      }
      queue.shift();
    }
    return out;
  };

  const laneOf = (adapter: string | undefined): Lane<Row> => {
    const lane = lanes.get(adapter) ?? createLane<Row>(model, rope, shape, pad);
    lanes.set(adapter, lane);
    return lane;
  };

  const rowsFrom = (request: ScheduledRequest, source: CacheRow): { row: Row; source: CacheRow }[] =>
    request.seeds.flatMap((seed, answer) => {
      if (dropped.get(request.id)?.has(answer)) return [];
      const row: Row = {
        request,
        answer,
        rng: makeRng(seed),
        constraint: request.constraint?.(),
        counts: new Map(),
        drawn: 0,
        next: request.prompt.at(-1)!,
      };
      return [{ row, source }];
    });

  /** Prompts of one adapter, all but their last tokens, read at once; their answers join. */
  const start = (adapter: string | undefined, requests: readonly ScheduledRequest[]): void => {
    const heads = requests.map(({ prompt }) => prompt.slice(0, -1));
    const cache = KvCache.empty(shape, requests.length, Math.max(1, ...heads.map(({ length }) => length)));
    try {
      prefill(model, rope, cache, heads, pad);
      laneOf(adapter).join(requests.flatMap((request, index) => rowsFrom(request, { cache, index })));
    } finally {
      cache.dispose();
    }
    for (const { id } of requests) dropped.delete(id);
  };

  const readOn = (): void => {
    const { request, cache, read } = reading!;
    const length = request.prompt.length - 1;
    useAdapter(request.adapter);
    prefillMore(model, rope, cache, request.prompt.slice(read, Math.min(length, read + READ_PER_STEP)));
    reading!.read = Math.min(length, read + READ_PER_STEP);
    if (reading!.read < length) return;
    laneOf(request.adapter).join(rowsFrom(request, { cache, index: 0 }));
    stopReading();
  };
  const stopReading = (): void => {
    reading?.cache.dispose();
    if (reading !== undefined) dropped.delete(reading.request.id);
    reading = undefined;
  };

  /** Draws the row's next token; what went wrong with it ends this answer and no other. */
  const draw = (row: Row, logits: Float32Array): DrawnToken => {
    const { request, answer, constraint } = row;
    const { temperature, topP, topK, minP, logprobs, maxTokens, ignoreEnd } = request.options;
    try {
      const adjusted = adjustLogits(logits, request.options, request.prompt, row.counts);
      const mask = constraint?.mask();
      const id =
        temperature === 0
          ? mostLikely(adjusted, mask)
          : drawToken(adjusted, mask, { temperature, topP, topK, minP }, row.rng).id;
      row.next = id;
      row.drawn++;
      row.counts.set(id, (row.counts.get(id) ?? 0) + 1);
      const ends = end.has(id) && ignoreEnd !== true;
      if (!ends) constraint?.push(id);
      const over = ends || constraint?.finished === true;
      const finish: FinishReason | undefined = over ? "stop" : row.drawn >= maxTokens ? "length" : undefined;
      return {
        request: request.id,
        answer,
        id,
        ...(logprobs === undefined ? {} : { logprob: logprobsOf(logits, id, logprobs) }),
        ...(finish === undefined ? {} : { finish }),
      };
    } catch (error) {
      return { request: request.id, answer, id: pad, finish: "error", problem: (error as Error).message };
    }
  };

  return {
    add(request) {
      queue.push(request);
    },

    cancel(id, answer) {
      const mine = (row: Row): boolean =>
        row.request.id === id && (answer === undefined || row.answer === answer);
      for (const lane of lanes.values()) for (const row of lane.rows.filter(mine)) lane.leave(row);
      const pending = reading?.request.id === id ? reading.request : queue.find((one) => one.id === id);
      if (pending === undefined) return;
      const gone = dropped.get(id) ?? new Set();
      dropped.set(id, gone);
      pending.seeds.forEach((_, index) => {
        if (answer === undefined || index === answer) gone.add(index);
      });
      if (gone.size < pending.seeds.length) return;
      dropped.delete(id);
      if (reading?.request.id === id) stopReading();
      queue = queue.filter((one) => one.id !== id);
    },

    step() {
      const admitted = admit();
      for (const adapter of new Set(admitted.map((request) => request.adapter))) {
        useAdapter(adapter);
        start(
          adapter,
          admitted.filter((request) => request.adapter === adapter),
        );
      }
      if (reading !== undefined) readOn();
      const out: DrawnToken[] = [];
      for (const [adapter, lane] of lanes) {
        useAdapter(adapter);
        lane.step((row, logits) => {
          const token = draw(row, logits);
          if (token.finish !== undefined) lane.leave(row);
          out.push(token);
        });
        if (lane.rows.length > 0) continue;
        lane.dispose();
        lanes.delete(adapter);
      }
      return out;
    },

    get running() {
      return running();
    },
    get waiting() {
      return queue.length + (reading === undefined ? 0 : 1);
    },
    uses(adapter) {
      const requests = [...queue, ...(reading === undefined ? [] : [reading.request])];
      return lanes.has(adapter) || requests.some((request) => request.adapter === adapter);
    },
    dispose() {
      stopReading();
      for (const lane of lanes.values()) lane.dispose();
      lanes.clear();
      queue = [];
      dropped.clear();
    },
  };
}

const finalLength = ({ prompt, options }: ScheduledRequest): number => prompt.length + options.maxTokens;
