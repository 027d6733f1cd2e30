/** Web applications in warm runners, and the places for them. */
import { availableParallelism } from "node:os";
import { InfraError } from "../core/index.ts";
import { createFleet, makeGate } from "./fleet.ts";
import { startInstance } from "./instance.ts";
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
  const fleet = createFleet(workers, { unsafe, purpose: "apps" });
  const places = {
    // A verification always comes to its turn; a session may be held for an hour.
    short: makeGate(workers, Infinity),
    session: makeGate(sessions, limits.startMs),
    beside: makeGate(workers, Infinity),
  };
  let closed = false;

  return {
    workers,
    limits,
    unsafe,
    async start(app: AppSource): Promise<AppInstance> {
      if (closed) throw new InfraError("sandbox", "the pool is closed");
      const release = await places[app.session ? "session" : app.beside ? "beside" : "short"]();
      try {
        const instance = await startInstance(await fleet.pick(), app, limits);
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
      await fleet.close();
    },
  };
}
