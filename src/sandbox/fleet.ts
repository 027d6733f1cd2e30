/** Warm runners, started when they are needed and replaced when they die, and the turns of those who wait for one. */
import { InfraError } from "../core/index.ts";
import type { RunnerOptions } from "./bwrap.ts";
import { Runner } from "./runner.ts";

export interface Fleet {
  /** The least loaded runner. Throws PrerequisiteError without isolation, InfraError when the sandbox fails. */
  pick(): Promise<Runner>;
  close(): Promise<void>;
}

/** Nothing starts before the first `pick`. */
export function createFleet(workers: number, options: RunnerOptions): Fleet {
  const slots: (Promise<Runner> | undefined)[] = Array.from({ length: workers });
  const live: (Runner | undefined)[] = Array.from({ length: workers });

  const launch = async (index: number): Promise<Runner> => {
    const runner = await Runner.launch(options);
    live[index] = runner;
    return runner;
  };
  return {
    async pick(): Promise<Runner> {
      let best = 0;
      const cost = (index: number): number => (slots[index] === undefined ? 0 : (live[index]?.load ?? 0.5));
      for (let index = 1; index < workers; index++) if (cost(index) < cost(best)) best = index;
      if (live[best] && !live[best]!.alive) {
        void live[best]!.close();
        slots[best] = live[best] = undefined;
      }
      const slot = (slots[best] ??= launch(best));
      try {
        return await slot;
      } catch (error) {
        if (slots[best] === slot) slots[best] = undefined;
        throw error;
      }
    },
    async close(): Promise<void> {
      const runners = await Promise.allSettled(slots);
      await Promise.all(
        runners.map((slot) => (slot.status === "fulfilled" ? slot.value?.close() : undefined)),
      );
    },
  };
}

/** A counting semaphore; each permit's release function works once. Rejects with InfraError after `waitMs`. */
export function makeGate(permits: number, waitMs: number): () => Promise<() => void> {
  const waiting = new Set<() => void>();
  let free = permits;
  const release = (): void => {
    const [next] = waiting;
    if (next) next();
    else free++;
  };
  const turn = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        waiting.delete(enter);
        resolve();
      };
      const giveUp = (): void => {
        waiting.delete(enter);
        reject(new InfraError("sandbox", `all ${permits} places are taken`));
      };
      const timer = waitMs === Infinity ? undefined : setTimeout(giveUp, waitMs);
      waiting.add(enter);
    });
  return async () => {
    if (free > 0) free--;
    else await turn();
    let held = true;
    return () => {
      if (held) release();
      held = false;
    };
  };
}
