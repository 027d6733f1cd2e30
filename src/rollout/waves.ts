/**
 * Runs groups of episodes in waves: while the actions of some rows are being executed, the other rows go on generating.
 * The schedule depends on results only, never on timing, so that a seed gives the same rollouts bit for bit.
 */
import type { SamplingOptions, TurnResult, TurnRow, TurnSampler } from "../core/sampling.ts";
import type { TokenSpan, Trace, TurnRecord } from "../core/trace.ts";
import { hash32 } from "../util/rng.ts";
import type { Episode, EpisodeStep } from "./episode.ts";

/** Tokens between two moments at which rows may join: an action has at least that long before anything waits for it. */
const STEPS = 8;

export interface WaveOptions {
  /** Groups that are generated together; the next wave begins when all of them are done. */
  readonly groupsPerWave: number;
  readonly maxTurns: number;
  readonly sampling: SamplingOptions;
  readonly seed: number;
}

interface Row {
  readonly episode: Episode;
  readonly sample: number;
  readonly spans: TokenSpan[];
  readonly turns: TurnRecord[];
  append: readonly number[];
  pending: Promise<EpisodeStep> | undefined;
  done: boolean;
}

/**
 * `groups[g]` are the G episodes of one task; they share a prompt. Returns traces in the same shape.
 * Closes every episode. A rejection of `act` ends the whole call after all episodes were closed.
 */
export async function runWaves(
  sampler: TurnSampler,
  groups: readonly (readonly Episode[])[],
  options: WaveOptions,
): Promise<Trace[][]> {
  const copies = groups[0]?.length ?? 0;
  if (groups.some((group) => group.length !== copies))
    throw new RangeError("all groups must have the same size");
  const rows = groups.map((group) => group.map((episode, sample) => startRow(episode, sample)));
  try {
    for (let g = 0; g < groups.length; g += options.groupsPerWave)
      await runWave(sampler, rows.slice(g, g + options.groupsPerWave).flat(), copies, options);
  } finally {
    await Promise.allSettled(rows.flat().map((row) => row.pending));
    await Promise.all(rows.flat().map((row) => row.episode.close()));
  }
  return rows.map((group) => group.map(toTrace));
}

async function runWave(
  sampler: TurnSampler,
  rows: readonly Row[],
  copies: number,
  options: WaveOptions,
): Promise<void> {
  try {
    const prompts = rows.filter((_, i) => i % copies === 0).map((row) => row.episode.prompt);
    await sampler.begin(0, prompts, copies);
    let start = [...rows.keys()];
    let drop: number[] = [];
    let acting: number[] = [];
    let drawing = 0;
    for (;;) {
      const change = { start: start.map((index) => toRequest(rows[index]!, index, options)), drop };
      const results = await sampler.advance(0, change, options.sampling, STEPS);
      drawing += start.length - results.length;
      // What was acting before this call has had the time of a call; what has just ended gets the next call's.
      await Promise.all(acting.map((index) => settle(rows[index]!)));
      const goesOn = (index: number): boolean =>
        !rows[index]!.done && rows[index]!.turns.length < options.maxTurns;
      start = acting.filter(goesOn);
      drop = acting.filter((index) => !goesOn(index));
      acting = results.map((result) => {
        act(rows[result.row]!, result);
        return result.row;
      });
      if (drawing + start.length + acting.length === 0) return;
    }
  } finally {
    await sampler.end(0);
  }
}

function startRow(episode: Episode, sample: number): Row {
  return {
    episode,
    sample,
    spans: [{ author: "prompt", ids: episode.prompt }],
    turns: [],
    append: [],
    pending: undefined,
    done: false,
  };
}

function toRequest(row: Row, index: number, options: WaveOptions): TurnRow {
  return {
    row: index,
    append: row.append,
    constraint: row.episode.constraint(),
    seed: hash32(`${options.seed}/${row.episode.task}/${row.sample}/${row.turns.length}`),
  };
}

function act(row: Row, { ids, logprobs, masks, finished }: TurnResult): void {
  row.spans.push({ author: "policy", ids, logprobs, masks });
  row.pending = row.episode.act(ids, finished);
  // A rejection is read by settle; until then it must not count as unhandled.
  row.pending.catch(() => {});
}

async function settle(row: Row): Promise<void> {
  const step = await row.pending!;
  row.pending = undefined;
  row.turns.push(step.record);
  row.done = step.done;
  row.append = step.append;
  if (!step.done) row.spans.push({ author: "environment", ids: step.append });
}

function toTrace(row: Row): Trace {
  return {
    task: row.episode.task,
    sample: row.sample,
    spans: row.spans,
    turns: row.turns,
    reward: row.episode.reward(),
    labels: row.episode.labels(),
    truncated: !row.done,
  };
}
