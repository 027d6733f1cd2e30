/** Direct preference optimisation over batches of pairs that depend only on the step number. */
import type { Datum } from "./backend.ts";
import type { SftOptions } from "./sft.ts";

/** A prompt with two answers; weights say which tokens are the answer's. */
export interface PreferencePair {
  readonly chosen: Datum;
  readonly rejected: Datum;
}

export interface DpoOptions extends Omit<SftOptions, "batch"> {
  readonly pairs: (step: number) => readonly PreferencePair[];
  /** How far the policy may go from the reference: larger stays nearer. TRL's default is 0.1. */
  readonly beta: number;
  /** The share of pairs that are taken to be the wrong way round. Default 0. */
  readonly labelSmoothing?: number;
}

/** Runs from `startStep` to `steps` against the backend's frozen reference, under TRL's names for the metrics. */
export async function trainDpo(options: DpoOptions): Promise<void> {
  const { backend, guard, beta, labelSmoothing } = options;
  for (let step = options.startStep; step < options.steps; step++) {
    const pairs = options.pairs(step);
    const batch = pairs.flatMap(({ chosen, rejected }, pair) => [
      { ...chosen, preference: { pair, chosen: true } },
      { ...rejected, preference: { pair, chosen: false } },
    ]);
    const learningRate = options.learningRate(step);
    const report = await backend.forwardBackward(batch, {
      kind: "preference",
      beta,
      labelSmoothing,
      totalPairs: pairs.length,
    });
    const update = await backend.optimStep(learningRate);
    await guard.check(step, update, batch);
    const goOn = await options.onStep(step, {
      ...report.metrics,
      loss: report.loss,
      grad_norm: update.gradNorm,
      learning_rate: learningRate,
      skipped_steps: guard.state.total,
    });
    if (!goOn) return;
  }
}
