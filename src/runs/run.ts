/** A run being written: one folder that holds everything a command did (design section 7). */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import {
  dropCheckpointsAfter,
  latestCheckpoint,
  readCheckpointInfo,
  writeCheckpoint,
  type Checkpoint,
} from "./checkpoints.ts";
import { removeUnfinished, writeFileAtomic, writeFolderAtomic } from "./files.ts";
import { JsonlAppender, truncateAfter } from "./jsonl.ts";
import { lockRun, type RunLock } from "./lock.ts";
import { describeRun, type RunInfo, type RunOptions } from "./manifest.ts";
import { readRunInfo, type Summary } from "./reader.ts";
import { EventFile, truncateEventsAfter } from "./tensorboard.ts";

export type MetricValues = Readonly<Record<string, number | string | boolean | null>>;

/** Files with one JSON record per line. Timings are apart, so that the others are equal, byte for byte, after a resume. */
const LINE_FILES = {
  metrics: "metrics.jsonl",
  timings: "timings.jsonl",
  rollouts: "rollouts.jsonl",
} as const;

export class Run {
  readonly dir: string;
  /** The checkpoint that this process goes on from; null for a fresh start. */
  readonly resumedFrom: Checkpoint | null;
  readonly #lock: RunLock;
  readonly #lines: Readonly<Record<keyof typeof LINE_FILES, JsonlAppender>>;
  readonly #events: EventFile;
  readonly #secondsBefore: number;
  readonly #started = performance.now();
  #info: RunInfo;
  #open = true;

  /** Use `createRun` or `resumeRun`. Takes over an acquired lock and an existing, consistent folder. */
  constructor(dir: string, info: RunInfo, lock: RunLock, resumedFrom: Checkpoint | null) {
    this.dir = dir;
    this.#info = info;
    this.resumedFrom = resumedFrom;
    this.#lock = lock;
    this.#secondsBefore = resumedFrom === null ? 0 : readCheckpointInfo(resumedFrom).seconds;
    this.#lines = {
      metrics: new JsonlAppender(join(dir, LINE_FILES.metrics)),
      timings: new JsonlAppender(join(dir, LINE_FILES.timings)),
      rollouts: new JsonlAppender(join(dir, LINE_FILES.rollouts)),
    };
    this.#events = new EventFile(dir);
  }

  get info(): RunInfo {
    return this.#info;
  }

  /** Adds to run.json what is known only once the engine is loaded. */
  describe(more: { readonly device?: string; readonly versions?: Readonly<Record<string, string>> }): void {
    const versions = { ...this.#info.versions, ...more.versions };
    this.#info = { ...this.#info, device: more.device ?? this.#info.device, versions };
    writeRunInfo(this.dir, this.#info);
  }

  /** What depends only on configuration and seed; numbers go to TensorBoard too. null means "no signal". */
  logMetrics(step: number, values: MetricValues): void {
    this.#log("metrics", step, values);
  }

  /** What depends on the machine: seconds, tokens per second. Kept out of metrics.jsonl. */
  logTimings(step: number, values: MetricValues): void {
    this.#log("timings", step, values);
  }

  /** One trace; must be JSON. */
  logRollout(step: number, record: Readonly<Record<string, unknown>>): void {
    this.#lines.rollouts.append({ step, ...record });
  }

  /** Markdown for TensorBoard's Text page, for instance a sample completion. */
  logText(step: number, tag: string, markdown: string): void {
    this.#events.text(step, tag, markdown);
  }

  /**
   * Saves what `fill` writes into the folder it is given as the state after `step`. Everything logged before is on
   * disk first, so that a checkpoint never knows more than the files beside it. Returns the checkpoint's path.
   */
  async saveCheckpoint(
    step: number,
    fill: (folder: string) => void | Promise<void>,
    options: { readonly keep?: number } = {},
  ): Promise<string> {
    this.#sync();
    return writeCheckpoint(this.dir, { step, seconds: this.seconds() }, options.keep ?? 2, fill);
  }

  /** Writes a result folder of the run, for instance `checkpoint` with the final model; all of it or nothing. */
  async publish(name: string, fill: (folder: string) => void | Promise<void>): Promise<string> {
    const path = join(this.dir, name);
    await writeFolderAtomic(path, fill);
    return path;
  }

  /** Seconds of work so far, over all the times that the run was taken up. */
  seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#started) / 1000;
  }

  /** Writes summary.json and ends the run. */
  finish(outcome: { readonly status: Summary["status"]; readonly metrics: Summary["metrics"] }): Summary {
    const summary: Summary = {
      command: this.info.command,
      status: outcome.status,
      seconds: Math.round(this.seconds() * 1000) / 1000,
      seed: this.info.seed,
      metrics: outcome.metrics,
    };
    this.#sync();
    writeFileAtomic(join(this.dir, "summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
    this.close();
    return summary;
  }

  /** Ends writing without a summary: the run counts as interrupted and can be resumed. Safe to call twice. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const file of Object.values(this.#lines)) file.close();
    this.#events.close();
    this.#lock.release();
  }

  #log(file: "metrics" | "timings", step: number, values: MetricValues): void {
    this.#lines[file].append({ step, ...values });
    const numbers = Object.entries(values).filter((entry): entry is [string, number] => {
      return typeof entry[1] === "number";
    });
    this.#events.scalars(step, Object.fromEntries(numbers));
  }

  #sync(): void {
    for (const file of Object.values(this.#lines)) file.sync();
    this.#events.sync();
  }
}

/** Starts a run in a folder that does not exist yet or is empty. Throws InputError when it holds something. */
export function createRun(options: RunOptions & { readonly dir: string }): Run {
  const { dir } = options;
  if (existsSync(dir) && readdirSync(dir).some((name) => !name.startsWith("run.lock")))
    throw new InputError(`${dir} is not empty: a new run needs a new folder`, {
      hint: `choose another --out, or continue with --resume ${dir}`,
    });
  mkdirSync(dir, { recursive: true });
  const lock = lockRun(dir);
  try {
    const info = describeRun(options);
    writeRunInfo(dir, info);
    return new Run(dir, info, lock, null);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Takes an interrupted run up again from its latest checkpoint: cuts everything that was logged after it, so that
 * the files end up as if the run had never stopped. Without a checkpoint it starts again from the beginning.
 * Throws InputError when the folder holds no run, a finished one, or one that another process writes.
 */
export function resumeRun(dir: string): Run {
  const before = readRunInfo(dir);
  if (existsSync(join(dir, "summary.json")))
    throw new InputError(`the run ${dir} is finished`, { hint: "start a new one with another --out" });
  const lock = lockRun(dir);
  try {
    const from = latestCheckpoint(dir);
    rewindRun(dir, from?.step ?? -1);
    const info: RunInfo = { ...before, resumed: [...before.resumed, new Date().toISOString()] };
    writeRunInfo(dir, info);
    return new Run(dir, info, lock, from);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Drops every metric, timing, rollout, event and checkpoint of a later step than `step`; -1 drops all of them. */
function rewindRun(dir: string, step: number): void {
  removeUnfinished(dir);
  for (const name of Object.values(LINE_FILES)) truncateAfter(join(dir, name), step);
  truncateEventsAfter(dir, step);
  dropCheckpointsAfter(dir, step);
  rmSync(join(dir, "report.html"), { force: true });
}

function writeRunInfo(dir: string, info: RunInfo): void {
  writeFileAtomic(join(dir, "run.json"), `${JSON.stringify(info, null, 2)}\n`);
}
