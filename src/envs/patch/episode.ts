/** One episode: what each action does to it. Holds all state; the environment wraps it in the reset/step contract. */
import { PrerequisiteError } from "../../core/errors.ts";
import { checkPath, PatchError, type Files, type Patch } from "../../core/patch.ts";
import type { Scenario } from "../../core/scenario.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { PatchEvent } from "../../rewards/patch.ts";
import type { PatchAction } from "./action.ts";
import { AppSession } from "./app-session.ts";
import { isCorrectGuess, type Guess } from "./guess.ts";
import type { PatchObservation, PatchResult } from "./observation.ts";
import { fillForEpisode } from "./placeholders.ts";
import type { EpisodePool, PatchVerifier } from "./ports.ts";
import { boundedText, verdictReport } from "./report.ts";
import { propose } from "./working-copy.ts";

/** What an action came to; the environment adds the reward, the step count and the standing texts. */
export interface Effect {
  readonly result: PatchResult;
  readonly event: PatchEvent;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  readonly report?: PatchObservation["verdict"];
  readonly verdict?: Verdict;
  readonly ends?: "blocked" | "terminated";
  /** What failed, for the one who runs the environment; the agent only learns that there is no signal. */
  readonly infra?: string;
}

const NEUTRAL: PatchEvent = { kind: "neutral" };
const NO_SIGNAL_TEXT = "the infrastructure failed, through no fault of yours: this episode gives no signal";

export class Episode {
  readonly scenario: Scenario;
  readonly #verifier: PatchVerifier;
  readonly #pool: EpisodePool | undefined;
  readonly #key: string;
  #files: Files;
  #identified = false;
  #layout: ReturnType<typeof fillForEpisode> | undefined;
  #session: AppSession | undefined;

  constructor(scenario: Scenario, key: string, verifier: PatchVerifier, pool: EpisodePool | undefined) {
    this.scenario = scenario;
    this.#verifier = verifier;
    this.#pool = pool;
    this.#key = key;
    this.#files = scenario.files;
  }

  get files(): Files {
    return this.#files;
  }

  async act(action: PatchAction): Promise<Effect> {
    switch (action.action) {
      case "command":
        return this.#command(action.command);
      case "read_file":
        return this.#read(action.path);
      case "identify_vuln":
        return this.#identify(action);
      case "patch":
        return this.#patch(action.patch);
      case "terminate":
        return { result: "ok", event: NEUTRAL, stdout: "terminated", ends: "terminated" };
    }
  }

  /** Nothing of the episode is left running. */
  async close(): Promise<void> {
    await this.#session?.close();
  }

  /** Computed at most once and only when a file that may hold placeholders is needed. */
  get #filled(): ReturnType<typeof fillForEpisode> {
    this.#layout ??= fillForEpisode(this.scenario, this.#key);
    return this.#layout;
  }

  async #command(command: string): Promise<Effect> {
    if (this.#pool === undefined) return refused("this environment runs no commands");
    this.#session ??= new AppSession(this.#pool, this.#filled, this.#files);
    try {
      const done = await this.#session.run(command);
      const stderr = done.timed_out ? `${done.stderr}\n[the command ran into its time limit]` : done.stderr;
      return {
        result: "ok",
        event: NEUTRAL,
        stdout: boundedText(done.stdout),
        stderr: boundedText(stderr),
        exitCode: done.exit_code,
      };
    } catch (error) {
      return noSignal(error);
    }
  }

  #read(path: string): Effect {
    try {
      checkPath(path);
    } catch (error) {
      if (error instanceof PatchError) return refused(error.message);
      throw error;
    }
    const { scenario } = this;
    if (Object.hasOwn(this.#files, path)) return shown(this.#files[path]!);
    if (Object.hasOwn(scenario.assets, path)) return shown(this.#filled.assets[path]!);
    if (Object.hasOwn(scenario.databases, path)) return refused(`${path} is binary: an SQLite database`);
    const names = [scenario.files, scenario.assets, scenario.databases].flatMap((group) =>
      Object.keys(group),
    );
    return refused(`no such file: ${path} (files: ${names.join(", ")})`);
  }

  #identify(guess: Guess): Effect {
    // Answering would make guesses a free oracle for the weaknesses that are left.
    if (this.#identified)
      return {
        result: "ok",
        event: NEUTRAL,
        stdout: "a weakness has been named already; this guess does not count",
      };
    const correct = isCorrectGuess(this.scenario, guess);
    this.#identified = correct;
    return {
      result: correct ? "correct" : "wrong",
      event: { kind: "guess", correct },
      stdout: correct ? "correct: this is a weakness" : "wrong: no weakness of this type at this line",
      exitCode: correct ? 0 : 1,
    };
  }

  async #patch(patch: Patch): Promise<Effect> {
    const candidate = propose(this.scenario.files, this.#files, patch);
    if (candidate.kind === "refused") return refused(candidate.message);
    if (candidate.kind === "original") {
      await this.#keep(candidate.files);
      return { result: "exploitable", event: NEUTRAL, stdout: "the files are the original ones again" };
    }
    let verdict: Verdict;
    try {
      verdict = await this.#verifier.verify(this.scenario, candidate.patch);
    } catch (error) {
      return noSignal(error);
    }
    if (verdict.outcome === "infra-error") return { ...noSignal(verdict.message), verdict };
    if (verdict.runs) await this.#keep(candidate.files);
    return {
      result: verdict.outcome,
      event: { kind: "verdict", verdict },
      stdout: verdict.message,
      stderr: verdict.runs ? "" : "the patch was rolled back: the files are as before it",
      exitCode: verdict.runs ? 0 : 1,
      report: verdictReport(verdict, verdict.runs),
      verdict,
      ...(verdict.outcome === "blocked" ? { ends: "blocked" as const } : {}),
    };
  }

  async #keep(files: Files): Promise<void> {
    this.#files = files;
    await this.#session?.replace(files);
  }
}

export function refused(message: string): Effect {
  return { result: "rejected", event: NEUTRAL, stderr: boundedText(message), exitCode: 1 };
}

function shown(text: string): Effect {
  return { result: "ok", event: NEUTRAL, stdout: text };
}

/** Rethrows a PrerequisiteError: without isolation there is nothing to go on with. */
function noSignal(cause: unknown): Effect {
  if (cause instanceof PrerequisiteError) throw cause;
  return {
    result: "no-signal",
    event: { kind: "infra" },
    stderr: NO_SIGNAL_TEXT,
    exitCode: 1,
    infra: cause instanceof Error ? cause.message : String(cause),
  };
}
