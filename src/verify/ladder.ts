/** Climbs the ladder for one candidate: every rung in order, the first that fails decides. */
import {
  languageOf,
  type Evidence,
  type Files,
  type Outcome,
  type Rung,
  type RungName,
  type Scenario,
  type Verdict,
} from "../core/index.ts";
import type { Analyzer } from "../analyzers/index.ts";
import type { AppFault, AppInstance, AppPool } from "../sandbox/index.ts";
import type { Rng } from "../util/rng.ts";
import { attack } from "./attack.ts";
import { sourceOf, type Baseline } from "./baseline.ts";
import { askBenign, compareBenign } from "./benign.ts";
import { draw } from "./canaries.ts";
import { newFindings } from "./findings.ts";
import { tooLarge } from "./size.ts";
import { openScripts, type Scripts } from "./scripts.ts";
import { runCheck } from "./steps.ts";

export interface Climbed extends Pick<Verdict, "outcome" | "message" | "runs" | "blocked" | "rungs"> {
  /** The application was too slow somewhere, for which a busy machine may be to blame. */
  readonly late: boolean;
}

export interface ClimbContext {
  readonly pool: AppPool;
  readonly analyzer: Analyzer | undefined;
  readonly baseline: Baseline;
  /** Decides in which order attacks are tried; a candidate cannot predict it. */
  readonly rng: Rng;
}

/** Judges the files of a candidate. Throws InfraError when the sandbox or the analyzer fails. */
export async function climb(original: Scenario, files: Files, context: ClimbContext): Promise<Climbed> {
  const { scenario, mask } = draw(original);
  const app = await context.pool.start(sourceOf(scenario, files));
  const scripts = openScripts(context.pool, scenario);
  try {
    return await new Climb(app, scripts, scenario, files, context).run(mask);
  } finally {
    await Promise.all([app.stop(), scripts.close()]);
  }
}

class Climb {
  private readonly rungs: Rung[] = [{ name: "applies", passed: true, evidence: [] }];
  private runs = false;
  private late = false;
  private blocked: readonly string[] = [];
  private readonly app: AppInstance;
  private readonly scripts: Scripts;
  private readonly scenario: Scenario;
  private readonly files: Files;
  private readonly context: ClimbContext;

  constructor(app: AppInstance, scripts: Scripts, scenario: Scenario, files: Files, context: ClimbContext) {
    this.app = app;
    this.scripts = scripts;
    this.scenario = scenario;
    this.files = files;
    this.context = context;
  }

  async run(mask: (text: string) => string): Promise<Climbed> {
    const { app, scenario, context } = this;
    const { startup } = app;
    if (startup.state === "syntax-error") {
      this.rung("parses", [{ name: "parses", passed: false, detail: startup.message }]);
      return this.end(
        "syntax-error",
        `The patched code is not valid ${languageOf(scenario.stack)}: ${startup.message}`,
      );
    }
    this.rung("parses", []);
    const started = startup.state === "started";
    this.late = startup.state === "timeout";
    const detail = started ? {} : { detail: startup.message };
    if (!this.rung("starts", [{ name: "starts", passed: started, ms: Math.round(startup.ms), ...detail }])) {
      return this.end("broken", `The patched application does not start: ${lastLine(detail.detail)}`);
    }
    // Asked first, where both applications are in the same state; judged later.
    const benign = await askBenign(app, scenario.benign, mask);
    this.note(benign.fault);

    const visible = await this.checks("visible", scenario.visible);
    if (visible) {
      const name = JSON.stringify(visible.name);
      return this.end(
        "broken",
        `The functional check ${name} fails: ${visible.detail} (${visible.request}).`,
      );
    }
    this.runs = true;
    if (await this.checks("hidden", scenario.hidden)) {
      return this.end("broken", "A functional check fails that is not shown.");
    }

    const seen = await attack(app, scenario.weaknesses, context.rng, this.scripts);
    this.blocked = seen.blocked;
    this.note(seen.fault);
    for (const name of ["exploits", "variants"] as const) {
      if (this.rung(name, seen[name])) continue;
      return seen.fault
        ? this.end("broken", "The application stops answering under attack.")
        : this.end("exploitable", "The application runs, but an attack on it still succeeds.");
    }

    // A second look: an application that changes its mind after the attacks does not do its job.
    const again = await this.runAll(scenario.visible);
    const changed = again.map((seen) => ({ ...seen, name: `${seen.name} (after the attacks)` }));
    if (!this.rung("benign", [...compareBenign(context.baseline.benign, benign), ...changed])) {
      return this.end("broken", "The application answers an ordinary request differently from before.");
    }

    if (context.analyzer) {
      const found = newFindings(context.baseline.findings, await context.analyzer.scan(this.files));
      if (!this.rung("analyzers", found)) {
        return this.end("broken", "Static analysis finds a new weakness in the patched code.");
      }
    } else this.rung("analyzers", [{ name: "no analyzer configured", passed: true }]);
    const large = tooLarge(scenario, this.files);
    const size: Evidence = { name: "size of the change", passed: large === "" };
    if (!this.rung("small", [large === "" ? size : { ...size, detail: large }])) {
      return this.end("broken", `The patch changes more than a fix needs: ${large}.`);
    }
    return this.end("blocked", "Every attack fails and the application still does its job.");
  }

  private note(fault: AppFault | undefined): void {
    this.late ||= fault?.kind === "timeout";
  }

  /** Adds a rung; true when all its evidence passed. */
  private rung(name: RungName, evidence: readonly Evidence[]): boolean {
    const passed = evidence.every((one) => one.passed);
    this.rungs.push({ name, passed, evidence });
    return passed;
  }

  /** The first failure, or nothing. */
  private async checks(
    name: "visible" | "hidden",
    checks: Scenario["visible"],
  ): Promise<Evidence | undefined> {
    const evidence = await this.runAll(checks);
    this.rung(name, evidence);
    return evidence.find((one) => !one.passed);
  }

  private async runAll(checks: Scenario["visible"]): Promise<Evidence[]> {
    const evidence: Evidence[] = [];
    for (const check of checks) {
      const result = await runCheck(this.app, check, this.scripts);
      evidence.push(result.evidence);
      this.note(result.fault);
      if (!result.passed) break;
    }
    return evidence;
  }

  private end(outcome: Outcome, message: string): Climbed {
    return {
      outcome,
      message,
      runs: this.runs,
      blocked: this.blocked,
      rungs: this.rungs,
      late: this.late,
    };
  }
}

function lastLine(text: string | undefined): string {
  return (text ?? "").trimEnd().split("\n").at(-1)!.slice(0, 200);
}
