/** What the patch environment needs of the verifier and of the sandbox, and nothing more. */
import type { Patch } from "../../core/patch.ts";
import type { Scenario } from "../../core/scenario.ts";
import type { Verdict } from "../../core/verdict.ts";

export interface PatchVerifier {
  /** The patch is relative to the scenario's original files. Throws InfraError or answers `infra-error`. */
  verify(scenario: Scenario, patch: Patch): Promise<Verdict>;
}

/** Everything that is laid out in the sandbox before the application starts; placeholders already filled in. */
export type EpisodeSource = Pick<Scenario, "entry" | "files" | "assets" | "databases" | "outside">;

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit_code: number;
  readonly timed_out: boolean;
}

export interface EpisodeApp {
  /** Runs in the application's namespaces, with its limits. Throws when the sandbox itself has gone. */
  exec(command: string): Promise<CommandResult>;
  /** Leaves nothing running. Never throws; may be called twice. */
  stop(): Promise<void>;
}

export interface EpisodePool {
  /** Where a command reaches the application, for instance `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Throws when the application does not start or no sandbox is to be had. */
  start(source: EpisodeSource): Promise<EpisodeApp>;
}
