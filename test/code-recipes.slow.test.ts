/** The code recipes, small: they run, they can be killed and resumed, and the experiment prints its table. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { projectRoot } from "../src/util/root.ts";
import { WHOLE } from "../src/testing/whole.ts";

const root = projectRoot();
const ironbark = join(root, "bin/ironbark");
const folder = mkdtempSync(join(tmpdir(), "ironbark-code-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const SMALL = [
  "tasks.perFamily=6",
  "tasks.tests=2",
  "model.hiddenSize=32",
  "model.intermediateSize=64",
  "model.layers=2",
  "answers.maxTokens=60",
  "sft.steps=6",
  "sft.batch=4",
  "eval.samples=1",
];
const PRACTICE = ["practice.steps=4", "practice.tasks=3", "practice.samples=4"];
const sets = (settings: readonly string[]): string[] => settings.flatMap((setting) => ["--set", setting]);
const run = (...args: string[]): ReturnType<typeof spawnSync> =>
  spawnSync(ironbark, ["run", ...args, "--quiet"], { cwd: root, encoding: "utf8", timeout: 500_000 });
const summary = (name: string): { status: string; metrics: Record<string, unknown> } =>
  JSON.parse(readFileSync(join(at(name), "summary.json"), "utf8")) as never;
const text = (name: string, file: string): string => readFileSync(join(at(name), file), "utf8");

/** Ends the whole process group once `file` is in the run's folder. */
async function killAt(name: string, file: string, args: readonly string[]): Promise<void> {
  const killed = spawn(ironbark, ["run", ...args, "--quiet", "--out", at(name)], {
    cwd: root,
    detached: true,
  });
  const ended = new Promise((resolve) => killed.on("exit", resolve));
  while (!existsSync(join(at(name), file)) && killed.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 20));
  process.kill(-killed.pid!, "SIGKILL");
  await ended;
  expect(existsSync(join(at(name), "summary.json"))).toBe(false);
}

it("code-sft makes a checkpoint from which code-grpo practises and an adapter is trained", () => {
  const made = run("code-sft", "--out", at("sft"), ...sets(SMALL));
  expect(made.stderr).toBe("");
  expect(made.status).toBe(0);
  const { metrics } = summary("sft");
  expect(metrics["leaked_tensors"]).toBe(0);
  expect(metrics["heldOut"]).toHaveProperty("syntax_ci95");
  const start = `start=${join(at("sft"), "checkpoint")}`;
  const settings = [...SMALL, ...PRACTICE, start, "grpo.beta=0.01"];
  const grpo = run("code-grpo", "--out", at("grpo"), ...sets(settings));
  expect(grpo.stderr).toBe("");
  expect(grpo.status).toBe(0);
  expect(summary("grpo").metrics).toMatchObject({ leaked_tensors: 0 });
  expect(text("grpo", "rollouts.jsonl").trim().split("\n")).toHaveLength(4 * 12);

  const lora = run(
    "code-sft",
    "--out",
    at("lora"),
    ...sets([...SMALL, start, 'lora={"rank":4}', "saveEvery=3"]),
  );
  expect(lora.stderr).toBe("");
  expect(lora.status).toBe(0);
  expect(summary("lora").metrics["leaked_tensors"]).toBe(0);
  const adapter = JSON.parse(text("lora", "checkpoint/adapter/adapter_config.json")) as Record<
    string,
    unknown
  >;
  expect(adapter).toMatchObject({ peft_type: "LORA", r: 4, task_type: "CAUSAL_LM" });
});

it("code-ppo gives the same numbers, byte for byte, when it was killed half-way and resumed", async () => {
  const settings = [...SMALL, ...PRACTICE, "saveEvery=2", "ppo.klTarget=0.1", "ppo.klHorizon=100"];
  const whole = run("code-ppo", "--out", at("whole"), ...sets(settings));
  expect(whole.stderr).toBe("");
  expect(whole.status).toBe(0);
  await killAt("killed", "checkpoints/step-000001/checkpoint.json", ["code-ppo", ...sets(settings)]);
  expect(run("code-ppo", "--resume", at("killed")).status).toBe(0);
  for (const file of ["metrics.jsonl", "rollouts.jsonl"])
    expect(text("killed", file)).toBe(text("whole", file));
  const last = JSON.parse(text("whole", "metrics.jsonl").trim().split("\n").at(-1)!) as Record<
    string,
    number
  >;
  for (const name of ["objective/kl", "loss/value_avg", "policy/clipfrac_avg", "reward", "num_null_rewards"])
    expect(last[name], name).toBeTypeOf("number");
  // The penalty was steered.
  expect(last["objective/kl_coef"]).not.toBe(0.005);
});

it.runIf(WHOLE)(
  "partial-credit plays every arm for every seed, also after a kill, and says whether the claim holds",
  async () => {
    const settings = [...SMALL, ...PRACTICE, "repetitions=2"];
    const whole = run("partial-credit", "--out", at("experiment"), ...sets(settings));
    expect(whole.stderr).toBe("");
    // So small a model proves nothing: the run is a failed gate, which is not an error.
    expect(whole.status).toBe(1);
    const { status, metrics } = summary("experiment");
    expect(status).toBe("failed");
    const arms = metrics["arms"] as Record<string, Record<string, number>>;
    expect(Object.keys(arms)).toEqual(["sft", "ppo-binary", "ppo-continue", "ppo-fresh", "grpo"]);
    for (const arm of Object.values(arms))
      expect(arm["n"]! + arm["infra"]!).toBe(2 * Number(metrics["held_out_tasks"]));
    expect(text("experiment", "report.html")).toContain("<svg");

    await killAt("experiment-killed", "arms/1-ppo-continue/result.json", [
      "partial-credit",
      ...sets(settings),
    ]);
    expect(run("partial-credit", "--resume", at("experiment-killed")).status).toBe(1);
    expect(text("experiment-killed", "metrics.jsonl")).toBe(text("experiment", "metrics.jsonl"));
    expect(summary("experiment-killed").metrics["arms"]).toEqual(arms);
  },
);
