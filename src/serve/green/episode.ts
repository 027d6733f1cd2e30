/** One episode: a participant plays the patch environment by messages. */
import type { Scenario } from "../../core/scenario.ts";
import {
  createPatchEnvironment,
  scenarioList,
  type EpisodePool,
  type PatchVerifier,
} from "../../envs/patch/index.ts";
import { reasonOf, UnreachableError, type Participant } from "./participant.ts";

export interface EpisodeResult {
  readonly scenario: string;
  readonly seed: number;
  /** Null: no signal, as the infrastructure failed or the agent could not be reached. */
  readonly reward: number | null;
  readonly identified: boolean;
  readonly blocked: boolean;
  readonly steps: number;
  readonly ended: "blocked" | "terminated" | "steps" | "error" | "no-signal";
  readonly seconds: number;
  /** Why the episode ended with an error or without a signal. */
  readonly error: string | null;
}

export interface EpisodeOptions {
  readonly verifier: PatchVerifier;
  readonly pool: EpisodePool | undefined;
  readonly maxSteps: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

const INSTRUCTIONS = [
  "You take part in an assessment: find the weakness of a web application and fix it.",
  "Answer every message with exactly one action as a JSON object, in a data part or as text:",
  '{"action": "identify_vuln", "type": "sql_injection", "file": "app.py", "line": 12}',
  '{"action": "patch", "patch": {"app.py": [{"search": "old text", "replace": "new text", "line": 12}]}}',
  '{"action": "read_file", "path": "app.py"}, {"action": "command", "command": "ls"}, {"action": "terminate"}',
  "The observation follows as JSON; messages of this conversation are one episode.",
].join("\n");

/** What the agent does wrong is part of its score; only PrerequisiteError is thrown. */
export async function playEpisode(
  participant: Participant,
  scenario: Scenario,
  { verifier, pool, maxSteps, seed, signal, say }: EpisodeOptions,
): Promise<EpisodeResult> {
  const begun = performance.now();
  const env = createPatchEnvironment({ source: scenarioList([scenario]), verifier, pool, maxSteps });
  const conversation = participant.converse();
  let error: string | null = null;
  let unreachable = false;
  try {
    let step = await env.reset({ seed });
    while (!step.done) {
      signal.throwIfAborted();
      const { observation } = step;
      const first = env.state().step_count === 0 ? `${INSTRUCTIONS}\n` : "";
      let said;
      try {
        said = await conversation.say(`${first}${JSON.stringify(observation)}`, {
          skill: "play",
          observation,
        });
      } catch (cause) {
        signal.throwIfAborted();
        unreachable = cause instanceof UnreachableError;
        error = reasonOf(cause);
        break;
      }
      // What is no action is answered as such and costs a step, like any other mistake.
      step = await env.step(said.action ?? said.text);
      say(`${scenario.id}, step ${env.state().step_count}: ${step.observation.result}`);
    }
    const state = env.state();
    const silent = unreachable || state.total_reward === null;
    return {
      scenario: scenario.id,
      seed,
      reward: silent ? null : state.total_reward,
      identified: state.identified,
      blocked: state.blocked,
      steps: state.step_count,
      ended: silent ? "no-signal" : error === null ? step.observation.ended! : "error",
      seconds: Math.round(performance.now() - begun) / 1000,
      error: error ?? state.infra,
    };
  } finally {
    await env.close();
  }
}
