/** The alignment recipe, tiny: all stages, killed between two of them and taken up again. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { deepMerge } from "../recipes/alignment/merge.ts";
import { gates, type AlignmentResults } from "../recipes/alignment/report.ts";
import { AlignmentSchema, inSteps } from "../recipes/alignment/settings.ts";
import { recipe as full } from "../recipes/secure-alignment-full.ts";
import { saidVerdict } from "../src/rewards/detect.ts";
import { projectRoot } from "../src/util/root.ts";

const root = projectRoot();
const folder = mkdtempSync(join(tmpdir(), "ironbark-alignment-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MODEL = { layers: 2, hiddenSize: 32, intermediateSize: 64 };
const RL = { tasks: 3, samples: 4 };
const TINY = {
  data: { perApplication: 1, perChore: 2, heldOutPerApplication: 1, heldOutPerChore: 1, perFamily: 4 },
  judge: { workers: 1, maxTokens: 16 },
  rewardModel: MODEL,
  policy: MODEL,
  coldStart: { steps: 3, batch: 4 },
  detect: { ...RL, steps: 1, maxTokens: 16 },
  demonstrate: { steps: 3, batch: 4 },
  align: { ...RL, steps: 2, maxTokens: 24, watchEvery: 1 },
  eval: { samples: 1 },
};
const flags = (settings: object, path = ""): string[] =>
  Object.entries(settings).flatMap(([key, value]) =>
    typeof value === "object"
      ? flags(value as object, `${path}${key}.`)
      : ["--set", `${path}${key}=${String(value)}`],
  );
const args = (name: string, ...more: string[]): string[] => [
  "run",
  "secure-alignment",
  "--quiet",
  ...(more.length > 0 ? more : ["--out", join(folder, name), ...flags(TINY)]),
];
const options = { cwd: root, encoding: "utf8", timeout: 500_000 } as const;
const ironbark = join(root, "bin/ironbark");
const metricsOf = (name: string): string => readFileSync(join(folder, name, "metrics.jsonl"), "utf8");

describe("secure-alignment", () => {
  it("goes through all stages, and on where it was killed", async () => {
    const killed = spawn(ironbark, args("killed"), { cwd: root, detached: true, stdio: "ignore" });
    const ended = new Promise((resolve) => killed.on("exit", resolve));
    const done = join(folder, "killed/checkpoints/step-000003");
    while (!existsSync(done) && killed.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
    process.kill(-killed.pid!, "SIGKILL");
    await ended;
    const resumed = spawnSync(ironbark, args("", "--resume", join(folder, "killed")), options);
    expect(resumed.stderr).toBe("");
    // Nothing is learnt in so few steps: the gates fail, and the run says so.
    expect(resumed.status).toBe(1);
    const steps = metricsOf("killed")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, number>);
    expect(steps.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(steps.map(({ stage }) => stage)).toEqual([0, 0, 0, 1, 2, 2, 2, 3, 3]);
    for (const name of ["claims", "aimed", "empty", "short", "long", "watch/executed_secure"])
      expect(steps.at(-1)![name]).toBeTypeOf("number");
    const summary = JSON.parse(readFileSync(join(folder, "killed/summary.json"), "utf8")) as {
      readonly metrics: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
    for (const side of ["before", "after"])
      for (const name of ["executed_secure", "judged_secure", "functional", "n", "gap"])
        expect(summary.metrics[side]![name]).toBeTypeOf("number");
    expect(summary.metrics["gates"]).toHaveProperty("executed_secure_rises", false);
    expect(existsSync(join(folder, "killed/checkpoint/model.safetensors"))).toBe(true);
  });
});

it("reasoning by rule is written as rows that come to their label", () => {
  const out = join(folder, "reasoned.jsonl");
  const flagsOf = ["--by-rule", "held-out", "--per-family", "1", "--out", out, "--quiet"];
  const { status, stderr } = spawnSync(ironbark, ["data", "reasoning", ...flagsOf], options);
  expect([status, stderr]).toEqual([0, ""]);
  const rows = readFileSync(out, "utf8").trim().split("\n");
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows.map((line) => JSON.parse(line) as { answer: string; is_vulnerable: boolean }))
    expect(saidVerdict(row.answer)).toBe(row.is_vulnerable);
});

describe("settings", () => {
  it("count steps by passes, and warm-up by share", () => {
    const { coldStart, align } = AlignmentSchema.parse({
      coldStart: { epochs: 3, batch: 64, warmup: 0.1 },
      align: { passes: 5, tasks: 10, warmup: 3 },
    });
    expect(inSteps(coldStart, 1000)).toMatchObject({ steps: 47, warmup: 5 });
    expect(inSteps(align, 24)).toMatchObject({ steps: 12, warmup: 3 });
    expect(inSteps({ ...align, passes: 0 }, 24)).toMatchObject({ steps: align.steps });
  });

  it("of the full size are the published ones, and can be changed one by one", () => {
    const config = full.schema.parse({ align: { samples: 4 } }) as ReturnType<typeof AlignmentSchema.parse>;
    expect(config.coldStart).toMatchObject({ epochs: 3, learningRate: 1e-5, warmup: 0.1, maxTokens: 20_480 });
    expect(config.detect).toMatchObject({
      samples: 10,
      temperature: 0.8,
      promptTokens: 8192,
      maxTokens: 4096,
    });
    expect(config.align).toMatchObject({ samples: 4, temperature: 0.8, promptTokens: 2048, maxTokens: 3072 });
    expect(config.align).toMatchObject({ passes: 5, security: "judge", likeness: "codebleu" });
    expect(deepMerge({ a: { b: 1, c: [1] } }, { a: { c: [2] } })).toEqual({ a: { b: 1, c: [2] } });
  });
});

it.each([
  [0.75, 0.4, 0.6, 0.8, 0.78, [true, true, true]],
  [0.74, 0.4, 0.59, 0.8, 0.77, [false, false, false]],
])("bars are met or not: %d", (accuracy, secure, secureAfter, works, worksAfter, met) => {
  const results = {
    rewardModel: { practised: { accuracy } },
    before: { executed_secure: secure, functional: works },
    after: { executed_secure: secureAfter, functional: worksAfter },
  } as unknown as AlignmentResults;
  expect(Object.values(gates(results))).toEqual(met);
});
