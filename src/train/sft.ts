/** Supervised fine-tuning: weighted cross-entropy over batches that depend only on the step number. */
import type { Datum, TrainingBackend } from "./backend.ts";
import type { NonFiniteGuard } from "./guard.ts";

export interface SftOptions {
  readonly backend: TrainingBackend;
  /** The batch of a step; the same step gives the same batch, so that a resumed run continues exactly. */
  readonly batch: (step: number) => readonly Datum[];
  readonly learningRate: (step: number) => number;
  /** Where to stop, unless `onStep` says so earlier. */
  readonly steps: number;
  readonly guard: NonFiniteGuard;
  readonly startStep: number;
  /** Called after every step; returning false ends training early. */
  readonly onStep: (step: number, metrics: Readonly<Record<string, number>>) => Promise<boolean>;
}

/** Runs from `startStep` to `steps`. The loss is the weighted mean over the batch's tokens. */
export async function trainSft(options: SftOptions): Promise<void> {
  const { backend, guard } = options;
  for (let step = options.startStep; step < options.steps; step++) {
    const batch = options.batch(step);
    const learningRate = options.learningRate(step);
    const report = await backend.forwardBackward(batch, { kind: "cross-entropy" });
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
