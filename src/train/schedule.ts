/** Learning rate: linear warm-up, then half a cosine down to a floor (transformers' get_cosine_schedule_with_warmup with a floor). */

export interface Schedule {
  readonly peak: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
  /** Fraction of the peak at the end. */
  readonly floor: number;
}

/** Learning rate for step 0, 1, ...; step 0 of a warm-up is not 0, so that no step is wasted. */
export function learningRateAt(step: number, { peak, warmupSteps, totalSteps, floor }: Schedule): number {
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return peak * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
