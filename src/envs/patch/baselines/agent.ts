/** Agents without a model: each is a program that sees what a policy sees and answers with actions. */
import type { Scenario } from "../../../core/scenario.ts";
import type { Rng } from "../../../util/rng.ts";
import type { PatchAction } from "../action.ts";
import type { PatchObservation } from "../observation.ts";

/** Yields an action and is resumed with what came of it; its end is the end of the episode. */
export type Play = Generator<PatchAction, void, PatchObservation>;

/** One line of the sources as they are at the start. */
export interface SourceLine {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly text: string;
}

export interface BaselineTask {
  /** Read out of the observation at the start. */
  readonly lines: readonly SourceLine[];
  readonly rng: Rng;
  /** With the answers: only the oracle looks. */
  readonly scenario: Scenario;
}

export interface BaselineAgent {
  readonly id: BaselineId;
  readonly about: string;
  /** Draws from `rng`, so that one episode says little. */
  readonly random: boolean;
  play(task: BaselineTask): Play;
}

export const BASELINE_IDS = ["random", "grep", "pattern", "oracle"] as const;
export type BaselineId = (typeof BASELINE_IDS)[number];

/** What `source_code` shows at reset: `=== path ===`, then `  12| text` for each line. */
export function sourceLines(sourceCode: string): SourceLine[] {
  const found: SourceLine[] = [];
  let file = "";
  for (const shown of sourceCode.split("\n")) {
    const head = /^=== (.+) ===$/.exec(shown);
    const body = /^ *(\d+)\| (.*)$/.exec(shown);
    if (body !== null) found.push({ file, line: Number(body[1]), text: body[2]! });
    else if (head !== null) file = head[1]!;
  }
  return found;
}
