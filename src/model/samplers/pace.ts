/** Keeps requests to an endpoint apart: so many per minute, and none before a moment that the endpoint named. */

export interface Pace {
  /** Resolves when the next request may start; requests start in the order in which they asked. */
  turn(signal?: AbortSignal): Promise<void>;
  /** Nothing starts within the next `ms`. */
  pause(ms: number): void;
}

/** `perMinute` undefined: as fast as they come. */
export function createPace(perMinute: number | undefined): Pace {
  const gap = perMinute === undefined ? 0 : 60_000 / perMinute;
  let free = 0;
  let line: Promise<void> = Promise.resolve();
  return {
    turn(signal) {
      const mine = line.then(async () => {
        // Again after each wait: a pause may have been asked for in the meantime.
        for (let left = free - performance.now(); left > 0; left = free - performance.now())
          await sleep(left, signal);
        free = Math.max(free, performance.now()) + gap;
      });
      line = mine.catch(() => {});
      return mine;
    },
    pause(ms) {
      free = Math.max(free, performance.now() + ms);
    },
  };
}

export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
