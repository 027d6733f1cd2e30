/** Learning-rate schedules: the factor on the base rate for each optimizer step, counted from 0. */

export type Schedule = (step: number) => number;

/** Rises linearly over `warmup` steps, then a cosine down to 0 at `total`: transformers' get_cosine_schedule_with_warmup. */
export function cosineWithWarmup(warmup: number, total: number, cycles = 0.5): Schedule {
  return (step) => {
    if (step < warmup) return step / Math.max(1, warmup);
    const progress = (step - warmup) / Math.max(1, total - warmup);
    return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * cycles * 2 * progress)));
  };
}

/** Rises linearly over `warmup` steps, then falls linearly to 0 at `total`: get_linear_schedule_with_warmup. */
export function linearWithWarmup(warmup: number, total: number): Schedule {
  return (step) =>
    step < warmup ? step / Math.max(1, warmup) : Math.max(0, (total - step) / Math.max(1, total - warmup));
}

/** Rises linearly over `warmup` steps, then stays at 1: get_constant_schedule_with_warmup. */
export function constantWithWarmup(warmup: number): Schedule {
  return (step) => (step < warmup ? step / Math.max(1, warmup) : 1);
}
