/** What a sandbox offers: start an application, send it requests, run commands beside it, stop it. */
import type { Request, Stack } from "../core/index.ts";

export interface Limits {
  /** From start to the first answer. */
  readonly startMs: number;
  readonly requestMs: number;
  /** Life of an application started for verification, and of one started as a session. */
  readonly wallMs: number;
  readonly sessionMs: number;
  readonly commandMs: number;
  /** Processor time of all processes of an application, and of one that is a session. */
  readonly cpuSeconds: number;
  readonly sessionCpuSeconds: number;
  /** Address space of one process, and resident memory of all processes of an application. */
  readonly memoryBytes: number;
  readonly totalMemoryBytes: number;
  readonly processes: number;
  readonly fileBytes: number;
  readonly openFiles: number;
  /** Of each private file system. */
  readonly diskBytes: number;
  readonly inodes: number;
  readonly responseBytes: number;
  /** Kept of a command's or an application's output. */
  readonly outputBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  startMs: 10_000,
  requestMs: 5_000,
  wallMs: 60_000,
  sessionMs: 3_600_000,
  commandMs: 30_000,
  cpuSeconds: 15,
  sessionCpuSeconds: 600,
  memoryBytes: 512 * 1024 * 1024,
  totalMemoryBytes: 1024 * 1024 * 1024,
  processes: 32,
  fileBytes: 16 * 1024 * 1024,
  openFiles: 128,
  diskBytes: 32 * 1024 * 1024,
  inodes: 2048,
  responseBytes: 1024 * 1024,
  outputBytes: 64 * 1024,
};

/** An application to run; placeholders are already replaced. */
export interface AppSource {
  /** Module below the root that is served: see ScenarioSchema. */
  readonly entry: string;
  /** Default `flask`. */
  readonly stack?: Stack;
  readonly files: Readonly<Record<string, string>>;
  readonly assets?: Readonly<Record<string, string>>;
  /** SQLite file below the root -> the SQL that makes it. */
  readonly databases?: Readonly<Record<string, string>>;
  /** Absolute path below /srv -> content. */
  readonly outside?: Readonly<Record<string, string>>;
  /** Long-lived: commands may run beside it, and it also listens on 127.0.0.1:8000 of its own network. */
  readonly session?: boolean;
  /** Helps with an application under verification, and does not wait for the place that this one holds. */
  readonly beside?: boolean;
}

export interface HttpReply {
  readonly status: number;
  /** Lower-case names; repeated headers joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Raw Set-Cookie values. */
  readonly cookies: readonly string[];
  /** Decoded as UTF-8. */
  readonly body: string;
  readonly ms: number;
}

export type Startup =
  | { readonly state: "started"; readonly ms: number }
  | { readonly state: "syntax-error" | "failed" | "timeout"; readonly message: string; readonly ms: number };

export interface ExecOptions {
  readonly timeoutMs?: number;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit_code: number;
  readonly timed_out: boolean;
}

export interface AppInstance {
  readonly startup: Startup;
  /** Throws AppFault for what the application did, InfraError when the sandbox failed. */
  request(request: Request, timeoutMs?: number): Promise<HttpReply>;
  /** Runs `bash -c command` in /app beside the application (sessions only), with the same limits. */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** Tail of what the application printed, control characters removed. */
  output(): Promise<string>;
  /** Kills every process of the application and removes its files. Never throws. */
  stop(): Promise<void>;
}

export interface AppPool {
  /** How many verifications run at once. */
  readonly workers: number;
  readonly limits: Limits;
  /** True when applications run without isolation, which every report must show. */
  readonly unsafe: boolean;
  /** Waits for a free place. Throws PrerequisiteError without isolation, InfraError when the sandbox fails. */
  start(app: AppSource): Promise<AppInstance>;
  close(): Promise<void>;
}

/** The application, not the sandbox, failed to answer a request properly. */
export class AppFault extends Error {
  override readonly name = "AppFault";
  readonly kind: "timeout" | "no-answer" | "malformed" | "too-large";
  constructor(kind: AppFault["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}
