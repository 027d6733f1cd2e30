/** What `reset` may be told, and which scenario that means. */
import { randomInt } from "node:crypto";
import { z } from "zod";
import { InputError } from "../../core/errors.ts";
import type { ResetOptions } from "../../core/environment.ts";
import type { Scenario } from "../../core/scenario.ts";
import type { ScenarioSource } from "./source.ts";

// Python clients spell "not given" as null. Unknown keys are ignored, as every OpenEnv server does.
const ResetSchema = z.object({
  seed: z.int().nonnegative().nullish(),
  episode_id: z.string().min(1).max(255).nullish(),
  scenario_id: z.string().nullish(),
  index: z.int().nonnegative().nullish(),
  hints: z.boolean().nullish(),
});

export interface EpisodeChoice {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly episodeId: string | undefined;
  readonly hints: boolean;
}

/** By `scenario_id`, else by `index`, else by `seed` modulo the size. Throws InputError that names the key. */
export function chooseEpisode(source: ScenarioSource, options: ResetOptions): EpisodeChoice {
  const parsed = ResetSchema.safeParse(options);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new InputError(`reset: ${issue.path.join(".") || "options"}: ${issue.message}`);
  }
  const { scenario_id: id, index, episode_id, hints } = parsed.data;
  // Without a seed one is drawn and shown in the state, so that the episode can be repeated.
  const seed = parsed.data.seed ?? randomInt(2 ** 31);
  return {
    scenario: pick(source, id ?? undefined, index ?? undefined, seed),
    seed,
    episodeId: episode_id ?? undefined,
    hints: hints ?? false,
  };
}

function pick(
  source: ScenarioSource,
  id: string | undefined,
  index: number | undefined,
  seed: number,
): Scenario {
  if (id !== undefined) {
    const scenario = source.byId(id);
    if (scenario === undefined)
      throw new InputError(`reset: scenario_id: no scenario ${JSON.stringify(id.slice(0, 80))}`);
    return scenario;
  }
  if (index !== undefined && index >= source.size)
    throw new InputError(`reset: index: ${index} is not below ${source.size}`);
  return source.get(index ?? seed % source.size);
}
