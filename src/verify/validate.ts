/** A scenario validates itself without a model: fixes win, everything else loses, repeats agree. */
import type { Patch, Scenario, Verdict } from "../core/index.ts";
import type { Verifier } from "./verifier.ts";

export interface ValidateOptions {
  /** How often each patch is judged; all verdicts must agree. Default 1. */
  readonly repeats?: number;
  /** Called when a patch has been judged, as often as asked for. */
  readonly onPatch?: () => void;
  /** Ends the validation, with its reason, before the next patch. */
  readonly signal?: AbortSignal;
}

export interface PatchReport {
  readonly name: string;
  readonly wanted: "blocked" | "not blocked";
  /** Outcome of the first judgement that has one. */
  readonly outcome: Verdict["outcome"];
  /** The first rung that failed. */
  readonly failed: string | null;
  /** What failed there, which may name hidden checks and variants: for authors, never for a policy. */
  readonly detail: string;
  /** All judgements that have a verdict have the same. */
  readonly agree: boolean;
  /** Judgements without a verdict, because the infrastructure failed. */
  readonly unjudged: number;
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

/** How many patches a validation judges: reference, alternatives, cheats, no change and no content. */
export function patchCount({ alternatives, cheats }: Scenario): number {
  return alternatives.length + cheats.length + 3;
}

/** Judges every patch that the scenario ships. The cache is bypassed: each judgement really happens. */
export async function validateScenario(
  verifier: Verifier,
  scenario: Scenario,
  { repeats = 1, onPatch, signal }: ValidateOptions = {},
): Promise<ScenarioReport> {
  let verifications = 0;
  const judge = async (name: string, patch: Patch, wanted: PatchReport["wanted"]): Promise<PatchReport> => {
    signal?.throwIfAborted();
    const runs = Array.from({ length: repeats }, () => verifier.verify(scenario, patch, { cache: false }));
    const verdicts = await Promise.all(runs);
    verifications += verdicts.length;
    onPatch?.();
    return reportOf(name, wanted, verdicts);
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

function reportOf(name: string, wanted: PatchReport["wanted"], verdicts: readonly Verdict[]): PatchReport {
  // A fault of the infrastructure is neither a win nor a loss, nor does it contradict one.
  const judged = verdicts.filter(({ outcome }) => outcome !== "infra-error");
  const first = judged[0] ?? verdicts[0]!;
  const other = judged.find((verdict) => !sameVerdict(verdict, first));
  const right = judged.every(({ outcome }) => (outcome === "blocked") === (wanted === "blocked"));
  const fault = verdicts.find(({ outcome }) => outcome === "infra-error");
  const unjudged = verdicts.length - judged.length;
  return {
    name,
    wanted,
    outcome: first.outcome,
    failed: failedRung(first)?.name ?? null,
    detail: other === undefined ? whyOf(fault ?? first) : `${whatOf(first)}; another time ${whatOf(other)}`,
    agree: other === undefined,
    unjudged,
    ok: right && other === undefined && unjudged === 0,
  };
}

function sameVerdict(a: Verdict, b: Verdict): boolean {
  return a.outcome === b.outcome && a.runs === b.runs && a.blocked.join() === b.blocked.join();
}

const failedRung = ({ rungs }: Verdict): Verdict["rungs"][number] | undefined =>
  rungs.find((one) => !one.passed);

/** What failed at the rung that decided. */
function whyOf(verdict: Verdict): string {
  const seen = failedRung(verdict)?.evidence.find((one) => !one.passed);
  return seen === undefined ? "" : [seen.name, seen.request, seen.detail].filter(Boolean).join(": ");
}

function whatOf(verdict: Verdict): string {
  const why = whyOf(verdict);
  return why === "" ? verdict.outcome : `${verdict.outcome} (${why})`;
}

function problemsOf({ name, wanted, outcome, failed, detail, agree, unjudged, ok }: PatchReport): string[] {
  if (ok) return [];
  const at = failed === null ? "" : ` at the rung ${failed}`;
  if (!agree) return [`${name}: repeated judgements disagree: ${detail}`];
  if (outcome === "infra-error" || (outcome === "blocked") === (wanted === "blocked"))
    return [`${name}: ${unjudged} judgements without a verdict (${detail})`];
  return [`${name}: expected ${wanted}, got ${outcome}${at} (${detail})`];
}
