/** Warm runners and the places in them; a runner that dies is replaced. */
import { availableParallelism } from "node:os";
import { InfraError } from "../core/index.ts";
import { startInstance } from "./instance.ts";
import { Runner } from "./runner.ts";
import { DEFAULT_LIMITS, type AppInstance, type AppPool, type AppSource, type Limits } from "./types.ts";

export interface PoolOptions {
  /** Verifications at once, and runners; default: the cores of the machine. */
  readonly workers?: number;
  /** Long-lived applications at once; one more waits a little, then fails with InfraError. */
  readonly sessions?: number;
  readonly limits?: Partial<Limits>;
  /** Runs applications as plain processes of this machine. Only for code that you trust. */
  readonly unsafe?: boolean;
}

/** Nothing starts before the first application does. */
export function createAppPool(options: PoolOptions = {}): AppPool {
  const { workers = availableParallelism(), sessions = 256, unsafe = false } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const slots: (Promise<Runner> | undefined)[] = Array.from({ length: workers });
  const live: (Runner | undefined)[] = Array.from({ length: workers });
  const places = {
    // A verification always comes to its turn; a session may be held for an hour.
    short: makeGate(workers, Infinity),
    session: makeGate(sessions, limits.startMs),
  };
  let closed = false;

  const launch = async (index: number): Promise<Runner> => {
    const runner = await Runner.launch(unsafe);
    live[index] = runner;
    return runner;
  };
  /** The least loaded runner, started or replaced as needed. */
  const pick = async (): Promise<Runner> => {
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
  };

  return {
    workers,
    limits,
    unsafe,
    async start(app: AppSource): Promise<AppInstance> {
      if (closed) throw new InfraError("sandbox", "the pool is closed");
      const release = await (app.session ? places.session : places.short)();
      try {
        const instance = await startInstance(await pick(), app, limits);
        if (instance.startup.state !== "started") release();
        else {
          const stop = instance.stop.bind(instance);
          instance.stop = () => stop().finally(release);
        }
        return instance;
      } catch (error) {
        release();
        throw error;
      }
    },
    async close(): Promise<void> {
      closed = true;
      const runners = await Promise.allSettled(slots);
      await Promise.all(
        runners.map((slot) => (slot.status === "fulfilled" ? slot.value?.close() : undefined)),
      );
    },
  };
}

/** A counting semaphore; each permit's release function works once. Rejects with InfraError after `waitMs`. */
function makeGate(permits: number, waitMs: number): () => Promise<() => void> {
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
