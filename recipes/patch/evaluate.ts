/** Evaluation of a patch policy on held-out applications. */
import type { Scenario } from "../../src/core/scenario.ts";
import type { TurnSampler } from "../../src/core/sampling.ts";
import type { Trace } from "../../src/core/trace.ts";
import { summarise, type EvalSummary } from "../../src/eval/summarise.ts";
import { PATCH_LABELS, type Dialect } from "../../src/envs/patch/dialect/index.ts";
import type { Episode } from "../../src/rollout/episode.ts";
import { runWaves } from "../../src/rollout/waves.ts";
import type { Arena } from "./arena.ts";

export interface EvaluateOptions {
  readonly arena: Arena;
  readonly sampler: TurnSampler;
  readonly dialect: Dialect;
  /** Folder from which the engine's worker loads the dialect. */
  readonly checkpoint: string;
  readonly maxTurns: number;
  readonly temperature: number;
  readonly maxTokens: number;
  readonly seed: number;
}

const ROWS_PER_WAVE = 210;

export interface Evaluation {
  readonly summary: EvalSummary;
  readonly traces: readonly Trace[];
}

/** One episode for each scenario. A scenario that the language cannot express counts as an episode with reward 0. */
export async function evaluate(
  options: EvaluateOptions,
  scenarios: readonly Scenario[],
): Promise<Evaluation> {
  const { arena, sampler, dialect, checkpoint, maxTurns, maxTokens, temperature, seed } = options;
  const episodes: Episode[] = [];
  const traces: Trace[] = [];
  for (const scenario of scenarios) {
    const episode = await arena.episode(scenario, dialect, checkpoint, maxTurns);
    if (episode === undefined) traces.push(emptyTrace(scenario.id));
    else episodes.push(episode);
  }
  const sampling = { temperature, topP: 1, maxTokens };
  const rolled = await runWaves(
    sampler,
    episodes.map((episode) => [episode]),
    { groupsPerWave: ROWS_PER_WAVE, maxTurns, sampling, seed },
  );
  traces.push(...rolled.flat());
  return { summary: summarise(traces, PATCH_LABELS, seed), traces };
}

function emptyTrace(task: string): Trace {
  return {
    task,
    sample: 0,
    spans: [],
    turns: [],
    reward: { value: 0, components: {} },
    labels: {},
    truncated: true,
  };
}
