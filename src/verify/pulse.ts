/** Whether this process itself got to run: one that stood still cannot blame an application for being late. */

const BEAT_MS = 50;

export interface Pulse {
  /** The longest time in milliseconds that this process has stood still since the start. */
  longestGap(): number;
  stop(): void;
}

/** Beats until it is stopped; does not keep the process alive. */
export function startPulse(now: () => number = () => performance.now()): Pulse {
  let last = now();
  let longest = 0;
  const beat = (): void => {
    const at = now();
    longest = Math.max(longest, at - last - BEAT_MS);
    last = at;
  };
  const timer = setInterval(beat, BEAT_MS).unref();
  return {
    longestGap: () => {
      // A gap that ends now counts too.
      beat();
      return longest;
    },
    stop: () => clearInterval(timer),
  };
}
