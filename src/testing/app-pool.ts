/** A pool of applications that run nothing and count what would be running. */
export interface FakeCommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit_code: number;
  readonly timed_out: boolean;
}

export interface FakeApp {
  exec(command: string): Promise<FakeCommandResult>;
  stop(): Promise<void>;
}

export interface FakePool<Source> {
  readonly url: string;
  start(source: Source): Promise<FakeApp>;
  /** Sources of all starts, in order. */
  readonly started: readonly Source[];
  readonly running: number;
}

export interface FakePoolOptions<Source> {
  /** Throws to play a start that fails. */
  readonly onStart?: (source: Source, count: number) => void | Promise<void>;
  /** Throws to play a sandbox that goes away under a command. */
  readonly onExec?: (command: string, source: Source) => Partial<FakeCommandResult>;
}

export function fakePool<Source>(options: FakePoolOptions<Source> = {}): FakePool<Source> {
  const started: Source[] = [];
  const live = new Set<object>();
  return {
    url: "http://127.0.0.1:8000",
    started,
    get running() {
      return live.size;
    },
    start: async (source) => {
      started.push(source);
      await options.onStart?.(source, started.length);
      const token = {};
      live.add(token);
      return {
        exec: async (command) => {
          if (!live.has(token)) throw new Error("this application was stopped");
          return {
            stdout: "",
            stderr: "",
            exit_code: 0,
            timed_out: false,
            ...options.onExec?.(command, source),
          };
        },
        stop: async () => {
          live.delete(token);
        },
      };
    },
  };
}
