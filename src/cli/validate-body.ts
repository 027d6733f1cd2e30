/** Validates many scenarios, keeping each finished report, so that hours of work survive an interruption. */
import type { EventSink } from "../core/events.ts";
import type { Scenario } from "../core/scenario.ts";
import type { KeyedLog } from "../runs/keyed-log.ts";
import { mapLimit } from "../util/concurrency.ts";
import { contentHash } from "../util/hash.ts";
import { patchCount, validateScenario, type ScenarioReport, type Verifier } from "../verify/index.ts";

/** Scenarios at once: enough to keep the pool busy while one waits for its last patch. */
const AT_ONCE = 2;

export interface BodyOptions {
  readonly repeats: number;
  readonly emit: EventSink;
  readonly signal: AbortSignal;
  /** Reports of earlier processes; each new one that has a verdict for every patch is added. */
  readonly finished?: KeyedLog<ScenarioReport> | undefined;
}

export interface BodyReport {
  readonly reports: readonly ScenarioReport[];
  /** How many of them are an earlier process's. */
  readonly resumed: number;
}

/**
 * Validates every scenario, in their order. A report that failed is kept like any other: a flake that could be tried
 * again until it is gone would not be counted. Progress is in verifications, since scenarios differ in patches.
 */
export async function validateBody(
  verifier: Verifier,
  scenarios: readonly Scenario[],
  { repeats, emit, signal, finished }: BodyOptions,
): Promise<BodyReport> {
  const stage = "validate";
  const work = scenarios.map((scenario) => {
    const key = contentHash({ scenario, repeats, unsafe: verifier.unsafe });
    return { scenario, key, known: finished?.get(key), cost: patchCount(scenario) * repeats };
  });
  const sum = (some: typeof work): number => some.reduce((total, { cost }) => total + cost, 0);
  const resumed = work.filter(({ known }) => known !== undefined);
  const total = sum(work);
  let done = sum(resumed);
  emit({ kind: "stage-start", stage, total, done });
  const reports = await mapLimit(work, AT_ONCE, async ({ scenario, key, known }) => {
    const onPatch = (): void => {
      done += repeats;
      emit({ kind: "stage-step", stage, done, total, note: scenario.id });
    };
    signal.throwIfAborted();
    const report = known ?? (await validateScenario(verifier, scenario, { repeats, onPatch, signal }));
    if (known === undefined && !withoutVerdict(report)) finished?.put(key, report);
    for (const problem of report.problems) emit({ kind: "note", text: `${report.id}: ${problem}` });
    return report;
  });
  return { reports, resumed: resumed.length };
}

function withoutVerdict({ reference, alternatives, cheats, unpatched, empty }: ScenarioReport): boolean {
  const all = [reference, ...alternatives, ...cheats, unpatched, empty];
  return all.some(({ unjudged }) => unjudged > 0);
}
