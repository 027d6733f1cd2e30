/** The patch environment: find the weakness of a web application and fix it, within a number of steps. */
import { randomUUID } from "node:crypto";
import type { Environment, ResetOptions, StepResult } from "../../core/environment.ts";
import { InputError } from "../../core/errors.ts";
import type { Reward } from "../../core/reward.ts";
import type { Verdict } from "../../core/verdict.ts";
import {
  PATCH_REWARD_START,
  scorePatchEvent,
  totalPatchReward,
  type PatchRewardState,
} from "../../rewards/patch.ts";
import { PatchActionSchema, type PatchAction } from "./action.ts";
import { Episode, refused, type Effect } from "./episode.ts";
import type { PatchObservation, PatchState } from "./observation.ts";
import { COMMAND_URL, type EpisodePool, type PatchVerifier } from "./ports.ts";
import { evidenceOf, fileList, hintsFor, numberedSources, taskText } from "./report.ts";
import { chooseEpisode } from "./reset.ts";
import type { ScenarioSource } from "./source.ts";
import { changedFiles } from "./working-copy.ts";

export const MAX_STEPS = 15;

export interface PatchEnvironmentOptions {
  readonly source: ScenarioSource;
  readonly verifier: PatchVerifier;
  /** Needed for the action `command` only. */
  readonly pool?: EpisodePool | undefined;
  /** Default 15. */
  readonly maxSteps?: number;
  /** The state tells all evidence of the last verdict, hidden checks and variants included: to play by hand only. */
  readonly showEvidence?: boolean;
}

/** The extra fields are for training in process; a server sends observation, reward and done only. */
export interface PatchStepResult extends StepResult<PatchObservation> {
  readonly components: Reward["components"];
  /** With all evidence, hidden checks included: never to be shown to a policy. */
  readonly verdict: Verdict | undefined;
}

export interface PatchEnvironment extends Environment<unknown, PatchObservation, PatchState> {
  /** No I/O. Throws InputError for options it cannot use. */
  reset(options?: ResetOptions): Promise<PatchStepResult>;
  /**
   * Takes anything; what is no action is answered as `rejected` and uses up a step. Before reset it resets first.
   * A failed infrastructure is a null reward, not an exception. Throws PrerequisiteError without isolation.
   */
  step(action: PatchAction | unknown): Promise<PatchStepResult>;
  /** Of the episode so far. */
  reward(): Reward;
}

/** Cheap: allocates nothing but the object, so that thousands can exist at once. */
export function createPatchEnvironment(options: PatchEnvironmentOptions): PatchEnvironment {
  return new PatchEnvironmentImpl(options);
}

interface Running {
  readonly episode: Episode;
  readonly episodeId: string;
  readonly seed: number;
  readonly task: string;
  readonly hints: readonly string[];
  steps: number;
  score: PatchRewardState;
  infra: string | null;
  ended: PatchObservation["ended"];
  verdict: Verdict | undefined;
}

class PatchEnvironmentImpl implements PatchEnvironment {
  readonly #options: PatchEnvironmentOptions;
  readonly #maxSteps: number;
  #now: Running | undefined;
  #busy = false;

  constructor(options: PatchEnvironmentOptions) {
    this.#options = options;
    this.#maxSteps = options.maxSteps ?? MAX_STEPS;
  }

  reset(options: ResetOptions = {}): Promise<PatchStepResult> {
    return this.#alone(async () => {
      const { scenario, seed, episodeId, hints } = chooseEpisode(this.#options.source, options);
      await this.#now?.episode.close();
      const { verifier, pool } = this.#options;
      const now: Running = {
        episode: new Episode(scenario, `${scenario.id}/${seed}`, verifier, pool),
        episodeId: episodeId ?? randomUUID(),
        seed,
        task: taskText(scenario, this.#maxSteps, pool === undefined ? undefined : COMMAND_URL),
        hints: hints ? hintsFor(scenario) : [],
        steps: 0,
        score: PATCH_REWARD_START,
        infra: null,
        ended: null,
        verdict: undefined,
      };
      this.#now = now;
      const effect: Effect = { result: "ok", event: { kind: "neutral" }, stdout: fileList(scenario) };
      const observation = { ...this.#observe(now, effect), source_code: numberedSources(scenario.files) };
      return { observation, reward: 0, done: false, components: {}, verdict: undefined };
    });
  }

  async step(action: unknown): Promise<PatchStepResult> {
    if (this.#now === undefined) await this.reset();
    return this.#alone(() => this.#step(this.#now!, action));
  }

  async #step(now: Running, action: unknown): Promise<PatchStepResult> {
    if (now.ended !== null) {
      const observation = this.#observe(now, refused("the episode is over: call reset"));
      return { observation, reward: 0, done: true, components: {}, verdict: undefined };
    }
    const parsed = PatchActionSchema.safeParse(action);
    now.steps++;
    const effect = parsed.success
      ? await now.episode.act(parsed.data)
      : refused(`not an action: ${explain(parsed.error.issues[0]!)}`);
    const { state, reward } = scorePatchEvent(now.score, effect.event);
    now.score = state;
    now.infra ??= effect.infra ?? null;
    now.verdict = effect.verdict ?? now.verdict;
    now.ended = effect.ends ?? (now.steps >= this.#maxSteps ? "steps" : null);
    if (now.ended !== null) await now.episode.close();
    return {
      observation: this.#observe(now, effect),
      reward: reward.value,
      done: now.ended !== null,
      components: reward.components,
      verdict: effect.verdict,
    };
  }

  state(): PatchState {
    const now = this.#now;
    const total = this.reward();
    return {
      episode_id: now?.episodeId ?? null,
      step_count: now?.steps ?? 0,
      scenario_id: now?.episode.scenario.id ?? null,
      seed: now?.seed ?? null,
      identified: now?.score.identified ?? false,
      patched: now === undefined ? [] : changedFiles(now.episode.scenario.files, now.episode.files),
      blocked: now?.score.blocked ?? false,
      total_reward: total.value,
      components: { ...total.components },
      infra: now?.infra ?? null,
      done: (now?.ended ?? null) !== null,
      ...(this.#options.showEvidence === true ? { rungs: evidenceOf(now?.verdict) } : {}),
    };
  }

  reward(): Reward {
    return totalPatchReward(this.#now?.score ?? PATCH_REWARD_START);
  }

  async close(): Promise<void> {
    await this.#now?.episode.close();
  }

  #observe(now: Running, effect: Effect): PatchObservation {
    return {
      result: effect.result,
      stdout: effect.stdout ?? "",
      stderr: effect.stderr ?? "",
      exit_code: effect.exitCode ?? 0,
      source_code: "",
      current_task: now.task,
      hints: [...now.hints],
      verdict: effect.report ?? null,
      steps_left: this.#maxSteps - now.steps,
      ended: now.ended,
    };
  }

  /** Two overlapping calls would race for the working copy; they are a mistake of the caller. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new InputError("the previous reset or step has not finished");
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }
}

function explain(issue: { readonly path: readonly PropertyKey[]; readonly message: string }): string {
  const where = issue.path.map(String).join(".");
  const text = where === "" ? issue.message : `${where}: ${issue.message}`;
  return text.slice(0, 500);
}
