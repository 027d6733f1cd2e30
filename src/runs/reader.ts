/** Reading a run folder: what `runs list|show|compare`, the dashboard and reports see. */
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError } from "../core/errors.ts";
import { listCheckpoints, type Checkpoint } from "./checkpoints.ts";
import { readJsonl, type StepRecord } from "./jsonl.ts";
import { lockHolder } from "./lock.ts";
import type { RunInfo } from "./manifest.ts";

/** What summary.json always has; metrics may nest (a table per evaluation, an interval). */
export interface Summary {
  readonly command: string;
  readonly status: "done" | "failed";
  readonly seconds: number;
  readonly seed: number;
  readonly metrics: Readonly<Record<string, unknown>>;
}

export type RunStatus = Summary["status"] | "running" | "interrupted";

export interface RunReader {
  readonly name: string;
  readonly dir: string;
  readonly info: RunInfo;
  readonly status: RunStatus;
  readonly summary: Summary | null;
  readonly checkpoints: readonly Checkpoint[];
  /** Read afresh by every call; a line that is being written is left out. */
  metrics(): Iterable<StepRecord>;
  timings(): Iterable<StepRecord>;
  rollouts(): Iterable<StepRecord>;
}

/** Throws InputError when `dir` holds no run. */
export function openRun(dir: string): RunReader {
  const info = readRunInfo(dir);
  const summaryPath = join(dir, "summary.json");
  const summary = existsSync(summaryPath) ? (readJson(summaryPath) as Summary) : null;
  return {
    name: basename(dir),
    dir,
    info,
    status: summary?.status ?? (lockHolder(dir) === null ? "interrupted" : "running"),
    summary,
    checkpoints: listCheckpoints(dir),
    metrics: () => readJsonl(join(dir, "metrics.jsonl")),
    timings: () => readJsonl(join(dir, "timings.jsonl")),
    rollouts: () => readJsonl(join(dir, "rollouts.jsonl")),
  };
}

/** The runs directly below `folder`, oldest first; other folders are passed over. */
export function listRuns(folder: string): RunReader[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((dir) => statSync(dir).isDirectory() && existsSync(join(dir, "run.json")))
    .map(openRun)
    .sort((a, b) => a.info.started.localeCompare(b.info.started));
}

export function readRunInfo(dir: string): RunInfo {
  const path = join(dir, "run.json");
  if (!existsSync(path)) throw new InputError(`${dir} holds no run: ${path} is missing`);
  const info = readJson(path) as Partial<RunInfo>;
  if (info.format !== 1) throw new InputError(`${path}: expected "format": 1, got ${info.format}`);
  return info as RunInfo;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new InputError(`${path}: expected JSON`, { cause: error });
  }
}
