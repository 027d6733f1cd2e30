/**
 * Proximal policy optimisation over single-turn answers (Schulman et al. 2017), with the score at the end of an answer
 * and a KL penalty on every token; details as TRL's experimental trainer (../shared/protocols/trainers.md 1.5).
 */
import type { Trace } from "../../core/trace.ts";
import { makeRng } from "../../util/rng.ts";
import { mean } from "../../util/stats.ts";
import type { LossReport, PpoBackend, PpoDatum } from "../backend.ts";
import type { NonFiniteGuard } from "../guard.ts";
import { rolloutMetrics } from "../rollout-metrics.ts";
import { learningRateAt, type Schedule } from "../schedule.ts";
import { toScored, type ScoredAnswer } from "./answers.ts";
import type { KlControl } from "./kl-control.ts";
import { ppoReturns, type PpoReturns, type PpoReturnsOptions } from "./returns.ts";

export interface PpoSettings extends Omit<PpoReturnsOptions, "klCoefficient"> {
  /** Passes over the answers of a step, in an order drawn anew. */
  readonly epochs: number;
  /** Optimizer steps per pass. */
  readonly minibatches: number;
  readonly clip: number;
  readonly valueClip: number;
  readonly valueWeight: number;
  readonly temperature: number;
  /** Taken from the score of an answer that was cut off; null: nothing is. */
  readonly missingEosPenalty: number | null;
}

export interface PpoOptions {
  /** `startPpo` was called on it, or a checkpoint was loaded after that. */
  readonly backend: PpoBackend;
  /** Traces of one turn each, a function of the step number and the current weights only. */
  readonly rollouts: (step: number) => Promise<readonly Trace[]>;
  readonly settings: PpoSettings;
  /** Its coefficient belongs into a checkpoint. */
  readonly kl: KlControl;
  readonly schedule: Schedule;
  readonly guard: NonFiniteGuard<PpoDatum>;
  readonly seed: number;
  readonly startStep: number;
  /** Called after every step; returning false ends training early. */
  readonly onStep: (
    step: number,
    metrics: Readonly<Record<string, number>>,
    traces: readonly Trace[],
  ) => Promise<boolean>;
}

/** Runs from `startStep` to the schedule's end. Answers without a reward take no part and are counted. */
export async function trainPpo(options: PpoOptions): Promise<void> {
  const { schedule, settings, kl, backend } = options;
  for (let step = options.startStep; step < schedule.totalSteps; step++) {
    const started = performance.now();
    const traces = await options.rollouts(step);
    const generated = performance.now();
    const learningRate = learningRateAt(step, schedule);
    const answers = traces.flatMap((trace) => toScored(trace, settings.missingEosPenalty) ?? []);
    const coefficient = kl.coefficient;
    const metrics: Record<string, number> = {
      ...rolloutMetrics(traces),
      num_null_rewards: traces.length - answers.length,
      "objective/kl_coef": coefficient,
    };
    if (answers.length > 0) {
      const scores = await backend.scoreAnswers(answers, settings.temperature);
      const returns = ppoReturns(
        answers.map((answer, i) => ({ ...answer, ...scores[i]!, last: answer.logprobs.length - 1 })),
        { ...settings, klCoefficient: coefficient },
      );
      const data = answers.map((answer, i): PpoDatum => {
        const [n, { values }] = [answer.logprobs.length, scores[i]!];
        const advantages = returns.advantages[i]!.slice(0, n);
        return { ...answer, values, advantages, returns: returns.returns[i]! };
      });
      Object.assign(metrics, objective(answers, returns), await update(options, step, data, learningRate));
      kl.update(returns.kl, answers.length);
    }
    const goOn = await options.onStep(
      step,
      {
        ...metrics,
        lr: learningRate,
        episode: (step + 1) * traces.length,
        skipped_steps: options.guard.state.total,
        "time/rollout": (generated - started) / 1000,
        "time/update": (performance.now() - generated) / 1000,
      },
      traces,
    );
    if (!goOn) return;
  }
}

/** What was collected, under TRL's names; sums over an answer's tokens, means over answers. */
function objective(answers: readonly ScoredAnswer[], returns: PpoReturns): Record<string, number> {
  const scores = mean(answers.map(({ score }) => score));
  const all = mean(returns.rewards.map((row) => row.reduce((a, b) => a + b, 0)));
  return {
    "objective/kl": returns.kl,
    "objective/entropy": mean(answers.map(({ logprobs }) => -logprobs.reduce((a, b) => a + b, 0))),
    "objective/non_score_reward": all - scores,
    "objective/rlhf_reward": all,
    "objective/scores": scores,
    "val/num_eos_tokens": answers.filter(({ finished }) => finished).length,
  };
}

/** TRL's names for what the minibatches report. */
const NAMES: Readonly<Record<string, string>> = {
  "policy/approxkl_avg": "approx_kl",
  "policy/clipfrac_avg": "clip_fraction",
  "policy/entropy_avg": "entropy",
  "loss/policy_avg": "policy_loss",
  "loss/value_avg": "value_loss",
  "val/clipfrac_avg": "value_clip_fraction",
  "val/ratio": "ratio",
};

async function update(
  { backend, settings, guard, seed }: PpoOptions,
  step: number,
  data: readonly PpoDatum[],
  learningRate: number,
): Promise<Record<string, number>> {
  const reports: LossReport[] = [];
  const norms: number[] = [];
  const size = Math.ceil(data.length / settings.minibatches);
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const order = makeRng(`ppo/${seed}/${step}/${epoch}`).shuffle(data);
    for (let at = 0; at < order.length; at += size) {
      const part = order.slice(at, at + size);
      reports.push(await backend.ppoForwardBackward(part, settings));
      const report = await backend.optimStep(learningRate);
      norms.push(report.gradNorm);
      await guard.check(step, report, part);
    }
  }
  const each = (name: string): number[] => reports.map(({ metrics }) => metrics[name]!);
  const ratios = each("ratio");
  const centre = mean(ratios);
  return {
    ...Object.fromEntries(Object.entries(NAMES).map(([name, of]) => [name, mean(each(of))])),
    "val/ratio_var":
      ratios.reduce((sum, ratio) => sum + (ratio - centre) ** 2, 0) / Math.max(1, ratios.length - 1),
    loss: mean(reports.map(({ loss }) => loss)),
    grad_norm: mean(norms),
  };
}
