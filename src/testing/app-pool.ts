/** A pool of applications that run nothing and count what would be running. */
import type { AppInstance, AppPool, AppSource, ExecResult } from "../sandbox/types.ts";
import { DEFAULT_LIMITS } from "../sandbox/types.ts";

export interface FakePool extends AppPool {
  /** Sources of all starts, in order. */
  readonly started: readonly AppSource[];
  readonly running: number;
}

export interface FakePoolOptions {
  /** Throws to play a sandbox that fails, returns a message to play an application that does not start. */
  readonly onStart?: (source: AppSource) => string | undefined | Promise<string | undefined>;
  /** Throws to play a sandbox that goes away under a command. */
  readonly onExec?: (command: string, source: AppSource) => Partial<ExecResult>;
  readonly request?: AppInstance["request"];
}

const NO_REQUESTS: AppInstance["request"] = () => Promise.reject(new Error("this fake answers no requests"));

export function fakePool(options: FakePoolOptions = {}): FakePool {
  const started: AppSource[] = [];
  const live = new Set<object>();
  const start = async (source: AppSource): Promise<AppInstance> => {
    started.push(source);
    const problem = await options.onStart?.(source);
    const token = {};
    live.add(token);
    return {
      startup:
        problem === undefined ? { state: "started", ms: 0 } : { state: "failed", message: problem, ms: 0 },
      request: options.request ?? NO_REQUESTS,
      exec: async (command) => {
        if (!live.has(token)) throw new Error("this application was stopped");
        const done = { stdout: "", stderr: "", exit_code: 0, timed_out: false };
        return { ...done, ...options.onExec?.(command, source) };
      },
      output: async () => "",
      stop: async () => {
        live.delete(token);
      },
    };
  };
  return {
    workers: 1,
    limits: DEFAULT_LIMITS,
    unsafe: false,
    started,
    get running() {
      return live.size;
    },
    start,
    close: async () => live.clear(),
  };
}
