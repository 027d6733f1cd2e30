/** A scenario validates itself without a model: fixes win, everything else loses, repeats agree. */
import type { Patch, Scenario, Verdict } from "../core/index.ts";
import type { Verifier } from "./verifier.ts";

export interface ValidateOptions {
  /** How often each patch is judged; all verdicts must agree. Default 1. */
  readonly repeats?: number;
}

export interface PatchReport {
  readonly name: string;
  readonly wanted: "blocked" | "not blocked";
  /** Outcome of the first judgement. */
  readonly outcome: Verdict["outcome"];
  /** The first rung that failed. */
  readonly failed: string | null;
  /** What failed there, which may name hidden checks and variants: for authors, never for a policy. */
  readonly detail: string;
  readonly agree: boolean;
  readonly ok: boolean;
}

export interface ScenarioReport {
  readonly id: string;
  readonly ok: boolean;
  /** One sentence each. */
  readonly problems: readonly string[];
  readonly verifications: number;
  readonly reference: PatchReport;
  readonly alternatives: readonly PatchReport[];
  readonly cheats: readonly PatchReport[];
  /** A patch that changes nothing, and a patch without content. */
  readonly unpatched: PatchReport;
  readonly empty: PatchReport;
  /** Applications ran without isolation. */
  readonly unsafe: boolean;
}

/** Judges every patch that the scenario ships. The cache is bypassed: each judgement really happens. */
export async function validateScenario(
  verifier: Verifier,
  scenario: Scenario,
  { repeats = 1 }: ValidateOptions = {},
): Promise<ScenarioReport> {
  let verifications = 0;
  const judge = async (name: string, patch: Patch, wanted: PatchReport["wanted"]): Promise<PatchReport> => {
    const runs = Array.from({ length: repeats }, () => verifier.verify(scenario, patch, { cache: false }));
    const verdicts = await Promise.all(runs);
    verifications += verdicts.length;
    const { outcome, rungs } = verdicts[0]!;
    const agree = verdicts.every((other) => sameVerdict(other, verdicts[0]!));
    // A fault of the infrastructure is neither a win nor a loss.
    const right = verdicts.every(
      (one) => one.outcome !== "infra-error" && (one.outcome === "blocked") === (wanted === "blocked"),
    );
    const rung = rungs.find((one) => !one.passed);
    const seen = rung?.evidence.find((one) => !one.passed);
    const detail =
      seen === undefined ? "" : [seen.name, seen.request, seen.detail].filter(Boolean).join(": ");
    const failed = rung?.name ?? null;
    return { name, wanted, outcome, failed, detail, agree, ok: right && agree };
  };
  const all = (patches: Scenario["cheats"], wanted: PatchReport["wanted"]): Promise<PatchReport[]> =>
    Promise.all(patches.map(({ name, patch }) => judge(name, patch, wanted)));

  const [path, text] = Object.entries(scenario.files)[0]!;
  const reference = await judge("reference", scenario.reference, "blocked");
  const alternatives = await all(scenario.alternatives, "blocked");
  const cheats = await all(scenario.cheats, "not blocked");
  const unpatched = await judge("unpatched", { [path]: text }, "not blocked");
  const empty = await judge("empty", {}, "not blocked");

  const problems = [reference, ...alternatives, ...cheats, unpatched, empty].flatMap(problemsOf);
  const { id } = scenario;
  const { unsafe } = verifier;
  const ok = problems.length === 0;
  return { id, ok, problems, verifications, reference, alternatives, cheats, unpatched, empty, unsafe };
}

function sameVerdict(a: Verdict, b: Verdict): boolean {
  return a.outcome === b.outcome && a.runs === b.runs && a.blocked.join() === b.blocked.join();
}

function problemsOf({ name, wanted, outcome, failed, detail, agree, ok }: PatchReport): string[] {
  if (ok) return [];
  const at = failed === null ? "" : ` at the rung ${failed}`;
  if (!agree) return [`${name}: repeated judgements disagree (the first was ${outcome}${at})`];
  return [`${name}: expected ${wanted}, got ${outcome}${at} (${detail})`];
}
