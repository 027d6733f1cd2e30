/** Joins one episode of the patch environment with a policy that speaks its language. */
import type { Reward } from "../../../core/reward.ts";
import type { Scenario } from "../../../core/scenario.ts";
import type { Episode, EpisodeStep } from "../../../rollout/episode.ts";
import type { PatchEnvironment } from "../environment.ts";
import { asWholeFiles, endCutOff, parseAction } from "./action.ts";
import type { ConstraintSpec } from "./constraints.ts";
import type { Dialect } from "./dialect.ts";
import { renderPage, type Page } from "./page.ts";
import { observationIds } from "./reply.ts";

export const PATCH_LABELS = ["identified", "blocked", "broken", "syntax_error", "blocked_first_try"] as const;
export type PatchLabel = (typeof PATCH_LABELS)[number];

export interface PolicyEpisodeOptions {
  readonly environment: PatchEnvironment;
  readonly scenario: Scenario;
  readonly dialect: Dialect;
  /** Folder from which the engine's worker loads the same dialect. */
  readonly checkpoint: string;
}

/** Resets the environment to the scenario. Undefined when the application is too long for the policy. */
export async function startPolicyEpisode(options: PolicyEpisodeOptions): Promise<Episode | undefined> {
  const page = renderPage(options.dialect.vocabulary, options.scenario.files);
  if (page === undefined) return undefined;
  await options.environment.reset({ scenario_id: options.scenario.id });
  return new PolicyEpisode(options, page);
}

class PolicyEpisode implements Episode {
  readonly task: string;
  readonly prompt: readonly number[];
  readonly #options: PolicyEpisodeOptions;
  readonly #page: Page;
  readonly #guessed: [type: number, line: number][] = [];
  #identified = false;
  #patches = 0;
  #labels: Record<PatchLabel, number> = {
    identified: 0,
    blocked: 0,
    broken: 0,
    syntax_error: 0,
    blocked_first_try: 0,
  };

  constructor(options: PolicyEpisodeOptions, page: Page) {
    this.task = options.scenario.id;
    this.prompt = page.ids;
    this.#options = options;
    this.#page = page;
  }

  constraint(): ConstraintSpec {
    return {
      checkpoint: this.#options.checkpoint,
      files: this.#page.files,
      mayIdentify: !this.#identified,
      guessed: [...this.#guessed],
    };
  }

  async act(ids: readonly number[], finished: boolean): Promise<EpisodeStep> {
    const { environment, dialect } = this.#options;
    const { vocabulary } = dialect;
    const said = parseAction(vocabulary, this.#page, finished ? ids : endCutOff(vocabulary, ids));
    // The language names lines of the page; once the working copy differs from it, edits are sent as whole files.
    const { patched } = environment.state();
    const action =
      said?.action === "patch" && patched.length > 0
        ? { ...said, patch: asWholeFiles(this.#page.files, said.patch, patched) }
        : (said ?? { action: "unreadable" });
    const step = await environment.step(action);
    if (step.observation.result === "wrong" && said?.action === "identify_vuln") {
      const line = this.#page.lines.findIndex((each) => each.file === said.file && each.line === said.line);
      this.#guessed.push([ids[1]!, line]);
    }
    this.#note(action.action, step.observation.result);
    return {
      record: {
        action,
        observation: step.observation,
        reward: step.reward,
        components: step.components,
        ...(step.verdict === undefined ? {} : { evidence: step.verdict }),
      },
      append: observationIds(vocabulary, step.observation.result),
      done: step.done,
    };
  }

  #note(action: string, result: string): void {
    if (result === "correct") {
      this.#identified = true;
      this.#labels.identified = 1;
    }
    if (action !== "patch") return;
    this.#patches++;
    if (result === "blocked") {
      this.#labels.blocked = 1;
      this.#labels.blocked_first_try = this.#patches === 1 ? 1 : 0;
    }
    if (result === "broken") this.#labels.broken = 1;
    if (result === "syntax-error") this.#labels.syntax_error = 1;
  }

  reward(): Reward {
    return this.#options.environment.reward();
  }

  labels(): Readonly<Record<string, number>> {
    return { ...this.#labels };
  }

  close(): Promise<void> {
    return this.#options.environment.close();
  }
}
