/** The lock of a run folder: one writing process at a time; the lock of a dead process is taken over. */
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the kernel started the process, so that a reused pid is not taken for the holder; null if unknown. */
  readonly started: string | null;
}

export interface RunLock {
  release(): void;
}

const NAME = "run.lock";

/** Throws InputError when another live process writes this run. */
export function lockRun(dir: string): RunLock {
  const path = join(dir, NAME);
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), started: startOf(process.pid) });
  if (!claim(path, mine)) {
    refuseIfHeld(dir, path);
    takeOver(dir, path, mine);
  }
  return {
    release: () => {
      if (readOrNull(path) === mine) rmSync(path, { force: true });
    },
  };
}

/** The live process that writes the run in `dir`, if any. */
export function lockHolder(dir: string): Holder | null {
  const holder = parseHolder(readOrNull(join(dir, NAME)));
  return holder !== null && isAlive(holder) ? holder : null;
}

/** The lock appears whole or not at all: written under another name, then linked. */
function claim(path: string, content: string): boolean {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, content);
  try {
    linkSync(beside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(beside, { force: true });
  }
}

/** Of several processes that find the same dead lock only the one that claims the takeover may remove it. */
function takeOver(dir: string, path: string, mine: string): void {
  const claimPath = `${path}.takeover`;
  removeIfOld(claimPath);
  if (!claim(claimPath, mine)) throw busy(dir, "another process is taking it over");
  try {
    refuseIfHeld(dir, path);
    rmSync(path, { force: true });
    if (!claim(path, mine)) throw busy(dir, "another process was faster");
  } finally {
    rmSync(claimPath, { force: true });
  }
}

function refuseIfHeld(dir: string, path: string): void {
  const holder = parseHolder(readOrNull(path));
  if (holder !== null && isAlive(holder))
    throw busy(dir, `process ${holder.pid} on ${holder.host} writes it`);
}

function busy(dir: string, why: string): InputError {
  return new InputError(`the run ${dir} is in use: ${why}`, {
    hint: `wait for it, or use another --out; if nothing runs, delete ${join(dir, NAME)}`,
  });
}

/** A takeover lasts well under a second; one that is older died in the middle. */
function removeIfOld(path: string): void {
  try {
    if (Date.now() - statSync(path).mtimeMs > 10_000) rmSync(path, { force: true });
  } catch {
    // Not there: nothing to remove.
  }
}

function parseHolder(text: string | null): Holder | null {
  if (text === null) return null;
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}

function isAlive(holder: Holder): boolean {
  // What happens on another machine that shares the disk cannot be seen from here: believe the lock.
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return holder.started === null || holder.started === startOf(holder.pid);
}

/**
 * Start time in clock ticks since boot (field 22 of /proc/PID/stat, counted behind the name in parentheses);
 * null without /proc, and for a process that is dead and only waits to be reaped.
 */
function startOf(pid: number): string | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields?.[0] === "Z" ? null : (fields?.[19] ?? null);
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
