/**
 * Runs groups of episodes in waves: while one wave's actions are being executed, another wave is generating.
 * The schedule depends on results only, never on timing, so that a seed gives the same rollouts bit for bit.
 */
import type { SamplingOptions, TurnSampler } from "../core/sampling.ts";
import type { TokenSpan, Trace, TurnRecord } from "../core/trace.ts";
import { hash32 } from "../util/rng.ts";
import type { Episode, EpisodeStep } from "./episode.ts";

export interface WaveOptions {
  /** Groups per wave. */
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

interface Wave {
  readonly id: number;
  readonly rows: Row[];
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
  const waves: Wave[] = [];
  for (let g = 0; g < groups.length; g += options.groupsPerWave) {
    waves.push({ id: waves.length, rows: rows.slice(g, g + options.groupsPerWave).flat() });
  }
  try {
    for (const wave of waves) {
      const prompts = wave.rows.filter((_, i) => i % copies === 0).map((row) => row.episode.prompt);
      await sampler.begin(wave.id, prompts, copies);
    }
    for (let turn = 0; turn < options.maxTurns; turn++) {
      for (const wave of waves) {
        await settle(wave);
        await takeTurn(sampler, wave, turn, options);
      }
    }
    for (const wave of waves) await settle(wave);
  } finally {
    await Promise.allSettled(rows.flat().map((row) => row.pending));
    await Promise.all(rows.flat().map((row) => row.episode.close()));
    for (const wave of waves) await sampler.end(wave.id);
  }
  return rows.map((group) => group.map(toTrace));
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

async function settle(wave: Wave): Promise<void> {
  for (const row of wave.rows) {
    if (row.pending === undefined) continue;
    const step = await row.pending;
    row.pending = undefined;
    row.turns.push(step.record);
    row.done = step.done;
    row.append = step.append;
    if (!step.done) row.spans.push({ author: "environment", ids: step.append });
  }
}

async function takeTurn(sampler: TurnSampler, wave: Wave, turn: number, options: WaveOptions): Promise<void> {
  const active = wave.rows.map((row, index) => ({ row, index })).filter(({ row }) => !row.done);
  if (active.length === 0) return;
  const requests = active.map(({ row, index }) => ({
    row: index,
    append: row.append,
    constraint: row.episode.constraint(),
    seed: hash32(`${options.seed}/${row.episode.task}/${row.sample}/${turn}`),
  }));
  const results = await sampler.turn(wave.id, requests, options.sampling);
  for (const result of results) {
    const row = wave.rows[result.row]!;
    row.spans.push({ author: "policy", ids: result.ids, logprobs: result.logprobs, masks: result.masks });
    row.pending = row.episode.act(result.ids, result.finished);
    // A rejection is read by settle; until then it must not count as unhandled.
    row.pending.catch(() => {});
  }
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
