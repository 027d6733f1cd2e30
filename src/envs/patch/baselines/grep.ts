/** Reads the sources and names the lines that a list of suspicious patterns picks out; fixes nothing. */
import type { PatchAction } from "../action.ts";
import type { BaselineAgent, BaselineTask, Play, SourceLine } from "./agent.ts";
import { PATTERNS, type Pattern } from "./patterns.ts";

/** Each wrong guess costs 0.1 and the right one pays 0.3: a fourth would cost more than it can bring back. */
const GUESSES = 3;

export const grepAgent: BaselineAgent = {
  id: "grep",
  about: `names the ${GUESSES} most suspicious lines`,
  random: false,
  *play(task): Play {
    yield* nameSuspects(task);
  },
};

export interface Suspect {
  readonly at: SourceLine;
  readonly pattern: Pattern;
}

/** By the order of the patterns, then from the top; a line counts once, for its first pattern. */
export function suspects(lines: readonly SourceLine[]): Suspect[] {
  const seen = new Set<SourceLine>();
  return PATTERNS.flatMap((pattern) =>
    lines
      .filter((at) => !seen.has(at) && pattern.line.test(at.text))
      .map((at) => {
        seen.add(at);
        return { at, pattern };
      }),
  );
}

/** Guesses until one is right or too much has been spent. */
export function* nameSuspects({ lines }: BaselineTask): Generator<PatchAction, void, { result: string }> {
  for (const { at, pattern } of suspects(lines).slice(0, GUESSES)) {
    const { type } = pattern;
    const seen = yield { action: "identify_vuln", type, file: at.file, line: at.line };
    if (seen.result === "correct") return;
  }
}
