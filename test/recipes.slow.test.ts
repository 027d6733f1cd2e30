import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { projectRoot } from "../src/util/root.ts";

const root = projectRoot();
const ironbark = join(root, "bin/ironbark");
const folder = mkdtempSync(join(tmpdir(), "ironbark-recipes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const run = (...args: string[]): ReturnType<typeof spawnSync> =>
  spawnSync(ironbark, ["run", ...args, "--quiet"], { cwd: root, encoding: "utf8", timeout: 500_000 });
const summary = (name: string): { status: string; metrics: Record<string, unknown> } =>
  JSON.parse(readFileSync(join(at(name), "summary.json"), "utf8")) as never;
const lines = (name: string): string[] =>
  readFileSync(join(at(name), "metrics.jsonl"), "utf8")
    .trim()
    .split("\n");

const SMALL = [
  "eval.count=3",
  "eval.familiesAfter=4",
  "eval.maxTurns=1",
  "grpo.steps=3",
  "grpo.groups=2",
  "grpo.samples=4",
  "grpo.maxTurns=2",
  "grpo.saveEvery=2",
];
const sets = (settings: readonly string[]): string[] => settings.flatMap((setting) => ["--set", setting]);

describe("the recipes, small", () => {
  it("grpo-minimal learns to pick the patch that survives the attack", () => {
    const { status, stderr } = run("grpo-minimal", "--out", at("minimal"));
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const { metrics } = summary("minimal");
    expect(Number(metrics["reward_last5"])).toBeGreaterThan(Number(metrics["reward_first5"]) + 0.2);
    expect(metrics["leaked_tensors"]).toBe(0);
  });

  it("quickstart gives the same numbers, byte for byte, when it was killed half-way and resumed", async () => {
    expect(run("quickstart", "--out", at("whole"), ...sets(SMALL)).status).toBe(0);
    const killed = spawn(ironbark, ["run", "quickstart", "--quiet", "--out", at("killed"), ...sets(SMALL)], {
      cwd: root,
      detached: true,
    });
    const checkpoint = join(at("killed"), "checkpoints/step-000001/checkpoint.json");
    const ended = new Promise((resolve) => killed.on("exit", resolve));
    while (!existsSync(checkpoint) && killed.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
    process.kill(-killed.pid!, "SIGKILL");
    await ended;
    expect(existsSync(join(at("killed"), "summary.json"))).toBe(false);
    const resumed = run("quickstart", "--resume", at("killed"));
    expect(resumed.stderr).toBe("");
    expect(resumed.status).toBe(0);
    expect(lines("whole")).toHaveLength(3);
    expect(lines("killed")).toEqual(lines("whole"));
    const { instances, families, novel, handwritten, leaked_tensors: leaked } = summary("whole").metrics;
    for (const split of [instances, families, novel]) {
      const { before, after } = split as { before: Record<string, unknown>; after: Record<string, unknown> };
      for (const key of ["reward", "identified", "blocked", "broken", "syntax_error", "infra", "n"]) {
        expect(before[key]).toBeTypeOf("number");
        expect(after[key]).toBeTypeOf("number");
      }
    }
    expect(handwritten).toHaveProperty("after.n", 8);
    expect(leaked).toBe(0);
    expect(readFileSync(join(at("whole"), "report.html"), "utf8")).toContain("<svg");
  });

  it("starter makes a checkpoint whose logits transformers reproduces", () => {
    const { status, stderr } = run(
      "starter",
      "--out",
      at("starter"),
      ...sets(["steps=3", "batch=4", "corpus=150", "saveEvery=2", "precision=fp32"]),
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const python = join(root, ".venv/bin/python");
    const compare = spawnSync(
      python,
      [join(root, "test/support/logits.py"), join(at("starter"), "checkpoint")],
      { encoding: "utf8", timeout: 300_000 },
    );
    if (compare.status === 3) return console.warn("skipped: transformers is not installed");
    expect(compare.stderr.split("\n").filter((line) => /Error/.test(line))).toEqual([]);
    const ours = spawnSync(
      process.execPath,
      ["--import", "tsx", join(root, "test/support/logits.ts"), join(at("starter"), "checkpoint")],
      { cwd: root, encoding: "utf8" },
    );
    const theirs = JSON.parse(compare.stdout) as number[];
    const values = JSON.parse(ours.stdout) as number[];
    expect(values).toHaveLength(theirs.length);
    expect(Math.max(...values.map((value, i) => Math.abs(value - theirs[i]!)))).toBeLessThan(5e-5);
  });

  it("quickstart-control spends the given seconds", () => {
    const settings = ["seconds=3", "batch=4", "eval.count=2", "eval.familiesAfter=3", "eval.maxTurns=2"];
    expect(run("quickstart-control", "--out", at("control"), ...sets(settings)).status).toBe(0);
    expect(Number(summary("control").metrics["train_seconds"])).toBeGreaterThan(3);
  });

  it("say which setting is wrong", () => {
    const wrong = run("quickstart", "--out", at("wrong"), "--set", "grpo.stepz=3");
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/stepz/);
    expect(existsSync(at("wrong"))).toBe(false);
    const start = run("quickstart", "--out", at("nothing"), "--set", `start=${folder}`);
    expect(start.status).toBe(2);
    expect(start.stderr).toMatch(/model\.safetensors/);
  });
});
