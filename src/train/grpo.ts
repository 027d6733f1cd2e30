/** Group relative policy optimisation over multi-turn episodes (Shao et al. 2024; details as TRL: ../shared/protocols/trainers.md 1). */
import type { Trace } from "../core/trace.ts";
import { mean } from "../util/stats.ts";
import { groupAdvantages, type RewardScaling } from "./advantages.ts";
import type { Datum, LossReport, LossSpec, PolicyLossOptions, TrainingBackend } from "./backend.ts";
import type { NonFiniteGuard } from "./guard.ts";
import { weightOf } from "./packing.ts";
import { toDatum } from "./policy-data.ts";
import { rolloutMetrics } from "./rollout-metrics.ts";
import { learningRateAt, type Schedule } from "./schedule.ts";

export interface GrpoLoss extends PolicyLossOptions {
  readonly scaling: RewardScaling;
  /** Passes over a generation batch (TRL's num_iterations). */
  readonly epochs: number;
  /** Optimizer steps per pass; from the second one on the ratio leaves 1. */
  readonly minibatches: number;
  /** Episodes that were cut off teach nothing, though their rewards count in their group. Default false. */
  readonly maskTruncated?: boolean;
}

export interface GrpoOptions {
  readonly backend: TrainingBackend;
  /** Groups of traces for a step, a function of the step number and the current weights only. */
  readonly rollouts: (step: number) => Promise<readonly (readonly Trace[])[]>;
  readonly loss: GrpoLoss;
  readonly schedule: Schedule;
  readonly guard: NonFiniteGuard;
  readonly startStep: number;
  readonly onStep: (
    step: number,
    metrics: Readonly<Record<string, number>>,
    groups: readonly (readonly Trace[])[],
  ) => Promise<boolean>;
}

export async function trainGrpo(options: GrpoOptions): Promise<void> {
  const { schedule } = options;
  for (let step = options.startStep; step < schedule.totalSteps; step++) {
    const started = performance.now();
    const groups = await options.rollouts(step);
    const generated = performance.now();
    const learningRate = learningRateAt(step, schedule);
    const update = await updatePolicy(options, step, groups, learningRate);
    const goOn = await options.onStep(
      step,
      {
        ...rolloutMetrics(groups.flat()),
        ...update,
        learning_rate: learningRate,
        skipped_steps: options.guard.state.total,
        "time/rollout": (generated - started) / 1000,
        "time/update": (performance.now() - generated) / 1000,
      },
      groups,
    );
    if (!goOn) return;
  }
}

/** `epochs` passes over the generation batch in `minibatches` optimizer steps each. */
async function updatePolicy(
  { backend, loss, guard }: GrpoOptions,
  step: number,
  groups: readonly (readonly Trace[])[],
  learningRate: number,
): Promise<Record<string, number>> {
  const advantages = groupAdvantages(
    groups.map((group) => group.map((trace) => trace.reward.value)),
    loss.scaling,
  );
  const isMasked = (trace: Trace): boolean => loss.maskTruncated === true && trace.truncated;
  // Traces without signal and groups without a difference carry no gradient: they cost nothing here.
  const data = groups.map((group, g) =>
    group.flatMap((trace, i) => {
      const advantage = advantages[g]!.advantages[i]!;
      const idle = advantage === 0 && loss.beta === 0 && (loss.entropyCoefficient ?? 0) === 0;
      return trace.reward.value === null || idle || isMasked(trace) ? [] : [toDatum(trace, advantage)];
    }),
  );
  const scored = groups.flatMap((group) => group.filter((trace) => trace.reward.value !== null));
  const counted = scored.map((trace) => toDatum(trace, 0));
  const stats = {
    reward_std: mean(advantages.map((a) => a.std)),
    frac_reward_zero_std: mean(advantages.map((a) => (a.std === 0 ? 1 : 0))),
    num_null_rewards: advantages.reduce((sum, a) => sum + a.nulls, 0),
  };
  const reports: (LossReport & { gradNorm: number })[] = [];
  const pass = minibatches(data, loss.minibatches);
  for (const part of Array.from({ length: loss.epochs }, () => pass).flat()) {
    if (part.length === 0) continue;
    const spec: LossSpec = {
      ...loss,
      kind: "policy",
      totalSequences: counted.length / loss.minibatches,
      totalTokens: weightOf(counted.filter((_, i) => !isMasked(scored[i]!))) / loss.minibatches,
    };
    const report = await backend.forwardBackward(part, spec);
    const update = await backend.optimStep(learningRate);
    await guard.check(step, update, part);
    reports.push({ ...report, gradNorm: update.gradNorm });
  }
  const names = [...new Set(reports.flatMap((report) => Object.keys(report.metrics)))];
  const means = names.map((name) => [name, mean(reports.map((report) => report.metrics[name] ?? 0))]);
  const loss_ = reports.length === 0 ? 0 : mean(reports.map((report) => report.loss));
  const gradNorm = reports.length === 0 ? 0 : mean(reports.map((report) => report.gradNorm));
  return { ...stats, ...Object.fromEntries(means), loss: loss_, grad_norm: gradNorm };
}

/** Whole groups stay together, so that their shared prompt is computed once. */
function minibatches(groups: readonly (readonly Datum[])[], count: number): Datum[][] {
  const parts: Datum[][] = Array.from({ length: count }, () => []);
  groups.forEach((group, i) => parts[i % count]!.push(...group));
  return parts;
}
