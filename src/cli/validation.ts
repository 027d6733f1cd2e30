/** How often verification was wrong over many scenario reports. */
import { wilson } from "../util/stats.ts";
import type { ScenarioReport } from "../verify/index.ts";

export interface ErrorRate {
  readonly count: number;
  readonly n: number;
  /** Wilson 95 % bounds. */
  readonly low: number;
  readonly high: number;
}

export interface Accuracy {
  readonly verifications: number;
  /** Cheats, unpatched and empty patches that won, of all of them. */
  readonly wrong_accepted: ErrorRate;
  /** Reference and alternative patches that did not win, of all of them. */
  readonly right_refused: ErrorRate;
  /** Patches whose repeated judgements disagree, of all that have a verdict. */
  readonly flaky: ErrorRate;
  /** Judgements without a verdict because the infrastructure failed; in none of the rates. */
  readonly infra: number;
}

/** Counts patches, not repeats; a patch whose repeats disagree counts as judged wrongly. */
export function accuracy(reports: readonly ScenarioReport[]): Accuracy {
  const patches = reports.flatMap(({ reference, alternatives, cheats, unpatched, empty }) => {
    return [reference, ...alternatives, ...cheats, unpatched, empty];
  });
  const judged = patches.filter((patch) => patch.outcome !== "infra-error");
  const share = (of: typeof judged, bad: (patch: (typeof judged)[number]) => boolean): ErrorRate => {
    const count = of.filter(bad).length;
    const { n, low, high } = wilson(count, of.length);
    return { count, n, low, high };
  };
  const rate = (wanted: "blocked" | "not blocked"): ErrorRate =>
    share(
      judged.filter((patch) => patch.wanted === wanted),
      (patch) => !patch.agree || (patch.outcome === "blocked") !== (wanted === "blocked"),
    );
  return {
    verifications: reports.reduce((sum, report) => sum + report.verifications, 0),
    wrong_accepted: rate("not blocked"),
    right_refused: rate("blocked"),
    flaky: share(judged, (patch) => !patch.agree),
    infra: patches.reduce((sum, { unjudged }) => sum + unjudged, 0),
  };
}
