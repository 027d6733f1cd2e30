/** An assessment as the work of an A2A agent: every scenario played once by the participant, results as an artifact. */
import { InfraError } from "../../core/errors.ts";
import type { Scenario } from "../../core/scenario.ts";
import type { EpisodePool, PatchVerifier } from "../../envs/patch/index.ts";
import { mapLimit } from "../../util/concurrency.ts";
import type { SkillFacts } from "../agent/card.ts";
import { dataPart, textPart } from "../agent/events.ts";
import type { Work } from "../agent/executor.ts";
import { playEpisode } from "./episode.ts";
import { openParticipant, UnreachableError } from "./participant.ts";
import { describeReport, greenReport } from "./report.ts";
import { parseGreenRequest, ROLE, shardOf, type GreenConfig } from "./request.ts";

export interface GreenOptions {
  readonly verifier: PatchVerifier;
  readonly pool: EpisodePool | undefined;
  readonly version: string;
  /** In a fixed order, at most `count`. Throws InputError for an id that is not known. */
  readonly scenarios: (config: GreenConfig) => Promise<readonly Scenario[]>;
}

/** Clients that stream give up on a line that is silent for some minutes. */
const KEEP_ALIVE_MS = 30_000;

export const GREEN_SKILLS: readonly SkillFacts[] = [
  {
    id: "assess",
    name: "Assess an agent",
    description:
      "Lets an A2A agent play the patch environment: find the weakness of a running web application, name it and fix it. Scores what happened when the patched application was used and attacked.",
    tags: ["security", "assessment", "green-agent", "patch"],
    examples: [`{"participants": {"${ROLE}": "http://127.0.0.1:9009"}, "config": {"count": 20}}`],
  },
];

export function greenWork({ verifier, pool, version, scenarios }: GreenOptions): Work {
  return async ({ parts }, run) => {
    const text = parts
      .map(({ content }) =>
        content?.$case === "text"
          ? content.value
          : content?.$case === "data"
            ? JSON.stringify(content.value)
            : "",
      )
      .join("\n");
    const { participants, config } = parseGreenRequest(text);
    const chosen = shardOf(await scenarios(config), config);
    run.say(`${chosen.length} scenarios, shard ${config.shard_index + 1} of ${config.num_shards}`);
    const beat = setInterval(() => run.say("still playing"), KEEP_ALIVE_MS);
    try {
      const participant = await openParticipant(participants[ROLE], config.timeout_s * 1000, run.signal);
      let done = 0;
      const results = await mapLimit(chosen, config.parallel, async (scenario, index) => {
        const { seed, max_steps: maxSteps } = config;
        const options = { verifier, pool, maxSteps, seed: seed + index, signal: run.signal, say: run.say };
        const result = await playEpisode(participant, scenario, options);
        run.say(`${++done} of ${chosen.length}: ${scenario.id} ended with ${result.ended}`);
        return result;
      });
      const report = greenReport(config, version, results);
      const said = describeReport(report);
      run.artifact({ name: "results", parts: [textPart(said), dataPart(report)] });
      // A run without a signal is not a score of 0.
      const state = report.n === 0 && results.length > 0 ? "failed" : "completed";
      return { state, text: said.split("\n", 1)[0]! };
    } catch (error) {
      if (error instanceof UnreachableError)
        throw new InfraError("provider", error.message, { cause: error });
      throw error;
    } finally {
      clearInterval(beat);
    }
  };
}
