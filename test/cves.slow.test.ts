/**
 * Every published vulnerability, proven both ways: each attack works on the vulnerable release and fails on the fixed
 * one, and what users rely on works on both. Then each folder validates itself as any other scenario does.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadScenario } from "../src/data/index.ts";
import { createAppPool } from "../src/sandbox/index.ts";
import { projectRoot } from "../src/util/root.ts";
import { sourceOf } from "../src/verify/baseline.ts";
import { draw } from "../src/verify/canaries.ts";
import { openVerifier, validateScenario } from "../src/verify/index.ts";
import { runCheck } from "../src/verify/steps.ts";

const root = join(projectRoot(), "cves");
const ids = readdirSync(root).filter((name) => existsSync(join(root, name, "scenario.json")));
// Skipped, and said so, unless `make test-cves` has installed the packages: nothing else needs them.
const installed = existsSync(join(root, ".packages"));

describe.skipIf(!installed)("published vulnerabilities (installed by scripts/setup.sh --cves)", () => {
  const pool = createAppPool({ workers: 1 });
  const verifier = openVerifier({ workers: 2, cache: false });
  afterAll(() => Promise.all([pool.close(), verifier.close()]));

  const results = async (
    id: string,
    fixedRelease: boolean,
  ): Promise<{ works: string[]; attacked: string[] }> => {
    const { scenario } = draw(await loadScenario(join(root, id), { fixedRelease }));
    const app = await pool.start(sourceOf(scenario, scenario.files));
    const passed = async (checks: typeof scenario.visible): Promise<string[]> => {
      const names: string[] = [];
      for (const check of checks) if ((await runCheck(app, check)).passed) names.push(check.name);
      return names;
    };
    try {
      const works = await passed([...scenario.visible, ...scenario.hidden]);
      const attacks = scenario.weaknesses.flatMap(({ exploits, variants }) => [...exploits, ...variants]);
      return { works, attacked: await passed(attacks) };
    } finally {
      await app.stop();
    }
  };

  it.each(ids)("%s", async (id) => {
    const scenario = await loadScenario(join(root, id));
    const { visible, hidden, weaknesses } = scenario;
    const checks = [...visible, ...hidden].map((check) => check.name);
    const attacks = weaknesses.flatMap((one) => [...one.exploits, ...one.variants]).map((one) => one.name);
    expect(await results(id, false)).toEqual({ works: checks, attacked: attacks });
    expect(await results(id, true)).toEqual({ works: checks, attacked: [] });

    const report = await validateScenario(verifier, scenario);
    expect(report.problems).toEqual([]);
    expect(report.unsafe).toBe(false);
  });
});
