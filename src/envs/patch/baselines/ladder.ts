/** Lets the agents play scenarios, and reads off how difficult those are. */
import type { Scenario } from "../../../core/scenario.ts";
import type { BaselineScore, Difficulty, Measured } from "../../../data/difficulty.ts";
import { PATCH_REWARD_MAX } from "../../../rewards/patch.ts";
import { contentHash } from "../../../util/hash.ts";
import { makeRng } from "../../../util/rng.ts";
import { createPatchEnvironment } from "../environment.ts";
import type { PatchVerifier } from "../ports.ts";
import { scenarioList } from "../source.ts";
import { sourceLines, type BaselineAgent, type BaselineId } from "./agent.ts";
import { grepAgent } from "./grep.ts";
import { oracleAgent } from "./oracle.ts";
import { patternAgent } from "./pattern.ts";
import { randomAgent } from "./random.ts";

/** From the weakest. */
export const BASELINES: readonly BaselineAgent[] = [randomAgent, grepAgent, patternAgent, oracleAgent];

interface Outcome {
  readonly reward: number | null;
  readonly identified: boolean;
  readonly blocked: boolean;
}

/** One episode. The same seed plays the same actions. */
async function playEpisode(
  verifier: PatchVerifier,
  scenario: Scenario,
  agent: BaselineAgent,
  seed: number,
): Promise<Outcome> {
  const env = createPatchEnvironment({ source: scenarioList([scenario]), verifier });
  try {
    let { observation, done } = await env.reset({ seed });
    const rng = makeRng(`${agent.id}/${scenario.id}/${seed}`);
    const play = agent.play({ lines: sourceLines(observation.source_code), rng, scenario });
    for (let next = play.next(); !next.done && !done; next = play.next(observation))
      ({ observation, done } = await env.step(next.value));
    const { total_reward: reward, identified, blocked } = env.state();
    return { reward, identified, blocked };
  } finally {
    await env.close();
  }
}

function scoreOf(outcomes: readonly Outcome[]): BaselineScore {
  const judged = outcomes.filter((one) => one.reward !== null);
  const mean = (of: (one: Outcome) => number): number =>
    judged.length === 0
      ? 0
      : Number((judged.reduce((sum, one) => sum + of(one), 0) / judged.length).toFixed(3));
  return {
    episodes: outcomes.length,
    reward: judged.length === 0 ? null : mean((one) => one.reward!),
    identified: mean((one) => Number(one.identified)),
    blocked: mean((one) => Number(one.blocked)),
    no_signal: outcomes.length - judged.length,
  };
}

export type Scores = Readonly<Record<BaselineId, BaselineScore>>;

/**
 * Easy: a checklist of rewrites blocks the attacks. Medium: a search names the weakness, but only understanding fixes
 * it. Hard: neither. Over several scenarios, at least half of them count. Null when the oracle did not win everything,
 * or an agent was without a signal: then nothing has been measured.
 */
export function difficultyOf({ grep, pattern, oracle }: Scores): Difficulty | null {
  if ([grep, pattern, oracle].some((score) => score.no_signal > 0)) return null;
  if (oracle.reward !== PATCH_REWARD_MAX || oracle.blocked < 1) return null;
  if (pattern.blocked >= 0.5) return "easy";
  return grep.identified >= 0.5 ? "medium" : "hard";
}

export interface MeasureOptions {
  /** Of the agents that draw at random, per scenario. */
  readonly episodes: number;
  /** Told after each episode. */
  readonly onEpisode?: () => void;
}

/** Episodes that measuring `count` scenarios takes. */
export const episodesOf = (count: number, { episodes }: MeasureOptions): number =>
  count * BASELINES.reduce((sum, { random }) => sum + (random ? episodes : 1), 0);

/** The scenarios count as one: those of a family, or a single one. */
export async function measureDifficulty(
  verifier: PatchVerifier,
  scenarios: readonly Scenario[],
  { episodes, onEpisode }: MeasureOptions,
): Promise<Measured> {
  const scores = {} as Record<BaselineId, BaselineScore>;
  for (const agent of BASELINES) {
    const outcomes: Outcome[] = [];
    for (const scenario of scenarios)
      for (let seed = 0; seed < (agent.random ? episodes : 1); seed++) {
        outcomes.push(await playEpisode(verifier, scenario, agent, seed));
        onEpisode?.();
      }
    scores[agent.id] = scoreOf(outcomes);
  }
  return { content: contentHash(scenarios[0]), difficulty: difficultyOf(scores), scores };
}
