/** Whole episodes with the real verifier: fixes win, cheats and hostile applications do not, and the episode goes on. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Scenario } from "../../core/scenario.ts";
import { loadScenarios } from "../../data/index.ts";
import { createAppPool } from "../../sandbox/index.ts";
import { projectRoot } from "../../util/root.ts";
import { createVerifier } from "../../verify/index.ts";
import { createPatchEnvironment, type PatchEnvironment } from "./environment.ts";
import { generatedSource, scenarioList, type ScenarioSource } from "./source.ts";

const pool = createAppPool({
  workers: 1,
  limits: { startMs: 3000, requestMs: 2000, commandMs: 3000, wallMs: 20_000 },
});
const verifier = createVerifier({ pool });
let written: readonly Scenario[];
let env: PatchEnvironment;

beforeAll(async () => {
  written = await loadScenarios(join(projectRoot(), "scenarios"));
});
afterEach(() => env.close());
afterAll(() => pool.close());

const open = (source: ScenarioSource): PatchEnvironment =>
  (env = createPatchEnvironment({ source, verifier, pool }));
const patch = (change: object) => ({ action: "patch", patch: change });

/** Processes of this machine whose command line contains `mark`. */
function processesWith(mark: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(mark);
      } catch {
        return false;
      }
    });
}

describe("deserved", () => {
  it("naming and fixing earns 1.5 on every hand-written scenario", async () => {
    const environment = open(scenarioList(written));
    for (const scenario of written) {
      await environment.reset({ scenario_id: scenario.id });
      const [weakness] = scenario.weaknesses;
      const [at] = weakness!.locations;
      await environment.step({ action: "identify_vuln", type: weakness!.type, ...at });
      const last = await environment.step(patch(scenario.reference));
      const state = environment.state();
      expect([scenario.id, last.done, state.total_reward, state.infra]).toEqual([
        scenario.id,
        true,
        1.5,
        null,
      ]);
      expect(state.blocked).toBe(true);
    }
  });

  it("fixing one weakness after the other wins too", async () => {
    const scenario = written.find(
      ({ weaknesses, reference }) => weaknesses.length > 1 && Object.keys(reference).length > 1,
    )!;
    const environment = open(scenarioList(written));
    await environment.reset({ scenario_id: scenario.id });
    const rewards: (number | null)[] = [];
    for (const [path, change] of Object.entries(scenario.reference))
      rewards.push((await environment.step(patch({ [path]: change }))).reward);
    expect(rewards.at(0)).toBe(0.2);
    expect(rewards.at(-1)).toBe(1);
    expect(environment.state().total_reward).toBe(1.2);
  });

  it("generated applications", async () => {
    const families = ["sql-where-concat", "xss-page-fstring", "path-open-path"];
    const environment = open(generatedSource({ families, size: 300 }));
    for (const index of [0, 1, 2]) {
      await environment.reset({ index });
      const scenario = generatedSource({ families, size: 300 }).get(index);
      const last = await environment.step(patch(scenario.alternatives[0]!.patch));
      expect([scenario.id, last.reward, last.observation.ended]).toEqual([scenario.id, 1.2, "blocked"]);
    }
  });
});

describe("undeserved", () => {
  it("cheats never earn the block", async () => {
    const scenario = written.find(({ id }) => id === "library")!;
    const environment = open(scenarioList([scenario]));
    for (const cheat of scenario.cheats) {
      await environment.reset();
      const step = await environment.step(patch(cheat.patch));
      expect([cheat.name, step.components["block"], step.done]).toEqual([cheat.name, 0, false]);
      expect(step.observation.result).not.toBe("blocked");
    }
  });

  it("a comment earns 0.2 once and shows no more than the visible rungs", async () => {
    const scenario = written.find(({ id }) => id === "library")!;
    const environment = open(scenarioList([scenario]));
    await environment.reset();
    const entry = scenario.files["app.py"]!;
    const first = await environment.step(patch({ "app.py": `${entry}# one\n` }));
    expect(first).toMatchObject({ reward: 0.2, observation: { result: "exploitable" } });
    expect((await environment.step(patch({ "app.py": `${entry}# two\n` }))).reward).toBe(0);
    const shown = JSON.stringify(first.observation);
    const secret = [
      ...scenario.hidden,
      ...scenario.weaknesses.flatMap((one) => [...one.exploits, ...one.variants]),
    ];
    for (const check of secret) expect(shown).not.toContain(JSON.stringify(check.name));
  });
});

const MARK = "ironbark_hostile_mark";

/** Code put in front of the application, and what it must come to. */
const HOSTILE: readonly [string, string, readonly string[]][] = [
  ["is not Python", "def def\n", ["syntax-error"]],
  ["never starts", "import time\ntime.sleep(600)\n", ["broken"]],
  ["loops while it is imported", "while True: pass\n", ["broken"]],
  ["raises", "raise RuntimeError('no')\n", ["broken"]],
  ["exits", "import os\nos._exit(0)\n", ["broken"]],
  ["recurses", "def f(): return f()\nf()\n", ["broken"]],
  ["forks without end", "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass\n", ["broken"]],
  [
    "fills its disk",
    "try:\n  with open('/app/fill', 'wb') as f:\n    while True: f.write(b'x' * 10**6)\nexcept OSError: raise SystemExit\n",
    ["broken"],
  ],
  ["fills its memory", "x = []\nwhile True: x.append(bytes(10**7))\n", ["broken"]],
  ["prints without end", "while True: print('x' * 10000)\n", ["broken"]],
  ["kills its parent", "import os\nos.kill(os.getppid(), 9)\n", ["broken", "exploitable"]],
  ["kills all it can", "import os\ntry: os.kill(-1, 9)\nexcept OSError: pass\n", ["broken", "exploitable"]],
  [
    "leaves a process behind",
    `import subprocess, sys\ntry: subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', '${MARK}'])\nexcept OSError: pass\n`,
    ["broken", "exploitable"],
  ],
];

describe("hostile applications", () => {
  it.each(HOSTILE)(
    "an application that %s gets its verdict, and the next patch wins",
    async (_name, code, results) => {
      const scenario = written.find(({ id }) => id === "depot")!;
      const environment = open(scenarioList([scenario]));
      await environment.reset();
      const hostile = `${code}${scenario.files[scenario.entry]!}`;
      const step = await environment.step(patch({ [scenario.entry]: hostile }));
      expect(results).toContain(step.observation.result);
      expect(step.observation.stdout).not.toBe("");
      const expected = { "syntax-error": -0.2, broken: 0, exploitable: 0.2 }[
        step.observation.result as "broken"
      ];
      expect(step.reward).toBe(expected);
      const { infra, patched } = environment.state();
      expect([infra, patched.length]).toEqual([null, expected > 0 ? 1 : 0]);
      const original = patch({ [scenario.entry]: scenario.files[scenario.entry]! });
      if (patched.length > 0) await environment.step(original);
      expect((await environment.step(patch(scenario.reference))).components["block"]).toBe(1);
      expect(processesWith(MARK)).toEqual([]);
    },
  );
});
