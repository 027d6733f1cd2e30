/** What the unpatched application does: its checks pass, every attack works, its benign answers are the yardstick. */
import { InfraError, type Check, type Scenario } from "../core/index.ts";
import type { Analyzer, Finding } from "../analyzers/index.ts";
import type { AppInstance, AppPool, AppSource } from "../sandbox/index.ts";
import { askBenign, type BenignAnswer } from "./benign.ts";
import { draw } from "./canaries.ts";
import { openScripts, type Scripts } from "./scripts.ts";
import { runCheck } from "./steps.ts";

export interface Baseline {
  readonly benign: readonly BenignAnswer[];
  readonly findings: readonly Finding[];
}

/** Where an application's parts come from once its placeholders are filled. */
export function sourceOf(scenario: Scenario, files: Scenario["files"]): AppSource {
  const { entry, stack, assets, databases, outside } = scenario;
  return { entry, stack, files, assets, databases, outside };
}

/**
 * Proves a scenario on its unpatched application. Throws InfraError when a check fails or an attack does not work:
 * then nothing can be said about a patch.
 */
export async function measureBaseline(
  pool: AppPool,
  original: Scenario,
  analyzer: Analyzer | undefined,
): Promise<Baseline> {
  const { scenario, mask } = draw(original);
  const findings = analyzer?.scan(original.files) ?? Promise.resolve([]);
  findings.catch(() => {});
  const app = await pool.start(sourceOf(scenario, scenario.files));
  const scripts = openScripts(pool, scenario);
  try {
    if (app.startup.state !== "started") throw dead(scenario, `does not start: ${app.startup.message}`);
    const benign = await askBenign(app, scenario.benign, mask);
    if (benign.fault) throw dead(scenario, `does not answer a benign request: ${benign.fault.message}`);
    await expectAll(app, scripts, scenario, [...scenario.visible, ...scenario.hidden], "fails its check");
    for (const { exploits, variants } of scenario.weaknesses) {
      await expectAll(app, scripts, scenario, [...exploits, ...variants], "does not give in to the attack");
    }
    return { benign: benign.answers, findings: await findings };
  } finally {
    await Promise.all([app.stop(), scripts.close()]);
  }
}

async function expectAll(
  app: AppInstance,
  scripts: Scripts,
  scenario: Scenario,
  checks: readonly Check[],
  problem: string,
): Promise<void> {
  for (const check of checks) {
    const { passed, evidence } = await runCheck(app, check, scripts);
    if (!passed) {
      throw dead(scenario, `${problem} "${check.name}" (${evidence.request}: ${evidence.detail})`);
    }
  }
}

function dead(scenario: Scenario, what: string): InfraError {
  return new InfraError("grader", `scenario ${scenario.id}: the unpatched application ${what}`);
}
