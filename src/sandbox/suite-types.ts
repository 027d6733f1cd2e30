/** What running a file of tests against code that is not trusted takes and gives. */
import type { ProgramLimits } from "./program-types.ts";

export interface Suite {
  /** Relative path -> content, laid out in a fresh folder in which everything runs. */
  readonly files: Readonly<Record<string, string>>;
  /** Relative path -> where a link there leads. */
  readonly links?: Readonly<Record<string, string>>;
  /** For bash, before the tests; they run even when it fails. */
  readonly build?: string;
  /** Path of the file of tests, for pytest. */
  readonly tests: string;
  /** pytest's expression for which tests run. */
  readonly keyword: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Every process is limited by what can be written to memory, not by addresses, which sanitizers reserve. */
export interface SuiteLimits extends Omit<ProgramLimits, "wallMs" | "budgetMs"> {
  readonly testMs: number;
  readonly buildMs: number;
  /** Of building and all tests together. */
  readonly wallMs: number;
}

const MIB = 2 ** 20;

export const DEFAULT_SUITE_LIMITS: SuiteLimits = {
  cpuSeconds: 300,
  testMs: 3_000,
  buildMs: 120_000,
  wallMs: 300_000,
  // Not a limit on what is used: that is `totalMemoryBytes`.
  memoryBytes: 64 * 2 ** 40,
  totalMemoryBytes: 2048 * MIB,
  processes: 256,
  fileBytes: 256 * MIB,
  openFiles: 256,
  diskBytes: 512 * MIB,
  inodes: 16_384,
  outputBytes: 4 * MIB,
};

export interface SuiteCase {
  readonly name: string;
  /** The first of the asked markers that it has. */
  readonly marker: string;
  readonly outcome: "passed" | "failed" | "skipped" | "timeout" | "not-run";
  /** The end of what pytest says about a failure. */
  readonly message: string;
}

export interface SuiteReport {
  /** Undefined when nothing was to be built. `code` is null when it took too long. */
  readonly build?: { readonly code: number | null; readonly output: string; readonly ms: number };
  /** Every collected test with a marker, in order. Empty when the file cannot be collected. */
  readonly cases: readonly SuiteCase[];
  /** Why a file could not be collected, or empty. */
  readonly refused: string;
  /** `ended` by itself, or for time, memory or output; what had not run by then is "not-run". */
  readonly how: "ended" | "timeout" | "memory" | "output";
  /** The end of what pytest printed. */
  readonly output: string;
  readonly ms: number;
}

export interface SuitePool {
  readonly workers: number;
  readonly limits: SuiteLimits;
  /** Waits for its turn. Throws PrerequisiteError without isolation, InfraError when the sandbox failed. */
  run(suite: Suite): Promise<SuiteReport>;
  close(): Promise<void>;
}
