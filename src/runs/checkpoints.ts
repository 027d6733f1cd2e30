/** checkpoints/: one folder per saved step, complete or absent, and the link `latest`. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { linkAtomic, removeUnfinished, writeFolderAtomic } from "./files.ts";

export interface Checkpoint {
  readonly step: number;
  /** Absolute or as relative as the run folder was given. */
  readonly path: string;
}

/** What Ironbark itself stores beside the files that the trainer writes. */
interface CheckpointInfo {
  readonly step: number;
  /** Seconds of work up to here, over all the times that the run was taken up. */
  readonly seconds: number;
}

const FOLDER = /^step-(\d{6,})$/;
const INFO = "checkpoint.json";

/** In order of their steps. */
export function listCheckpoints(runDir: string): Checkpoint[] {
  const folder = join(runDir, "checkpoints");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const match = FOLDER.exec(name);
      return match === null ? [] : [{ step: Number(match[1]), path: join(folder, name) }];
    })
    .sort((a, b) => a.step - b.step);
}

export function latestCheckpoint(runDir: string): Checkpoint | null {
  return listCheckpoints(runDir).at(-1) ?? null;
}

export function readCheckpointInfo(checkpoint: Checkpoint): CheckpointInfo {
  return JSON.parse(readFileSync(join(checkpoint.path, INFO), "utf8")) as CheckpointInfo;
}

/** Keeps the newest `keep` checkpoints; the newest is always kept. */
export async function writeCheckpoint(
  runDir: string,
  info: CheckpointInfo,
  keep: number,
  fill: (folder: string) => void | Promise<void>,
): Promise<string> {
  const folder = join(runDir, "checkpoints");
  const name = `step-${String(info.step).padStart(6, "0")}`;
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  await writeFolderAtomic(path, async (beside) => {
    await fill(beside);
    writeFileSync(join(beside, INFO), `${JSON.stringify(info)}\n`);
  });
  linkAtomic(join(folder, "latest"), name);
  const all = listCheckpoints(runDir);
  for (const old of all.slice(0, Math.max(0, all.length - Math.max(1, keep))))
    rmSync(old.path, { recursive: true });
  return path;
}

/** Removes checkpoints of later steps and what an interrupted write left. */
export function dropCheckpointsAfter(runDir: string, step: number): void {
  const folder = join(runDir, "checkpoints");
  if (!existsSync(folder)) return;
  removeUnfinished(folder);
  for (const late of listCheckpoints(runDir)) if (late.step > step) rmSync(late.path, { recursive: true });
  const last = latestCheckpoint(runDir);
  if (last === null) rmSync(join(folder, "latest"), { force: true });
  else linkAtomic(join(folder, "latest"), last.path.slice(folder.length + 1));
}
