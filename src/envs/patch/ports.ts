/** What the patch environment needs of the verifier and of the sandbox, and nothing more. */
import type { Patch } from "../../core/patch.ts";
import type { Scenario } from "../../core/scenario.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { AppInstance, AppPool } from "../../sandbox/types.ts";

export interface PatchVerifier {
  /** The patch is relative to the scenario's original files. Throws InfraError or answers `infra-error`. */
  verify(scenario: Scenario, patch: Patch): Promise<Verdict>;
}

export type EpisodeApp = Pick<AppInstance, "startup" | "exec" | "stop">;

/** Starts sessions only; an AppPool is one. */
export interface EpisodePool {
  start(source: Parameters<AppPool["start"]>[0]): Promise<EpisodeApp>;
}

/** Where a session's application listens, seen from a command beside it. */
export const COMMAND_URL = "http://127.0.0.1:8000";
