/** The arms of the experiment on partial credit: each from the same start, each kept in a folder of the run. */
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProgramOutcome } from "../../src/eval/programs.ts";
import { scheduledReward } from "../../src/rewards/programs.ts";
import type { RecipeContext } from "../../src/runs/recipe.ts";
import { NonFiniteGuard } from "../../src/train/guard.ts";
import type { LocalBackend } from "../../src/train/local/backend.ts";
import { dumpBatch, logStep } from "../patch/record.ts";
import { evaluate, type GradeReward } from "./attempts.ts";
import { copyTokenizer, startPolicy } from "./policy.ts";
import { securitySpread, toOutcomes } from "./results.ts";
import type { ExperimentSettings } from "./settings.ts";
import { fineTune, klControl, practiseGrpo, practisePpo, type Practice } from "./train.ts";
import type { Workshop } from "./workshop.ts";

/** In the order in which they are played: PPO-continue goes on from the middle of PPO-binary. */
export const ARMS = ["sft", "ppo-binary", "ppo-continue", "ppo-fresh", "grpo"] as const;
export type Arm = (typeof ARMS)[number];

export interface ArmOptions {
  readonly workshop: Workshop;
  readonly config: ExperimentSettings;
  readonly context: RecipeContext;
  readonly seed: number;
  readonly arm: Arm;
  /** Steps of the arms before it: what is logged counts on. */
  readonly offset: number;
}

export interface ArmResult {
  readonly outcomes: readonly ProgramOutcome[];
  readonly infra: number;
  /** Standard deviation of Rsec over the samples. */
  readonly securitySpread: number;
}

const RESULT = "result.json";
const HALF = "half";
const folderOf = (dir: string, seed: number, arm: Arm): string => join(dir, "arms", `${seed}-${arm}`);

/** Plays an arm unless an earlier process has. It can be interrupted between arms: a started one begins again. */
export async function playArm(options: ArmOptions): Promise<void> {
  const { workshop, config, context, seed, arm, offset } = options;
  const { run, emit } = context;
  const steps = arm === "sft" ? config.sft.steps : config.practice.steps;
  const last = offset + steps - 1;
  if (run.resumedFrom !== null && run.resumedFrom.step >= last) return;
  const stage = `seed ${seed}: ${arm}`;
  const started = performance.now();
  emit({ kind: "stage-start", stage, total: steps });
  const { language, tokenizer } = workshop;
  const job = arm === "sft" || arm === "grpo" ? arm : "ppo";
  const { valueRate } = config.ppo;
  const backend = startPolicy({
    language,
    model: config.model,
    seed,
    job,
    valueRate,
    threads: config.threads,
  });
  try {
    await train(options, backend, stage);
    const traces = await evaluate(workshop, backend.sampler, { seed, ...config.eval });
    const result: ArmResult = { ...toOutcomes(traces), securitySpread: securitySpread(traces) };
    await run.publish(join("arms", `${seed}-${arm}`), async (folder) => {
      await backend.save(folder, { optimizer: false });
      await copyTokenizer(tokenizer, folder);
      await writeFile(join(folder, RESULT), JSON.stringify(result));
    });
    await run.saveCheckpoint(last, async (folder) =>
      writeFile(join(folder, "arm.json"), JSON.stringify({ seed, arm })),
    );
  } finally {
    await backend.close().catch(() => 0);
  }
  emit({ kind: "stage-end", stage, seconds: (performance.now() - started) / 1000 });
}

async function train(
  { workshop, config, context, seed, arm, offset }: ArmOptions,
  backend: LocalBackend,
  stage: string,
): Promise<void> {
  const { run, emit, signal } = context;
  const half = Math.floor(config.practice.steps / 2);
  const total = arm === "sft" ? config.sft.steps : config.practice.steps;
  const halfFolder = join("arms", `${seed}-${HALF}`);
  const onStep: Practice<object>["onStep"] = async (step, metrics) => {
    logStep(run, offset + step, { ...metrics, seed, arm: ARMS.indexOf(arm), arm_step: step });
    const note = arm === "sft" ? `loss ${metrics["loss"]!.toFixed(3)}` : progress(metrics);
    emit({ kind: "stage-step", stage, done: step + 1, total, note });
    if (arm === "ppo-binary" && step + 1 === half)
      await run.publish(halfFolder, (folder) => backend.save(folder, { optimizer: true }));
    signal.throwIfAborted();
    return true;
  };
  const guard = new NonFiniteGuard<object>(dumpBatch(run.dir));
  const training = { workshop, backend, seed, startStep: 0, guard, onStep };
  if (arm === "sft") return fineTune(training, config.sft);
  await backend.load(folderOf(run.dir, seed, "sft"), { optimizer: false });
  const practice: Practice<object> = { ...training, practice: config.practice, reward: rewards(arm, half) };
  if (arm === "grpo") {
    if (config.grpo.beta > 0) await backend.freezeReference();
    return practiseGrpo(practice, config.grpo);
  }
  await backend.startPpo();
  const goesOn = arm === "ppo-continue";
  if (goesOn) await backend.load(join(run.dir, halfFolder), { optimizer: true });
  return practisePpo({ ...practice, startStep: goesOn ? half : 0 }, config.ppo, klControl(config.ppo));
}

/** Steps with the binary reward: all, half of them, or none. */
const rewards = (arm: Arm, half: number): ((step: number) => GradeReward) => {
  const binarySteps = { sft: 0, grpo: 0, "ppo-fresh": 0, "ppo-continue": half, "ppo-binary": Infinity }[arm];
  return (step) => (grade) => scheduledReward(grade, step, { binarySteps });
};

const progress = (metrics: Readonly<Record<string, number>>): string =>
  ["reward", "syntax", "any_test"].map((name) => `${name} ${(metrics[name] ?? 0).toFixed(2)}`).join(", ");

/** Results of all seeds, per arm. Throws when an arm is missing. */
export function readArms(dir: string, seeds: readonly number[]): Record<Arm, ArmResult[]> {
  const of = (arm: Arm): ArmResult[] =>
    seeds.map((seed) => {
      const file = join(folderOf(dir, seed, arm), RESULT);
      if (!existsSync(file)) throw new Error(`${file}: the arm was not played`);
      return JSON.parse(readFileSync(file, "utf8")) as ArmResult;
    });
  return Object.fromEntries(ARMS.map((arm) => [arm, of(arm)])) as Record<Arm, ArmResult[]>;
}
